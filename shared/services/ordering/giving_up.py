"""Giving up a claimed checkout that cannot become an order; its money goes back (rules 3 and 4)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.app import App
from shared.documents.checkouts import Checkout, Decision, Refusal
from shared.documents.payments import Payment, PaymentState
from shared.domain import decline_texts
from shared.domain.checkout_states import over_by, rest_dates
from shared.domain.payment_states import TAKEN
from shared.errors import PAYMENT_RETURNED
from shared.ids import attempt_id
from shared.services.menu import stock
from shared.store import checkouts, payments, previews
from shared.store.mongo.client import MovedError, Session, moves

log = logging.getLogger("orderbuddy.payment")

Also = Callable[[Session], Awaitable[None]]
"""What is done as part of another's transaction."""

NOTHING_CHARGED = "This order could not be placed, and nothing was charged."


async def give_up(
    app: App,
    checkout: Checkout,
    payment: Payment | None,
    way: Sequence[PaymentState],
    *,
    decision: Decision,
    moved_by: str,
    fields: Mapping[str, Any] | None = None,
    also: Also | None = None,
) -> bool:
    """claimed -> abandoned, and the payment along `way`, in one transaction; False where either moved meanwhile.

    The transaction reads the claim's payment, also where the payment does not move: an older read would leave a payment
    that nothing waits for. `fields` are set with the payment's first move. `also`: what else belongs into the
    transaction.
    """
    now = decision.at
    dates = rest_dates(now, "abandoned")
    ends = way[-1] if way else payment.state if payment else None
    refusal = _refusal(checkout, ends, now)

    async def body(session: Session) -> None:
        await checkouts.abandon(
            app.db,
            checkout,
            refusal=refusal,
            decision=decision,
            purge_at=dates.checkout,
            over_by=over_by(checkout, now),
            session=session,
        )
        await previews.purge_at(app.db, [checkout.id], dates.preview, session)
        await stock.give_back(app, checkout.id, session)
        await _must_stand(app, checkout, payment, session)
        if payment is not None:
            await walk(app, payment, way, at=now, by=moved_by, session=session, fields=fields)
        if also is not None:
            await also(session)

    return await moves(app.db, body)


async def _must_stand(app: App, checkout: Checkout, seen: Payment | None, session: Session) -> None:
    """Raises MovedError where the claim's payment is not as it was seen."""
    assert checkout.claim is not None
    payment_id = seen.id if seen is not None else attempt_id(checkout.id, checkout.claim.attempt)
    stands = await payments.get(app.db, payment_id, session)
    if (stands and (stands.state, stands.version)) != (seen and (seen.state, seen.version)):
        raise MovedError


def _refusal(checkout: Checkout, payment_ends: PaymentState | None, now: datetime) -> Refusal:
    """What the diner's page says from now on."""
    assert checkout.claim is not None
    attempt = checkout.claim.attempt
    if payment_ends in TAKEN:
        return Refusal(attempt=attempt, code=PAYMENT_RETURNED.code, message=PAYMENT_RETURNED.message, at=now)
    return Refusal(attempt=attempt, code="ABANDONED", message=NOTHING_CHARGED, at=now)


async def walk(
    app: App,
    payment: Payment,
    way: Sequence[PaymentState],
    *,
    at: datetime,
    by: str,
    session: Session,
    fields: Mapping[str, Any] | None = None,
) -> None:
    """Move a payment along `way`, as part of a transaction. The reconciler looks next at what is to be given back.

    Raises MovedError.
    """
    seen = payment
    for to in way:
        more: dict[str, Any] = dict(fields or {}) if seen is payment else {}
        if to == "cancelled":
            more["outcome"] = _cancelled(at)
        look_at = at if to in ("voiding", "refunding") else None
        await payments.must_move(app.db, seen, to, at=at, by=by, session=session, fields=more, look_at=look_at)
        seen = seen.moved(to)


def _cancelled(at: datetime) -> dict[str, Any]:
    return {"code": "PAYMENT_CANCELLED", "resultStatus": "false", "resultMessage": decline_texts.DECLINE, "at": at}
