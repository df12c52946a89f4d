"""An order ends without being handed over: what was paid and taken for it goes back, in the same transaction (rules 3,
4, 13)."""

from __future__ import annotations

from datetime import datetime

from shared.app import App
from shared.documents.orders import Order
from shared.services.menu import stock
from shared.store import checkouts, payments
from shared.store.mongo.client import Session

REST_IS_KEPT = "was refunded in part before its order was cancelled: give the rest back"


async def give_back(app: App, order: Order, session: Session, *, by: str, at: datetime) -> None:
    """Give back the money, the portions and the campaign's use; the cart's key and lines may be ordered again.

    The transaction itself reads what is to be given back: after an older read the money could be kept. Raises
    MovedError.
    """
    if order.payment_id:
        await _decide_on_money(app, order, session, by=by, at=at)
    checkout = await checkouts.get(app.db, order.id, session)
    if checkout is not None and checkout.state == "placed":
        await stock.give_back(app, checkout.id, session)
        await checkouts.release_cart(app.db, checkout, session)


async def _decide_on_money(app: App, order: Order, session: Session, *, by: str, at: datetime) -> None:
    """The payment that the order keeps is to be given back: the reconciler does it.

    What a person has had given back already stays; what is given back in part asks for a person, who gives the rest.
    """
    for payment in await payments.of_preview(app.db, order.id, session):
        if payment.state == "ordered":
            await payments.must_move(app.db, payment, "voiding", at=at, by=by, look_at=at, session=session)
        elif payment.became_order and payment.state == "part_refunded":
            await payments.flag(app.db, payment.id, REST_IS_KEPT, session)
