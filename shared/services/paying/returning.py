"""Giving money back: by a void as long as the capture is not settled, else by a refund (rules 4).

The decision is stored before (`voiding`, `refunding`). So anyone may run this, any number of times, and at the same
time. The gateway voids once, however often it is asked. It would refund twice: so a refund is called once, like a
charge.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from shared.app import App
from shared.documents.payments import Payment, Refund
from shared.ids import external_id
from shared.integrations.pay import Approved, Declined, Merchant, NotFound, Sale, Unknown
from shared.services.paying import merchants
from shared.store import payments

log = logging.getLogger("orderbuddy.payment")

LOOK_AGAIN_AFTER = timedelta(minutes=1)
LOOK_AGAIN_AT_TROUBLE_AFTER = timedelta(minutes=15)


async def return_money(app: App, payment_id: str) -> None:
    """Make the next step for a payment that is to be given back; do nothing for any other."""
    payment = await payments.get(app.db, payment_id)
    if payment is None or payment.state not in ("voiding", "refunding"):
        return
    merchant = await merchants.of_payment(app.db, app.sealer, payment)
    if merchant is None:
        await _trouble(app, payment, "the location has no readable credentials any more to give it back with")
    elif payment.state == "voiding":
        await _void(app, merchant, payment)
    else:
        await _refund(app, merchant, payment)


async def _void(app: App, merchant: Merchant, payment: Payment) -> None:
    """Look up the capture, and void it where it is open. After a refusal look again: only a settled one is refunded."""
    condition = await _condition(app, merchant, payment)
    if condition not in ("open", "unsaid"):
        await _by_condition(app, payment, condition)
        return
    assert payment.gateway_id is not None
    said = await app.pay.void(merchant, gateway_id=payment.gateway_id, external_id=payment.void_id)
    match said:
        case Approved():
            await _voided(app, payment)
        case Declined():
            condition = await _after_refusal(app, merchant, payment, said)
            await _by_condition(app, payment, condition, said.message)
        case Unknown():
            await payments.note(app.db, payment, look_at=app.clock.now() + LOOK_AGAIN_AFTER)


async def _condition(app: App, merchant: Merchant, payment: Payment) -> str:
    """How the capture stands at the gateway: open, settled, void, unsaid, or a word that says why we cannot know."""
    if isinstance(await app.pay.look_up(merchant, payment.void_id), Sale | Approved):
        return "void"
    match await app.pay.look_up(merchant, payment.external_transaction_id):
        case Sale(approved=approved, condition=condition):
            if payment.gateway_id is None:
                look_at = app.clock.now() + LOOK_AGAIN_AFTER
                await payments.note(app.db, payment, look_at=look_at, fields={"gatewayId": approved.gateway_id})
                return "unknown"
            return condition
        case NotFound():
            return "not found"
        case Declined():
            return "declined"
        case _:
            return "unknown"


async def _after_refusal(app: App, merchant: Merchant, payment: Payment, refused: Declined) -> str:
    condition = await _condition(app, merchant, payment)
    if condition == "unsaid" and refused.settled:
        # A gateway that does not say it when asked says it when it refuses.
        return "settled"
    return condition


async def _by_condition(app: App, payment: Payment, condition: str, message: str = "") -> None:
    match condition:
        case "void":
            await _voided(app, payment)
        case "settled":
            await _begin_refund(app, payment)
        case "unknown":
            await payments.note(app.db, payment, look_at=app.clock.now() + LOOK_AGAIN_AFTER)
        case "open" | "unsaid":
            await _trouble(app, payment, f"the gateway refuses to void it: {message}")
        case _:
            await _trouble(app, payment, f"the gateway says of what is to be given back: {condition}")


async def _voided(app: App, payment: Payment) -> None:
    await payments.move(app.db, payment, "voided", at=app.clock.now(), by="reconciler")
    log.info("payment %s is voided", payment.id)


async def _begin_refund(app: App, payment: Payment) -> None:
    now = app.clock.now()
    cents = payment.amount_cents if payment.captured_cents is None else payment.kept_cents
    refund = new_refund(payment, cents, by="reconciler", at=now)
    moved = await payments.move(
        app.db,
        payment,
        "refunding",
        at=now,
        by="reconciler",
        look_at=now,
        fields={"refunds": [*_stored(payment), refund]},
    )
    if moved:
        await return_money(app, payment.id)


def new_refund(payment: Payment, cents: int, *, by: str, at: Any) -> dict[str, Any]:
    """The document of the payment's next refund, with an id of its own, in state `intent`."""
    number = len(payment.refunds) + 1
    return {
        "_id": external_id(f"{payment.id}:refund:{number}"),
        "state": "intent",
        "amountCents": cents,
        "at": at,
        "by": by,
    }


