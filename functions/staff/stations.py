"""The kitchen's stations and their screens (contract 32 to 36)."""

from __future__ import annotations

from typing import Annotated

import azure.durable_functions as df
from pydantic import BaseModel, ConfigDict, Field

from shared.api import kitchen as api
from shared.api import orders as orders_api
from shared.api.base import Cleaned
from shared.services.kitchen import screens, stations
from shared.services.kitchen.screens import Asked
from shared.services.orders import items, moving
from shared.web.access import in_body, staff_here, staff_of, staff_through
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_KITCHEN = staff_here(least="kitchen", devices="any")
_MANAGER = staff_here(least="manager")


class StationTagsQuery(BaseModel):
    """Whose items to show."""

    model_config = ConfigDict(populate_by_name=True)

    station_tags: Annotated[str, Field(max_length=2000), Cleaned] = Field(
        "", alias="stationTags", description="The station's tags, by commas."
    )
    station_id: Annotated[str, Field(max_length=128), Cleaned] | None = Field(
        None, alias="stationId", description="The station instead of its tags, or `expo`."
    )


@endpoint(
    bp,
    "POST",
    "stations",
    allow=staff_of(in_body("restaurantId"), in_body("locationId"), least="manager"),
    status=201,
    errors=stations.CREATE_REFUSALS,
)
async def create(call: Call[api.NewStation]) -> Data[api.Station]:
    """Make a station (contract 32)."""
    actor = call.staff.actor_in(call.body.restaurant_id)
    return Data(data=await stations.create(call.app, actor, call.body, request_id=call.request_id))


@endpoint(bp, "GET", "stations/{restaurantId}/{locationId}", allow=staff_here(least="kitchen", devices="any"))
async def listed(call: Call[None]) -> Data[list[api.Station]]:
    """The location's stations, an empty list where there is none (contract 33)."""
    return Data(data=await stations.listed(call.app, *call.place))


@endpoint(
    bp, "PATCH", "stations/{restaurantId}/{locationId}/{stationId}", allow=_MANAGER, errors=stations.CHANGE_REFUSALS
)
async def change(call: Call[api.StationChange]) -> Data[api.Station]:
    """Give a station another name or other tags (rules 17)."""
    path = call.path
    changed = await stations.change(
        call.app, call.actor, call.place, path["stationId"], call.body, request_id=call.request_id
    )
    return Data(data=changed)


@endpoint(
    bp, "DELETE", "stations/{restaurantId}/{locationId}/{stationId}", allow=_MANAGER, errors=stations.DELETE_REFUSALS
)
async def delete(call: Call[None]) -> Data[bool]:
    """Delete a station; what it alone cooks is shown by every screen in a lane of its own (rules 17)."""
    path = call.path
    await stations.delete(call.app, call.actor, *call.place, path["stationId"], request_id=call.request_id)
    return Data(data=True)


@endpoint(
    bp,
    "GET",
    "stations/{restaurantId}/{locationId}/{stationId}/orders",
    allow=_KITCHEN,
    errors=screens.STATION_REFUSALS,
    polled=True,
)
async def open_orders(call: Call[None]) -> Data[api.StationOrders]:
    """A station's open orders, the oldest first, with the items that match no station flagged (contract 34).

    The station `expo` is the whole location.
    """
    return Data(data=await screens.open_orders(call.app, call.staff, call.place, call.path["stationId"]))


@endpoint(
    bp, "GET", "stations/{restaurantId}/{locationId}/orders/{orderId}", allow=_KITCHEN, errors=screens.ORDER_REFUSALS
)
async def one_order(call: Call[None, StationTagsQuery]) -> Data[api.StationOrder]:
    """One open order as a station sees it; 404 means that it is not on this screen now (contract 35)."""
    asked = Asked(call.query.station_id, [tag for tag in call.query.station_tags.split(",") if tag])
    return Data(data=await screens.one_order(call.app, call.staff, call.place, call.path["orderId"], asked))


@endpoint(
    bp,
    "POST",
    "stations/order-item",
    allow=staff_through(moving.place_of, in_body("orderId"), moving.MISSING, least="kitchen", devices="any"),
    errors=items.REFUSALS,
    leaves="rows",
)
async def order_item(call: Call[orders_api.ItemChange]) -> orders_api.ItemChanged:
    """Start or finish one item of an order, or open it again (contract 36)."""
    body = call.body
    changed = await items.progress(
        call.app, body.order_id, body.item_id, body.order_item_status, call.staff, request_id=call.request_id
    )
    return orders_api.ItemChanged(data=changed, message=f"Order item {body.order_item_status.lower()} successfully")
