"""How a capture stands at the gateway, and what to do where that helps nobody (rules 4)."""

from __future__ import annotations

import logging
from datetime import timedelta

from shared.app import App
from shared.documents.payments import Payment
from shared.integrations.pay import Approved, Declined, Merchant, NotFound, Sale
from shared.store import payments

log = logging.getLogger("orderbuddy.payment")

LOOK_AGAIN_AFTER = timedelta(minutes=1)
LOOK_AGAIN_AT_TROUBLE_AFTER = timedelta(minutes=15)


async def condition_of(app: App, merchant: Merchant, payment: Payment) -> str:
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


async def trouble(app: App, payment: Payment, reason: str) -> None:
    """Only a person can help: flag a payment that is being given back, and look at it more rarely."""
    log.error("payment %s needs a person: %s", payment.id, reason)
    await payments.flag(app.db, payment.id, reason)
    await payments.put_off(app.db, payment.id, app.clock.now() + LOOK_AGAIN_AT_TROUBLE_AFTER)