def _stored(payment: Payment) -> list[dict[str, Any]]:
    return [refund.model_dump(by_alias=True) for refund in payment.refunds]


async def _refund(app: App, merchant: Merchant, payment: Payment) -> None:
    running = next((refund for refund in payment.refunds if refund.state in ("intent", "sent", "unknown")), None)
    if running is None:
        await _finish(app, payment)
        return
    now = app.clock.now()
    if running.state == "intent":
        await _send(app, merchant, payment, running)
    elif running.state == "sent" and running.deadline_at is not None and now < running.deadline_at:
        await payments.note(app.db, payment, look_at=running.deadline_at)
    else:
        await _look_up_refund(app, merchant, payment, running)


async def _send(app: App, merchant: Merchant, payment: Payment, refund: Refund) -> None:
    """intent -> sent; the winner makes the one call that gives money back."""
    now = app.clock.now()
    seconds = app.settings.gateway_timeout_seconds + app.settings.payment_grace_seconds
    deadline = now + timedelta(seconds=seconds)
    sent = {"state": "sent", "deadlineAt": deadline}
    if not await payments.change_refund(app.db, payment, refund.id, "intent", sent, look_at=deadline):
        return
    if app.clock.now() >= deadline:
        return
    assert payment.gateway_id is not None
    said = await app.pay.refund(
        merchant, gateway_id=payment.gateway_id, external_id=refund.id, cents=refund.amount_cents
    )
    await _refund_said(app, payment, refund.model_copy(update={"state": "sent"}), said)


async def _look_up_refund(app: App, merchant: Merchant, payment: Payment, refund: Refund) -> None:
    found = await app.pay.look_up(merchant, refund.id)
    if isinstance(found, NotFound):
        now = app.clock.now()
        since = refund.not_found_since or now
        fields = {"state": "unknown", "notFoundSince": since}
        await payments.change_refund(app.db, payment, refund.id, refund.state, fields, look_at=now + LOOK_AGAIN_AFTER)
        if now - since >= timedelta(seconds=app.settings.payment_lost_after_seconds):
            reason = f"the gateway does not know of its refund of {refund.amount_cents} cents; it is not asked twice"
            await _trouble(app, payment, reason)
        return
    await _refund_said(app, payment, refund, found.approved if isinstance(found, Sale) else found)


async def _refund_said(app: App, payment: Payment, refund: Refund, said: Approved | Declined | Unknown) -> None:
    now = app.clock.now()
    match said:
        case Approved():
            await payments.change_refund(app.db, payment, refund.id, refund.state, {"state": "done"}, look_at=now)
            await return_money(app, payment.id)
        case Declined(message=message):
            fields = {"state": "declined"}
            await payments.change_refund(app.db, payment, refund.id, refund.state, fields, look_at=now)
            await _trouble(app, payment, f"the gateway refuses to refund {refund.amount_cents} cents: {message}")
        case Unknown():
            # Minutes in which the gateway does not answer are no minutes in which it knows nothing.
            unknown = {"state": "unknown", "notFoundSince": None}
            look_at = now + LOOK_AGAIN_AFTER
            await payments.change_refund(app.db, payment, refund.id, refund.state, unknown, look_at=look_at)


async def _finish(app: App, payment: Payment) -> None:
    """refunding -> refunded or part_refunded, once no refund is under way. A refused refund is left to a person."""
    if any(refund.state == "declined" for refund in payment.refunds):
        await _trouble(app, payment, "the gateway refused a refund of it")
        return
    whole = payment.kept_cents <= 0
    await payments.move(app.db, payment, "refunded" if whole else "part_refunded", at=app.clock.now(), by="reconciler")
    log.info("payment %s is %s", payment.id, "refunded" if whole else "refunded in part")


async def _trouble(app: App, payment: Payment, reason: str) -> None:
    log.error("payment %s needs a person: %s", payment.id, reason)
    await payments.flag(app.db, payment.id, reason)
    await payments.put_off(app.db, payment.id, app.clock.now() + LOOK_AGAIN_AT_TROUBLE_AFTER)
