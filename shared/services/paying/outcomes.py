"""Storing what became of an attempt to pay (rules 3 and 4).

An attempt ends by the gateway's word, or because its one call surely never left. Where it ends without money, the same
transaction opens its checkout again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from shared.app import App
from shared.documents.checkouts import Checkout, Refusal
from shared.documents.payments import Payment
from shared.domain import decline_texts
from shared.domain.payment_states import used_up
from shared.integrations.pay import Approved, Declined, EntryRefused, NotSent, Unknown
from shared.services.limits import declines
from shared.services.menu import stock
from shared.store import checkouts, payments
from shared.store.mongo.client import Session, Tries, moves
from shared.telemetry import events, measures

log = logging.getLogger("orderbuddy.payment")

TIME_TO_TRY_AGAIN = timedelta(minutes=10)
"""How long the diner can still pay after an attempt that failed, at least."""

FIRST_LOOK_AFTER = timedelta(seconds=2)
FIRST_LOOK_AT_LOST_AFTER = timedelta(minutes=1)
PLACED_WITHIN = timedelta(minutes=5)
"""The reconciler looks at an approved payment that has no order by then."""

CLOSED_WITHIN = timedelta(seconds=5)
"""When the sweeper closes a checkout after its last attempt, where nobody has closed it yet."""

Said = Approved | Declined | EntryRefused | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ends without money: in which state, with which code, and with which sentence for the diner's page.

    `shown`: one of the three texts that existing clients understand. `never_left`: the attempt's one call surely never
    left for the gateway, so it does not count as one of the diner's five.
    """

    state: Literal["declined", "lost", "cancelled"]
    code: str
    sentence: str
    shown: str = decline_texts.DECLINE
    never_left: bool = False


LOST = Ending("lost", "PAYMENT_LOST", decline_texts.LOST)
CANCELLED = Ending("cancelled", "PAYMENT_CANCELLED", decline_texts.NOT_SENT)
NEVER_LEFT = Ending("cancelled", "PAYMENT_CANCELLED", decline_texts.NOT_SENT, never_left=True)
ENTRY_INVALID = Ending("declined", "CARD_ENTRY_INVALID", decline_texts.ENTRY_INVALID)


def declined(gateway_says: str) -> Ending:
    """The end of an attempt that the gateway declined with these words."""
    shown = decline_texts.understood(gateway_says)
    return Ending("declined", "PAYMENT_DECLINED", decline_texts.SENTENCES[shown], shown)


async def record(app: App, payment_id: str, said: Said, *, by: str) -> Payment | None:
    """Store what the gateway said, and return the payment as it is then, whatever others stored meanwhile.

    `EntryRefused`: a refusal whose charge a look-up has not found. `NotSent` ends only a payment that is `sent`: where
    others look it up by now, only the gateway's word ends it.
    """
    async for _ in Tries():
        payment = await payments.get(app.db, payment_id)
        if payment is None or await _write(app, payment, said, by):
            break
    stored = await payments.get(app.db, payment_id)
    if stored is not None:
        _tell(stored)
    return stored


def _tell(payment: Payment) -> None:
    """The original's events (contract 5.9): of what was decided, and never the gateway's own words."""
    about = {"orderId": payment.preview_id, "restaurantId": payment.restaurant_id, "state": payment.state}
    measures.count("payments", 1, {"state": payment.state, "kind": payment.kind})
    if payment.state in ("approved", "ordered"):
        events.event("payment_successful", {"amountCents": payment.amount_cents, **about})
    elif payment.state in ("declined", "cancelled", "lost"):
        events.event("payment_failed", about, level=logging.WARNING)


async def _write(app: App, payment: Payment, said: Said, by: str) -> bool:
    """True where nothing more is to be stored; False where the payment moved meanwhile."""
    if isinstance(said, Approved):
        return await _approved(app, payment, said, by)
    ending = _ending(payment, said)
    if ending is not None:
        return await _end_as_told(app, payment, ending, said, by)
    if isinstance(said, Declined) and payment.state == "lost":
        return await payments.note(app.db, payment, look_at=None)
    if isinstance(said, Unknown) and payment.state == "sent":
        log.warning("payment %s is unknown: %s", payment.id, said.reason)
        now = app.clock.now()
        return await payments.move(app.db, payment, "unknown", at=now, by=by, look_at=now + FIRST_LOOK_AFTER)
    return True


