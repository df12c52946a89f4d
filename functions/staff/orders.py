"""The board: the orders of a location, and their moves (contract 21 to 23)."""

from __future__ import annotations

import azure.durable_functions as df
from pydantic import BaseModel, Field

from shared.api import orders as api
from shared.services.orders import board, moving
from shared.services.orders.moving import Wish
from shared.web.access import in_body, staff_here, staff_through
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_BOARD = staff_here(least="kitchen", devices="expo")
_KITCHEN = staff_here(least="kitchen", devices="any")


class BoardQuery(BaseModel):
    """Which orders to show."""

    open: bool = Field(False, description="With orders of earlier days that are still open.")


@endpoint(
    bp,
    "GET",
    "restaurant/orders/today/{restaurantId}/{locationId}",
    allow=_BOARD,
    errors=board.LIST_REFUSALS,
    polled=True,
)
async def today(call: Call[None, BoardQuery]) -> list[api.StaffOrder]:
    """The orders of the location's day, the oldest first (contract 21)."""
    return await board.today(call.app, call.staff, *call.place, older=call.query.open)


@endpoint(
    bp, "GET", "restaurant/orders/{restaurantId}/{locationId}/{orderId}", allow=_BOARD, errors=board.ORDER_REFUSALS
)
async def one(call: Call[None]) -> Data[api.StaffOrder]:
    """One order of the location (contract 22)."""
    path = call.path
    return Data(data=await board.one(call.app, call.staff, *call.place, path["orderId"]))


@endpoint(
    bp,
    "POST",
    "restaurant/order-status",
    allow=staff_through(moving.place_of, in_body("orderId"), moving.MISSING, least="kitchen", devices="any"),
    errors=moving.REFUSALS,
    leaves="rows",
)
async def order_status(call: Call[api.StatusChange]) -> bool:
    """Move an order on, reject it or cancel it; what it is already changes nothing (contract 23)."""
    body = call.body
    wish = Wish(body.order_status, reason=body.reason, seq=body.seq)
    await moving.move(call.app, body.order_id, wish, call.staff, request_id=call.request_id)
    return True


@endpoint(
    bp,
    "POST",
    "restaurant/{restaurantId}/{locationId}/orders/{orderId}/recall",
    allow=_KITCHEN,
    errors=moving.REFUSALS,
    leaves="rows",
)
async def recall(call: Call[api.Recall]) -> Data[api.OrderMoved]:
    """Bring a ready order back to the kitchen, for 60 minutes."""
    path = call.path
    order = await moving.recall(
        call.app, *call.place, path["orderId"], call.staff, seq=call.body.seq, request_id=call.request_id
    )
    return Data(data=api.OrderMoved(order_id=str(order.id), status=order.status, seq=order.version or 0))


@endpoint(bp, "GET", "restaurant/{restaurantId}/{locationId}/orders/ready", allow=_KITCHEN)
async def ready(call: Call[None]) -> Data[list[api.StaffOrder]]:
    """The last 50 orders that are ready, the newest first: what can be recalled."""
    return Data(data=await board.ready(call.app, call.staff, *call.place))
