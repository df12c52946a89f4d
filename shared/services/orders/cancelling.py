"""The diner cancels an order, until the kitchen accepts it, and gets the money back (rules 3, 4 and 6)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from shared.api import orders as orders_api
from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.orders import Order
from shared.domain.order_states import CANCELLED, diner_may_cancel
from shared.errors import CANNOT_CANCEL, ORDER_NOT_FOUND, ORDER_NOT_PLACED_YET, UNAVAILABLE, Problem
from shared.services.menu import stock
from shared.services.orders import status as order_status
from shared.services.telling import outbox
from shared.store import checkouts, order_events, orders, payments
from shared.store.mongo.client import Session, Tries, moves

REFUSALS = (ORDER_NOT_FOUND, CANNOT_CANCEL, ORDER_NOT_PLACED_YET)

_TRY_AGAIN_AFTER = 2
REST_IS_KEPT = "was refunded in part before its order was cancelled: give the rest back"


async def cancel(app: App, order_id: str, *, request_id: str) -> orders_api.OrderStatus:
    """Cancel an order that the kitchen has not accepted. Cancelling it again gets the same answer.

    Raises Problem (REFUSALS), with the order's `status`. ORDER_NOT_PLACED_YET: ask again, it is becoming an order.
    """
    key = order_status.parse(order_id)
    async for _ in Tries():
        order, checkout = await asyncio.gather(orders.get(app.db, key), checkouts.get(app.db, key))
        if order is None:
            _refuse_without_order(checkout)
            continue
        if order.status == CANCELLED:
            return await order_status.of_order(app, order)
        # The original server knows no versions: it would go on with an order that was cancelled meanwhile.
        if order.version is None or not diner_may_cancel(order.status):
            raise Problem(CANNOT_CANCEL, extra={"status": order.status})
        if checkout is not None and checkout.state != "placed":
            raise Problem(ORDER_NOT_PLACED_YET, extra={"status": order.status}, retry_after=_TRY_AGAIN_AFTER)
        row = _row(app, order, order.version + 1, request_id)
        if await _commit(app, order, row):
            await outbox.publish_after_commit(app, key)
            cancelled = {"status": CANCELLED, "version": row["seq"], "updated_at": row["createdAt"]}
            return await order_status.of_order(app, order.model_copy(update=cancelled))
    raise Problem(UNAVAILABLE, retry_after=1)


def _refuse_without_order(checkout: Checkout | None) -> None:
    """Raises Problem (REFUSALS), except where the order was placed since it was read."""
    if checkout is None:
        raise Problem(ORDER_NOT_FOUND)
    if checkout.state == "placed":
        return
    status = order_status.status_of(checkout)
    if checkout.state == "claimed":
        raise Problem(ORDER_NOT_PLACED_YET, extra={"status": status}, retry_after=_TRY_AGAIN_AFTER)
    raise Problem(CANNOT_CANCEL, "This cart is no order, so there is nothing to cancel.", extra={"status": status})


def _row(app: App, order: Order, seq: int, request_id: str) -> dict[str, Any]:
    whose = {"_id": order.id, "restaurantId": order.restaurant_id, "locationId": order.location_id}
    told = {"correlationId": request_id, "stations": [{"stationId": route.station_id} for route in order.routing]}
    return order_events.row(whose, seq, "cancelled", told, by="diner", at=app.clock.now())


async def _commit(app: App, order: Order, row: dict[str, Any]) -> bool:
    """CREATED -> CANCELLED, told and given back in one transaction; False where the order or its checkout moved.

    The transaction itself reads what is to be given back: after an older read the money could be kept.
    """
    now = row["createdAt"]

    async def body(session: Session) -> None:
        await orders.cancel(app.db, order, ended_at=now, session=session)
        await order_events.insert(app.db, [row], session)
        if order.payment_id:
            await _decide_on_money(app, order, now, session)
        checkout = await checkouts.get(app.db, order.id, session)
        if checkout is not None:
            await _give_back(app, checkout, session)

    return await moves(app.db, body)


async def _decide_on_money(app: App, order: Order, now: datetime, session: Session) -> None:
    """The payment that the order keeps is to be given back: the reconciler does it. Raises MovedError.

    What a person has had given back already stays; what is given back in part asks for a person, who gives the rest.
    """
    for payment in await payments.of_preview(app.db, order.id, session):
        if payment.state == "ordered":
            await payments.must_move(app.db, payment, "voiding", at=now, by="diner", look_at=now, session=session)
        elif payment.became_order and payment.state == "part_refunded":
            await payments.flag(app.db, payment.id, REST_IS_KEPT, session)


async def _give_back(app: App, checkout: Checkout, session: Session) -> None:
    """Give back what the order's claim took: the cart's key and lines may be ordered again. Raises MovedError."""
    await stock.give_back(app, checkout.id, session)
    await checkouts.release_cart(app.db, checkout, session)
