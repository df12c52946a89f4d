"""A person voids a claimed checkout that cannot become an order, or a payment that nothing waits for (rules 3, 4)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Checkout, Decision
from shared.documents.payments import Payment, PaymentState
from shared.domain.roles import Actor
from shared.services.ordering.giving_up import Also, give_up
from shared.services.paying.next_step import claimed_payment
from shared.services.trail import writing as trail
from shared.store import checkouts, payments
from shared.store.mongo.client import MovedError, Session, Tries, moves

log = logging.getLogger("orderbuddy.payment")


class CannotAbandonError(Exception):
    """The checkout cannot be voided, or not now. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A checkout that was voided.

    `payment_id`: its payment, which is given back (`voiding`) or was never sent (`cancelled`); None where none moved.
    """

    checkout: Checkout
    payment_id: str | None = None
    payment_state: PaymentState | None = None


async def foresee(app: App, preview_id: ObjectId) -> tuple[Checkout, Payment | None, PaymentState | None]:
    """The checkout and the payment that `abandon` would move now, and where the payment would go.

    Raises CannotAbandonError.
    """
    checkout = await checkouts.get(app.db, preview_id)
    if checkout is None:
        raise CannotAbandonError("There is no such checkout.")
    _refuse_by_state(checkout)
    payment = await claimed_payment(app.db, checkout)
    return checkout, payment, _way_out(payment)


async def abandon(app: App, preview_id: ObjectId, *, by: str, reason: str, also: Also | None = None) -> Abandoned:
    """claimed -> abandoned by the decision of `by`, for good. Of twenty callers at once, one does it.

    The reconciler gives an approved payment back, or whoever calls `return_money` next. Raises CannotAbandonError where
    the checkout is not claimed, or its charge is in flight. `also`: what else belongs into the transaction.
    """
    async for _ in Tries():
        checkout, payment, to = await foresee(app, preview_id)
        now = app.clock.now()
        decision = Decision(by=by, reason=reason, at=now)
        way = [to] if to else []
        if await give_up(app, checkout, payment, way, decision=decision, moved_by="person", also=also):
            # By whom and why stands in the document: a person typed it.
            log.warning("checkout %s abandoned by a person's decision", preview_id)
            return Abandoned(checkout, payment.id if payment and to else None, to)
    raise CannotAbandonError("It is moving right now. Please try again.")


async def stray(app: App, preview_id: ObjectId, session: Session | None = None) -> Payment | None:
    """An approved payment of this preview that no claim and no order waits for: nothing will ever come of it."""
    checkout = await checkouts.get(app.db, preview_id, session)
    claim = checkout.claim if checkout is not None and checkout.state in ("claimed", "placed") else None
    for payment in await payments.of_preview(app.db, preview_id, session):
        if payment.state == "approved" and (claim is None or claim.attempt != payment.attempt):
            return payment
    return None


async def return_stray(app: App, payment: Payment, *, also: Also | None = None) -> bool:
    """approved -> voiding for a stray payment, by a person's decision; False where it moved meanwhile, or is not stray.

    The transaction itself reads whether it is stray: by an older read a claim's payment could be taken for one. `also`:
    what else belongs into it, such as who decided that, and why.
    """
    now = app.clock.now()

    async def body(session: Session) -> None:
        found = await stray(app, payment.preview_id, session)
        if found is None or found.id != payment.id:
            raise MovedError
        await payments.must_move(app.db, payment, "voiding", at=now, by="person", look_at=now, session=session)
        if also is not None:
            await also(session)

    moved = await moves(app.db, body)
    if moved:
        log.warning("payment %s is to be given back by a person's decision", payment.id)
    return moved


def told_by_operator(app: App, payment: Payment, *, by: str, reason: str) -> Also:
    """What leaves the row of whoever runs the system: nothing else keeps who gave a stray payment back, and why."""

    async def leave(session: Session) -> None:
        await trail.leave(
            app,
            session,
            Actor("system", by),
            restaurant_id=payment.restaurant_id,
            location_id=payment.location_id,
            action="payment.voided",
            target=("payment", payment.id),
            reason=reason,
            request_id=f"void-{payment.id}",
        )

    return leave


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
    """Where the claim's payment goes; None where it stays as it is. Raises CannotAbandonError."""
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
