"""Writing down what became of an attempt to pay (rules 3 and 4).

Only the gateway's word ends an attempt, and an attempt that ends without money opens its checkout again in the very
same transaction.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Literal

from shared.app import App
from shared.documents.checkouts import Checkout, Refusal
from shared.documents.payments import Payment, PaymentState
from shared.domain import decline_texts
from shared.domain.payment_states import ATTEMPTS
from shared.integrations.pay import Approved, Declined, Unknown
from shared.services.limits import declines
from shared.services.menu import stock
from shared.store import checkouts, payments
from shared.store.mongo.client import Session, Tries, moves

log = logging.getLogger("orderbuddy.payment")

TIME_TO_TRY_AGAIN = timedelta(minutes=10)
"""What the diner has at least after an attempt that failed."""

FIRST_LOOK_AFTER = timedelta(seconds=2)
FIRST_LOOK_AT_LOST_AFTER = timedelta(minutes=1)
PLACED_WITHIN = timedelta(minutes=5)
"""An approved payment that has no order by then is looked at by the reconciler."""

CLOSED_WITHIN = timedelta(seconds=5)
"""When the sweeper closes a checkout that was tried to be paid for the last time, should nobody have done it."""

Ended = Literal["declined", "lost", "cancelled"]


async def record(app: App, payment_id: str, said: Approved | Declined | Unknown, *, by: str) -> Payment | None:
    """Write down what the gateway said, whatever others wrote meanwhile; returns the payment as it then stands."""
    async for _ in Tries():
        payment = await payments.get(app.db, payment_id)
        if payment is None or await _write(app, payment, said, by):
            break
    return await payments.get(app.db, payment_id)


async def _write(app: App, payment: Payment, said: Approved | Declined | Unknown, by: str) -> bool:
    """True where there is nothing more to write; False where the payment moved under our hands."""
    match said:
        case Approved():
            return await _approved(app, payment, said, by)
        case Declined() if payment.state in ("sent", "unknown"):
            ended = await end_attempt(app, payment, "declined", by=by, text=said.message)
            if ended:
                await declines.count(app, payment)
            return ended
        case Declined() if payment.state == "lost":
            return await payments.note(app.db, payment, look_at=None)
        case Unknown() if payment.state == "sent":
            log.warning("payment %s is unknown: %s", payment.id, said.reason)
            now = app.clock.now()
            return await payments.move(app.db, payment, "unknown", at=now, by=by, look_at=now + FIRST_LOOK_AFTER)
    return True


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


_CODES: dict[Ended, str] = {
    "declined": "PAYMENT_DECLINED",
    "lost": "PAYMENT_LOST",
    "cancelled": "PAYMENT_CANCELLED",
}


async def end_attempt(app: App, payment: Payment, to: Ended, *, by: str, text: str = "") -> bool:
    """End an attempt without money, and open its checkout again in the same transaction; False where either moved.

    `text` is what the gateway said, for a decline.
    """
    now = app.clock.now()
    shown = decline_texts.understood(text)
    sentence = {
        "declined": decline_texts.SENTENCES[shown],
        "lost": decline_texts.LOST,
        "cancelled": decline_texts.NOT_SENT,
    }[to]
    look_at = now + FIRST_LOOK_AT_LOST_AFTER if to == "lost" else None
    fields = {"outcome": _outcome(_CODES[to], "false", shown, now), **({"looks": 0} if to == "lost" else {})}
    refusal = Refusal(attempt=payment.attempt, code=_CODES[to], message=sentence, at=now)
    checkout = await checkouts.get(app.db, payment.preview_id)

    async def body(session: Session) -> None:
        state: PaymentState = to
        await payments.must_move(app.db, payment, state, at=now, by=by, fields=fields, look_at=look_at, session=session)
        if checkout is not None and _waits_for(checkout, payment):
            expires_at = max(checkout.expires_at, now + TIME_TO_TRY_AGAIN)
            # After the last attempt it expires now: whoever is killed before that leaves it to the sweeper.
            wake_at = now + CLOSED_WITHIN if payment.attempt >= ATTEMPTS else None
            await checkouts.reopen(
                app.db, checkout, refusal=refusal, expires_at=expires_at, wake_at=wake_at, session=session
            )
            await stock.give_back(app, checkout.id, session)

    moved = await moves(app.db, body)
    if moved:
        log.info("payment %s ended: %s, %s", payment.id, to, shown)
    return moved


def _waits_for(checkout: Checkout, payment: Payment) -> bool:
    """Whether it is this attempt that the checkout's claim is about."""
    claim = checkout.claim
    return checkout.state == "claimed" and claim is not None and claim.attempt == payment.attempt
