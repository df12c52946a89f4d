"""A person gives up a claimed checkout that cannot become an order; its money goes back (checkout rules 3 and 4)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Checkout, Decision, Refusal
from shared.documents.payments import Payment, PaymentState
from shared.domain import decline_texts
from shared.domain.payment_states import TAKEN
from shared.errors import PAYMENT_RETURNED
from shared.services import stock
from shared.services.next_step import claimed_payment, rest_dates
from shared.store import checkouts, payments, previews
from shared.store.client import Session, Tries, moves

log = logging.getLogger("orderbuddy.payment")

NOTHING_CHARGED = "This order could not be placed, and nothing was charged."


class CannotAbandonError(Exception):
    """The checkout cannot be given up, or not now; the sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A checkout that was given up. `payment_id` is what is given back (`voiding`), or was never sent (`cancelled`),
    and None where nothing had to be moved."""

    checkout: Checkout
    payment_id: str | None = None
    payment_state: PaymentState | None = None


async def foresee(app: App, preview_id: ObjectId) -> tuple[Checkout, Payment | None, PaymentState | None]:
    """What `abandon` would act on at this moment, and where to the payment would go. Raises CannotAbandonError."""
    checkout = await checkouts.get(app.db, preview_id)
    if checkout is None:
        raise CannotAbandonError("There is no such checkout.")
    _refuse_by_state(checkout)
    payment = await claimed_payment(app, checkout)
    return checkout, payment, _way_out(payment)


async def abandon(app: App, preview_id: ObjectId, *, by: str, reason: str) -> Abandoned:
    """claimed -> abandoned by the decision of `by`, for good; of twenty at once one does it. The payment that was
    approved is given back by the reconciler, or by whoever calls `return_money` next.

    Raises CannotAbandonError: the checkout is no claimed one, or its charge is in flight.
    """
    async for _ in Tries():
        checkout, payment, to = await foresee(app, preview_id)
        now = app.clock.now()
        decision = Decision(by=by, reason=reason, at=now)
        if await give_up(app, checkout, payment, [to] if to else [], decision=decision, moved_by="person"):
            log.warning("checkout %s abandoned by %s: %s", preview_id, by, reason)
            return Abandoned(checkout, payment.id if payment and to else None, to)
    raise CannotAbandonError("It is moving right now. Please try again.")


async def stray(app: App, preview_id: ObjectId) -> Payment | None:
    """An approved payment of this preview that no claim waits for, and no order: nothing will ever come of it."""
    checkout = await checkouts.get(app.db, preview_id)
    claim = checkout.claim if checkout is not None and checkout.state in ("claimed", "placed") else None
    for payment in await payments.of_preview(app.db, preview_id):
        if payment.state == "approved" and (claim is None or claim.attempt != payment.attempt):
            return payment
    return None


async def return_stray(app: App, payment: Payment, *, by: str, reason: str) -> bool:
    """approved -> voiding for a stray payment, by the decision of `by`; False where it moved meanwhile."""
    now = app.clock.now()
    moved = await payments.move(app.db, payment, "voiding", at=now, by="person", look_at=now)
    if moved:
        log.warning("payment %s is to be given back, says %s: %s", payment.id, by, reason)
    return moved


def _refuse_by_state(checkout: Checkout) -> None:
    match checkout.state:
        case "placed":
            raise CannotAbandonError("It is an order. Cancel the order: its payment is given back with it.")
        case "open":
            raise CannotAbandonError("Nobody claims it, and nothing is being paid. It expires by itself.")
        case "expired":
            raise CannotAbandonError("It has expired: there is nothing to give up.")
        case "abandoned":
            raise CannotAbandonError("It was abandoned before.")


def _way_out(payment: Payment | None) -> PaymentState | None:
    """Where the claim's payment goes, None where it stays as it is. Raises CannotAbandonError."""
    match payment.state if payment else None:
        case "intent":
            return "cancelled"
        case "approved":
            return "voiding"
        case "sent" | "unknown":
            # The gateway may be charging at this moment: what is not known cannot be given back.
            raise CannotAbandonError("What became of its payment is not known yet. Wait until the gateway has said it.")
        case "ordered":
            raise CannotAbandonError("Its payment belongs to an order. Cancel the order: the payment goes with it.")
        case _:
            return None


async def give_up(
    app: App,
    checkout: Checkout,
    payment: Payment | None,
    way: Sequence[PaymentState],
    *,
    decision: Decision,
    moved_by: str,
    fields: Mapping[str, Any] | None = None,
) -> bool:
    """claimed -> abandoned, and the payment along `way`, in one transaction; False where either moved meanwhile.

    `fields` are set with the payment's first move.
    """
    now = decision.at
    dates = rest_dates(now, "abandoned")
    ends = way[-1] if way else payment.state if payment else None
    refusal = _refusal(checkout, ends, now)

    async def body(session: Session) -> None:
        await checkouts.abandon(
            app.db, checkout, refusal=refusal, decision=decision, purge_at=dates.checkout, session=session
        )
        await previews.purge_at(app.db, [checkout.id], dates.preview, session)
        await stock.give_back(app, checkout.id, session)
        if payment is not None:
            await walk(app, payment, way, at=now, by=moved_by, session=session, fields=fields)

    return await moves(app.db, body)


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
    """Move a payment along `way`, as part of a transaction; what is to be given back is looked at next. Raises
    MovedError."""
    seen = payment
    for to in way:
        more: dict[str, Any] = dict(fields or {}) if seen is payment else {}
        if to == "cancelled":
            more["outcome"] = _cancelled(at)
        look_at = at if to in ("voiding", "refunding") else None
        await payments.must_move(app.db, seen, to, at=at, by=by, session=session, fields=more, look_at=look_at)
        seen = seen.model_copy(update={"state": to})


def _cancelled(at: datetime) -> dict[str, Any]:
    return {"code": "PAYMENT_CANCELLED", "resultStatus": "false", "resultMessage": decline_texts.DECLINE, "at": at}