async def _end_as_told(app: App, payment: Payment, ending: Ending, said: Said, by: str) -> bool:
    if isinstance(said, NotSent):
        log.warning("payment %s never left: %s", payment.id, said.reason)
    ended = await end_attempt(app, payment, ending, by=by)
    if ended and isinstance(said, Declined):
        await declines.count(app, payment)
    return ended


def _ending(payment: Payment, said: Said) -> Ending | None:
    """How this word ends the attempt; None where it does not end it."""
    if payment.state not in ("sent", "unknown"):
        return None
    match said:
        case Declined(message=message):
            return declined(message)
        case EntryRefused():
            return ENTRY_INVALID
        case NotSent() if payment.state == "sent":
            return NEVER_LEFT
        case _:
            return None


async def _approved(app: App, payment: Payment, said: Approved, by: str) -> bool:
    now = app.clock.now()
    fields: dict[str, Any] = {
        "gatewayId": said.gateway_id,
        "cardTail": said.card_tail,
        "brand": said.brand,
        "capturedCents": said.amount_cents,
    }
    if payment.state in ("sent", "unknown"):
        fields["outcome"] = _outcome("PAYMENT_APPROVED", "true", decline_texts.APPROVED, now)
        if said.amount_cents != payment.amount_cents:
            fields["needsAttention"] = f"{said.amount_cents} cents were captured instead of {payment.amount_cents}"
        return await payments.move(
            app.db, payment, "approved", at=now, by=by, fields=fields, look_at=now + PLACED_WITHIN
        )
    if payment.state == "lost":
        log.warning("payment %s was approved after all, and goes back", payment.id)
        return await payments.move(app.db, payment, "voiding", at=now, by=by, fields=fields, look_at=now)
    if payment.state in ("declined", "cancelled"):
        await payments.flag(app.db, payment.id, f"was approved at the gateway, but is {payment.state} here")
    return True


def _outcome(code: str, status: str, message: str, now: Any) -> dict[str, Any]:
    return {"code": code, "resultStatus": status, "resultMessage": message, "at": now}


async def end_attempt(app: App, payment: Payment, ending: Ending, *, by: str) -> bool:
    """End an attempt without money, and open its checkout again in the same transaction; False where either moved.

    The transaction itself reads whether the checkout waits for this attempt: an older read could leave the checkout
    claimed for ever.
    """
    now = app.clock.now()
    lost = ending.state == "lost"
    look_at = now + FIRST_LOOK_AT_LOST_AFTER if lost else None
    fields = {"outcome": _outcome(ending.code, "false", ending.shown, now), **({"looks": 0} if lost else {})}
    refusal = Refusal(attempt=payment.attempt, code=ending.code, message=ending.sentence, at=now)

    async def body(session: Session) -> None:
        await payments.must_move(
            app.db, payment, ending.state, at=now, by=by, fields=fields, look_at=look_at, session=session
        )
        checkout = await checkouts.get(app.db, payment.preview_id, session)
        if checkout is not None and _waits_for(checkout, payment):
            await _reopen(app, checkout, refusal, never_left=ending.never_left, session=session)
            await stock.give_back(app, checkout.id, session)

    moved = await moves(app.db, body)
    if moved:
        log.info("payment %s ended: %s, %s", payment.id, ending.state, ending.code)
    return moved


async def _reopen(app: App, checkout: Checkout, refusal: Refusal, *, never_left: bool, session: Session) -> None:
    """claimed -> open. After the last attempt the checkout expires at once; the sweeper does it where nobody has."""
    now = refusal.at
    last = used_up(refusal.attempt, checkout.never_left + never_left)
    await checkouts.reopen(
        app.db,
        checkout,
        refusal=refusal,
        expires_at=max(checkout.expires_at, now + TIME_TO_TRY_AGAIN),
        never_left=never_left,
        wake_at=now + CLOSED_WITHIN if last else None,
        session=session,
    )


def _waits_for(checkout: Checkout, payment: Payment) -> bool:
    """Whether the checkout's claim waits for this attempt."""
    claim = checkout.claim
    return checkout.state == "claimed" and claim is not None and claim.attempt == payment.attempt
