"""An order ends without being handed over: what was paid and taken for it goes back, in the same transaction (rules 3,
4, 13)."""

from __future__ import annotations

from datetime import datetime

from shared.app import App
from shared.documents.orders import Order
from shared.domain.order_states import READY_FOR_PICKUP
from shared.services.menu import stock
from shared.services.paying import refunding
from shared.store import checkouts
from shared.store.mongo.client import Session

REFUSALS = refunding.REFUSALS


async def give_back(
    app: App, order: Order, session: Session, *, by: str, at: datetime, reason: str = "", by_hand: bool = False
) -> int:
    """Give back the money, the portions and the campaign's use; the cart's key and lines may be ordered again.

    Portions of an order that is ready are made: they stay sold. Returns the cents. The transaction itself reads what is
    to be given back: after an older read the money could be kept. `by_hand`: what is not ours to give back is given
    back outside. Raises MovedError, and Problem (REFUSALS).
    """
    cents = await refunding.give_back_all(app, order, session, by=by, at=at, reason=reason, by_hand=by_hand)
    checkout = await checkouts.get(app.db, order.id, session)
    if checkout is not None and checkout.state == "placed":
        await stock.give_back(app, checkout.id, session, portions=order.status != READY_FOR_PICKUP)
        await checkouts.release_cart(app.db, checkout, session)
    return cents
