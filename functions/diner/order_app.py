"""The diner's app: what there is to order, what it costs, and where the order stands (contract 1 to 9)."""

from __future__ import annotations

import azure.durable_functions as df
from pydantic import BaseModel, Field

from shared.api import menu as menu_api
from shared.api import ordering as ordering_api
from shared.api import orders as orders_api
from shared.errors import GONE, Problem
from shared.services.limits import addresses
from shared.services.menu import reading
from shared.services.ordering import previewing
from shared.services.orders import cancelling, status
from shared.web.access import anyone
from shared.web.endpoint import Call, Data, Ready, Reply, endpoint

bp = df.Blueprint()
WAIT_AGAIN_AFTER = "5"
"""Seconds after which a page that could not wait asks again."""

_LOCATION = "order-app/restaurants/{restaurantId}/locations/{locationId}"


class StatusQuery(BaseModel):
    """Whether to wait for news."""

    wait: int = Field(0, ge=0, le=20, description="Seconds to wait at most for the status to be another than now.")
    after: int | None = Field(
        None, ge=0, le=2**31, description="The highest seq that the page has seen: a higher one is told at once."
    )


class EventsQuery(BaseModel):
    """From where on to tell."""

    after: int = Field(0, ge=0, le=2**31, description="The highest seq that the page has seen.")


@endpoint(bp, "GET", "order-app/restaurants/{restaurantId}", allow=anyone, errors=reading.RESTAURANT_REFUSALS)
async def restaurant(call: Call[None]) -> Ready[menu_api.Restaurant]:
    """A restaurant's name and logo (contract 1)."""
    return await reading.RESTAURANT.ready(call.app, call.path["restaurantId"])


@endpoint(bp, "GET", _LOCATION, allow=anyone, errors=reading.LOCATION_REFUSALS)
async def location(call: Call[None]) -> Ready[menu_api.Location]:
    """A location, whether it takes payment, and whether it is open now (contract 2)."""
    return await reading.LOCATION.ready(call.app, *call.place)


@endpoint(bp, "GET", "order-app/restaurants/origins/{originId}", allow=anyone)
async def origin(call: Call[None]) -> Data[menu_api.Origin]:
    """Where a scanned code hangs; all fields empty for an unknown one and for `web` (contract 3)."""
    return Data(data=await reading.origin(call.app, call.path["originId"]))


@endpoint(bp, "GET", _LOCATION + "/origins/{originId}/campaign", allow=anyone)
async def campaign(call: Call[None]) -> Data[menu_api.Campaign | None]:
    """The running campaign of an origin, or null (contract 4)."""
    path = call.path
    found = await reading.campaign(call.app, *call.place, path["originId"])
    return Data(data=found)


@endpoint(bp, "GET", _LOCATION + "/menus", allow=anyone)
async def menus(call: Call[None]) -> Ready[list[menu_api.MenuEntry]]:
    """A location's menus, also those not available now (contract 5)."""
    return await reading.MENU_LIST.ready(call.app, *call.place)


@endpoint(bp, "GET", _LOCATION + "/menus/{menuId}", allow=anyone, errors=reading.MENU_REFUSALS)
async def menu(call: Call[None]) -> Ready[menu_api.Menu]:
    """A menu with all that can be ordered now, in three languages (contract 6)."""
    path = call.path
    return await reading.MENU.ready(call.app, *call.place, path["menuId"])


@endpoint(
    bp,
    "POST",
    "order-app/cart/preview-order",
    allow=anyone,
    engine=True,
    errors=[*addresses.PREVIEW_REFUSALS, *previewing.REFUSALS],
)
async def preview_order(call: Call[ordering_api.PreviewRequest]) -> Data[ordering_api.Preview]:
    """Price a cart from the stored menus and keep it for 30 minutes; the same cart gets the same preview
    (contract 7)."""
    await addresses.admit_preview(call.app, call.client_address, call.body.location_id)
    return Data(data=await previewing.preview(call.app, call.body, request_id=call.request_id))


@endpoint(bp, "GET", "order-app/orders/{orderId}/status", allow=anyone, errors=status.REFUSALS, polled=True)
async def order_state(call: Call[None, StatusQuery]) -> Reply[orders_api.OrderStatus]:
    """The status of an order, or of a checkout that is no order yet; with `wait`, once it changes (contract 9).

    With a Retry-After, too many wait already, and the answer came at once.
    """
    query = call.query
    seen = await status.changed_status(
        call.app, call.path["orderId"], wait=query.wait, after=query.after, address=call.client_address
    )
    return Reply(seen.status, headers={"retry-after": WAIT_AGAIN_AFTER} if seen.crowded else {})


@endpoint(
    bp,
    "POST",
    "order-app/orders/{orderId}/cancel",
    allow=anyone,
    errors=cancelling.REFUSALS,
)
async def cancel_order(call: Call[None]) -> orders_api.OrderStatus:
    """Cancel an order, until the kitchen accepts it; cancelling it again gets the same answer."""
    return await cancelling.cancel(call.app, call.path["orderId"], request_id=call.request_id)


@endpoint(bp, "GET", "order-app/orders/{orderId}/events", allow=anyone, errors=status.REFUSALS, polled=True)
async def order_events(call: Call[None, EventsQuery]) -> orders_api.OrderEvents:
    """The messages of the diner's page after seq `after`: it catches up with them after a lost connection."""
    return await status.events(call.app, call.path["orderId"], call.query.after)


@endpoint(bp, "POST", "order-app/checkout", allow=anyone, errors=[GONE])
async def legacy_checkout(call: Call[None]) -> None:
    """The original's first way to order, whose orders nobody could see; the answer is 410 with the way to go
    (contract 8)."""
    raise Problem(GONE)
