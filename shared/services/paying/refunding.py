"""What an order's refund does to its payment and to the order, inside the transaction of the change (rules 4 and 14).

Nothing here calls the gateway: what is decided is stored, and the reconciler gives it back.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.app import App
from shared.documents.orders import Order
from shared.documents.payments import Payment
from shared.domain import refunds as shares
from shared.errors import REFUND_BY_HAND, Problem
from shared.store import orders, payments, refunds
from shared.store.mongo.client import Session

REFUSALS = (REFUND_BY_HAND,)
UNPAID = "unpaid"
"""An order that staff took, and nobody has paid."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Why money goes back.

    `by`: who asked, as histories keep it. `at`: now (UTC). `by_hand`: the one who asks has given it back outside.
    `request`: a digest of who asked for it with which key, None where there is no key.
    """

    by: str
    at: datetime
    reason: str = ""
    by_hand: bool = False
    request: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


async def give_back_all(
    app: App,
    order: Order,
    session: Session,
    *,
    by: str,
    at: datetime,
    reason: str = "",
    by_hand: bool = False,
    request: str | None = None,
) -> int:
    """Have all that is left of an order's money given back, tip included, in the transaction that ends the order.

    Returns the cents. The order's own move, in the same transaction, must be guarded by the version that `order` was
    seen with. `by_hand`: whoever asks has given back outside what is not ours to give back.

    Raises MovedError, and Problem (REFUSALS): the original server took the money.
    """
    asked = Asked(by=by, at=at, reason=reason, by_hand=by_hand, request=request)
    payment = await paid_with(app, order, session)
    if payment is None:
        return await _outside(app, order, asked, session)
    cents = payment.left_cents
    await take_back(app, payment, asked, session)
    if cents > 0:
        units = shares.units_left(order)
        await keep(app, order, asked, session, cents=cents, tip=min(cents, shares.tip_left(order)), units=units)
    return cents


async def paid_with(app: App, order: Order, session: Session) -> Payment | None:
    """The payment that became this order, as the transaction sees it; None where it has none of ours."""
    if not order.payment_id:
        return None
    attempts = await payments.of_preview(app.db, order.id, session)
    return next((payment for payment in attempts if payment.became_order), None)


async def keep(
    app: App, order: Order, asked: Asked, session: Session, *, cents: int, tip: int, units: list[str]
) -> None:
    """Keep on the order what it gives back: `cents` with `tip` in it, of these units."""
    row = {
        "_id": asked.id,
        "amountCents": cents,
        "tipCents": tip,
        "units": units,
        "reason": asked.reason,
        "by": asked.by,
        "at": asked.at,
        **({"byHand": True} if asked.by_hand else {}),
        **({"request": asked.request} if asked.request else {}),
    }
    at_counter = None
    if order.counter is not None:
        at_counter = {"_id": asked.id, "amountCents": cents, "at": asked.at, "by": asked.by}
    await orders.keep_refund(
        app.db, order.id, row, order.refunded_cents + cents, at_counter=at_counter, session=session
    )


async def owe(
    app: App, payment: Payment, cents: int, asked: Asked, session: Session, *, instead_of: Collection[str] = ()
) -> None:
    """Promise a part of what the payment keeps; it is sent once the capture is settled. Raises MovedError.

    `instead_of`: the ids of its refused refunds in whose place this one is made: none of them is made again.
    """
    owed: dict[str, Any] = {
        "_id": asked.id,
        "state": "owed",
        "amountCents": cents,
        "at": asked.at,
        "by": asked.by,
        **({"request": asked.request} if asked.request else {}),
    }
    rows = [*_made_again(payment, instead_of), owed]
    if payment.state == "refunding":
        await refunds.must_replace(app.db, payment, rows, look_at=asked.at, session=session)
        return
    await payments.must_move(
        app.db,
        payment,
        "refunding",
        at=asked.at,
        by=asked.by,
        fields={"refunds": rows},
        look_at=asked.at,
        session=session,
    )


def _made_again(payment: Payment, ids: Collection[str]) -> list[dict[str, Any]]:
    """The payment's refunds, with these marked as made again. Its flag goes; so a person is told anew of the others
    that were refused, unless the flag was taken off."""
    rows = refunds.stored(payment)
    for row in rows:
        if row["_id"] in ids:
            row["again"] = True
        elif row["state"] == "declined" and payment.needs_attention is not None:
            row.pop("told", None)
    return rows


async def cover(app: App, payment: Payment, *, by: str, at: datetime, session: Session) -> None:
    """refunding -> voiding: nothing that is owed was sent, so the void of the whole covers it. Raises MovedError."""
    covered = [{**one, "state": "covered"} if one["state"] == "owed" else one for one in refunds.stored(payment)]
    await payments.must_move(
        app.db, payment, "voiding", at=at, by=by, fields={"refunds": covered}, look_at=at, session=session
    )


async def take_back(app: App, payment: Payment, asked: Asked, session: Session) -> None:
    """All that the payment keeps is to go back: by a void where nothing was sent yet, else the rest is owed.

    Nothing that was refused before is made again beside it. Raises MovedError.
    """
    left, again = payment.left_cents, [one.id for one in shares.refused(payment)]
    if payment.state == "ordered":
        fields = {"refunds": _made_again(payment, again)} if again else {}
        await payments.must_move(
            app.db, payment, "voiding", at=asked.at, by=asked.by, fields=fields, look_at=asked.at, session=session
        )
    elif payment.state == "refunding" and payment.sent_nothing_back:
        await cover(app, payment, by=asked.by, at=asked.at, session=session)
    elif left > 0:
        await owe(app, payment, left, asked, session, instead_of=again)


def left_outside(order: Order, *, by_hand: bool) -> int:
    """What is left of an order without a payment here: what was paid at the counter, or what the original server took.

    Raises Problem REFUND_BY_HAND where the original server took it, and whoever asks does not say that it is given back
    outside.
    """
    if not order.payment_id:
        paid = order.counter is not None and order.counter.kind != UNPAID
        return max(0, order.counter.amount_cents - order.refunded_cents) if order.counter and paid else 0
    left = max(0, order.total_price_cents + order.tip_cents - order.refunded_cents)
    if left and not by_hand:
        raise Problem(REFUND_BY_HAND)
    return left


async def _outside(app: App, order: Order, asked: Asked, session: Session) -> int:
    cents = left_outside(order, by_hand=asked.by_hand)
    if cents:
        tip = min(cents, shares.tip_left(order))
        await keep(app, order, asked, session, cents=cents, tip=tip, units=shares.units_left(order))
    return cents
