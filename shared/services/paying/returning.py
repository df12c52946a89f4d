"""Giving money back: by a void as long as the capture is not settled, else by a refund (rules 4).

The decision is stored before (`voiding`, `refunding`). So anyone may run this, any number of times, and at the same
time. The gateway voids once, however often it is asked. It would refund twice: so a refund is called once, like a
charge.
"""

from __future__ import annotations

import logging

from shared.app import App
from shared.documents.payments import Payment
from shared.integrations.pay import Approved, Declined, Merchant, NotSent, Unknown
from shared.services.paying import merchants
from shared.services.paying.captures import LOOK_AGAIN_AFTER, condition_of, trouble
from shared.services.paying.sending_back import new_refund, refund
from shared.store import payments, refunds

log = logging.getLogger("orderbuddy.payment")

__all__ = ["new_refund", "return_money"]

MOST_STEPS = 20
"""Of one payment at a time. What is left is due at once, and comes again."""


async def return_money(app: App, payment_id: str) -> None:
    """Make the next steps for a payment that is to be given back; do nothing for any other."""
    for _ in range(MOST_STEPS):
        payment = await payments.get(app.db, payment_id)
        if payment is None or payment.state not in ("voiding", "refunding"):
            return
        merchant = await merchants.of_payment(app.db, app.sealer, payment)
        if merchant is None:
            await trouble(app, payment, "the location has no readable credentials any more to give it back with")
            return
        goes_on = await (_void if payment.state == "voiding" else refund)(app, merchant, payment)
        if not goes_on:
            return


async def _void(app: App, merchant: Merchant, payment: Payment) -> bool:
    """Look up the capture, and void it where it is open. After a refusal look again: only a settled one is refunded.

    True where there is more to do at once.
    """
    condition = await condition_of(app, merchant, payment)
    if condition not in ("open", "unsaid"):
        return await _by_condition(app, payment, condition)
    assert payment.gateway_id is not None
    said = await app.pay.void(merchant, gateway_id=payment.gateway_id, external_id=payment.void_id)
    match said:
        case Approved():
            return await _voided(app, payment)
        case Declined():
            condition = await _after_refusal(app, merchant, payment, said)
            return await _by_condition(app, payment, condition, said.message)
        case Unknown() | NotSent():
            await payments.note(app.db, payment, look_at=app.clock.now() + LOOK_AGAIN_AFTER)
            return False


async def _after_refusal(app: App, merchant: Merchant, payment: Payment, refused: Declined) -> str:
    condition = await condition_of(app, merchant, payment)
    if condition == "unsaid" and refused.settled:
        # A gateway that does not say it when asked says it when it refuses.
        return "settled"
    return condition


async def _by_condition(app: App, payment: Payment, condition: str, message: str = "") -> bool:
    match condition:
        case "void":
            return await _voided(app, payment)
        case "settled":
            return await _begin_refund(app, payment)
        case "unknown":
            await payments.note(app.db, payment, look_at=app.clock.now() + LOOK_AGAIN_AFTER)
        case "open" | "unsaid":
            await trouble(app, payment, f"the gateway refuses to void it: {message}")
        case _:
            await trouble(app, payment, f"the gateway says of what is to be given back: {condition}")
    return False


async def _voided(app: App, payment: Payment) -> bool:
    await payments.move(app.db, payment, "voided", at=app.clock.now(), by="reconciler")
    log.info("payment %s is voided", payment.id)
    return False


async def _begin_refund(app: App, payment: Payment) -> bool:
    now = app.clock.now()
    cents = payment.amount_cents if payment.captured_cents is None else payment.kept_cents
    made = new_refund(payment, cents, by="reconciler", at=now)
    return await payments.move(
        app.db,
        payment,
        "refunding",
        at=now,
        by="reconciler",
        look_at=now,
        fields={"refunds": [*refunds.stored(payment), made]},
    )
