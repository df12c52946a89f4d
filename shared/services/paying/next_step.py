"""What a stored checkout waits for next (rules 1 and 3)."""

from __future__ import annotations

from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.payments import Payment
from shared.domain.checkout_states import Next, is_paid, next_step
from shared.ids import attempt_id
from shared.store import checkouts, payments
from shared.store.mongo.client import Database, unawaited


async def claimed_payment(db: Database, checkout: Checkout) -> Payment | None:
    """The payment of the claim's attempt; None for an unpaid claim or none at all."""
    if checkout.claim is None or not is_paid(checkout):
        return None
    return await payments.get(db, attempt_id(checkout.id, checkout.claim.attempt))


async def stands(app: App, preview_id: ObjectId) -> tuple[Checkout | None, Payment | None]:
    """The checkout and the payment of its claim, as the primary has them at this moment, be it durable or not.

    Both are read in the same way. Else a claim that only the primary has yet would come without its payment, and would
    look like one that only a person can end.
    """
    db = unawaited(app.db)
    checkout = await checkouts.get(db, preview_id)
    if checkout is None or checkout.state != "claimed":
        return checkout, None
    return checkout, await claimed_payment(db, checkout)


async def what_next(app: App, preview_id: ObjectId) -> Next:
    """What the state that is stored at this moment allows next; its time may be past."""
    return next_step(*await stands(app, preview_id))
