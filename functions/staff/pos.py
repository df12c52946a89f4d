"""The staff's order page (contract 12, 47, 48)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import menu as menu_api
from shared.api.ordering import CounterOrder
from shared.services.menu import reading
from shared.services.ordering import at_counter
from shared.web.access import in_body, staff_here, staff_of
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_MENUS = "pos/{restaurantId}/locations/{locationId}/menus"
_KITCHEN = staff_here(least="kitchen")


@endpoint(
    bp,
    "POST",
    "menu-app/restaurant/order",
    allow=staff_of(in_body("restaurantId"), in_body("locationId"), least="service"),
    engine=True,
    keyed="may",
    status=201,
    errors=at_counter.REFUSALS,
    leaves="rows",
)
async def restaurant_order(call: Call[CounterOrder]) -> str:
    """Place a cart that staff typed in; the same cart again gives the same order's id (contract 12)."""
    return await at_counter.order(
        call.app, call.body, call.staff, request_id=call.request_id, digest=call.request_digest
    )


@endpoint(bp, "GET", _MENUS, allow=_KITCHEN)
async def menus(call: Call[None]) -> Data[list[menu_api.MenuEntry]]:
    """A location's menus, also those not available now (contract 47)."""
    return Data(data=await reading.menu_list(call.app, *call.place))


@endpoint(bp, "GET", _MENUS + "/{menuId}", allow=_KITCHEN, errors=reading.MENU_REFUSALS)
async def menu(call: Call[None]) -> Data[menu_api.Menu]:
    """One of the location's menus, with the dishes that can be ordered now (contract 48)."""
    path = call.path
    return Data(data=await reading.menu(call.app, *call.place, path["menuId"]))
