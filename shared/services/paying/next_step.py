"""What a stored checkout waits for next (rules 1 and 3)."""

from __future__ import annotations

from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.payments import Payment
from shared.domain.checkout_states import Next, is_paid, next_step
from shared.ids import attempt_id
from shared.store import checkouts, payments
from shared.store.mongo.client import unawaited


async def claimed_payment(app: App, checkout: Checkout) -> Payment | None:
    """The payment of the claim's attempt; None where the claim is unpaid, or there is no claim."""
    if checkout.claim is None or not is_paid(checkout):
        return None
    return await payments.get(app.db, attempt_id(checkout.id, checkout.claim.attempt))


async def what_next(app: App, preview_id: ObjectId) -> Next:
    """What the state that is stored at this moment, be it durable or not, allows next."""
    checkout = await checkouts.get(unawaited(app.db), preview_id)
    if checkout is None or checkout.state != "claimed":
        return next_step(checkout)
    return next_step(checkout, await claimed_payment(app, checkout))
