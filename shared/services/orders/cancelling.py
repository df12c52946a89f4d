"""The diner takes an order back, until the kitchen accepts it, and gets the money back (rules 3, 4 and 6)."""

from __future__ import annotations

import asyncio
from typing import Any

from shared.api import orders as orders_api
from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.orders import Order
from shared.documents.payments import Payment
from shared.domain.order_states import CANCELLED, diner_may_cancel
from shared.errors import CANNOT_CANCEL, ORDER_NOT_FOUND, ORDER_NOT_PLACED_YET, UNAVAILABLE, Problem
from shared.services.menu import stock
from shared.services.orders import status as order_status
from shared.services.telling import outbox
from shared.store import checkouts, order_events, orders, payments
from shared.store.mongo.client import Session, Tries, moves

REFUSALS = (ORDER_NOT_FOUND, CANNOT_CANCEL, ORDER_NOT_PLACED_YET)

_TRY_AGAIN_AFTER = 2


async def cancel(app: App, order_id: str, *, request_id: str) -> orders_api.OrderStatus:
    """Cancel an order that the kitchen has not accepted; one that is cancelled already gets the same answer.

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
        # The original server knows no versions, and would go on with an order that was cancelled under its hands.
        if order.version is None or not diner_may_cancel(order.status):
            raise Problem(CANNOT_CANCEL, extra={"status": order.status})
        if checkout is not None and checkout.state != "placed":
            raise Problem(ORDER_NOT_PLACED_YET, extra={"status": order.status}, retry_after=_TRY_AGAIN_AFTER)
        row = _row(app, order, order.version + 1, request_id)
        if await _commit(app, order, checkout, row, await _paid(app, order)):
            await outbox.publish_after_commit(app, key)
            cancelled = {"status": CANCELLED, "version": row["seq"], "updated_at": row["createdAt"]}
            return await order_status.of_order(app, order.model_copy(update=cancelled))
    raise Problem(UNAVAILABLE, retry_after=1)


def _refuse_without_order(checkout: Checkout | None) -> None:
    """Raises Problem, except where the order has come to be since it was looked for."""
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


async def _paid(app: App, order: Order) -> Payment | None:
    """The payment that the order keeps, if it was paid here."""
    if not order.payment_id:
        return None
    return next((one for one in await payments.of_preview(app.db, order.id) if one.state == "ordered"), None)


async def _commit(
    app: App, order: Order, checkout: Checkout | None, row: dict[str, Any], payment: Payment | None
) -> bool:
    """CREATED -> CANCELLED, told and given back in one transaction; False where the order or its checkout moved.

    The reconciler gives the money back: here it is only decided.
    """
    now = row["createdAt"]

    async def body(session: Session) -> None:
        await orders.cancel(app.db, order, ended_at=now, session=session)
        await order_events.insert(app.db, [row], session)
        if payment is not None:
            await payments.must_move(app.db, payment, "voiding", at=now, by="diner", look_at=now, session=session)
        if checkout is not None:
            await _give_back(app, checkout, session)

    return await moves(app.db, body)


async def _give_back(app: App, checkout: Checkout, session: Session) -> None:
    """Give back what the order's claim took: the cart's key and lines may be ordered again. Raises MovedError."""
    await stock.give_back(app, checkout.id, session)
    await checkouts.release_cart(app.db, checkout, session)
