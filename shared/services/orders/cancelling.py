"""The diner cancels an order, until the kitchen accepts it, and gets the money back (rules 3, 4 and 6)."""

from __future__ import annotations

import asyncio

from shared.api import orders as orders_api
from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.orders import Order
from shared.domain.order_states import CANCELLED, diner_may_cancel
from shared.domain.roles import DINER
from shared.errors import CANNOT_CANCEL, ORDER_NOT_FOUND, ORDER_NOT_PLACED_YET, UNAVAILABLE, Problem
from shared.services.orders import moving
from shared.services.orders import status as order_status
from shared.services.orders.moving import Wish
from shared.services.telling import outbox
from shared.store import checkouts, orders
from shared.store.mongo.client import Session, Tries, moves

REFUSALS = (ORDER_NOT_FOUND, CANNOT_CANCEL, ORDER_NOT_PLACED_YET)

_TRY_AGAIN_AFTER = 2


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
        cancelled = await _commit(app, order, request_id)
        if cancelled is not None:
            await outbox.publish_after_commit(app, key)
            return await order_status.of_order(app, cancelled)
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


async def _commit(app: App, order: Order, request_id: str) -> Order | None:
    """CREATED -> CANCELLED, told and given back in one transaction; None where the order or its checkout moved."""
    told = {"correlationId": request_id, "stations": [{"stationId": route.station_id} for route in order.routing]}
    cancelled: list[Order] = []

    async def body(session: Session) -> None:
        try:
            cancelled[:] = [await moving.make(app, order, Wish(CANCELLED), told, by=DINER.by, session=session)]
        except Problem as problem:
            # What the original server took only staff can give back.
            raise Problem(CANNOT_CANCEL, extra={"status": order.status}) from problem

    return cancelled[0] if await moves(app.db, body) else None
