"""A location's menus, for its own people (contract 24, 25, 29)."""

from __future__ import annotations

import azure.durable_functions as df

from functions.staff.menu_calls import ITEM, asked, done
from shared.api import menu as api
from shared.services.menu import availability, for_staff, reading
from shared.services.staff.admitting import role_of
from shared.web.access import in_path, staff_of
from shared.web.endpoint import Call, Data, Reply, endpoint

bp = df.Blueprint()

_MENUS = "restaurant/restaurants/{restaurantId}/locations/{locationId}/menus"
_KITCHEN = staff_of(in_path("restaurantId"), in_path("locationId"), least="kitchen", devices="any")


@endpoint(bp, "GET", _MENUS, allow=_KITCHEN)
async def menus(call: Call[None]) -> Data[list[api.MenuEntry]]:
    """A location's menus, also those not available now (contract 24)."""
    return Data(data=await reading.menu_list(call.app, call.path["restaurantId"], call.path["locationId"]))


@endpoint(bp, "GET", _MENUS + "/{menuId}", allow=_KITCHEN, errors=for_staff.REFUSALS)
async def menu(call: Call[None]) -> Data[api.StaffMenu]:
    """A menu with all its dishes, also those that are sold out; below manager without making costs (contract 25)."""
    path = call.path
    role = role_of(call.staff, path["restaurantId"])
    return Data(data=await for_staff.one(call.app, role, path["restaurantId"], path["locationId"], path["menuId"]))


@endpoint(
    bp,
    "PATCH",
    ITEM + "/availability",
    allow=_KITCHEN,
    errors=availability.REFUSALS,
    versioned=True,
)
async def item_availability(call: Call[api.Availability]) -> Reply[Data[bool]]:
    """Take a dish off the menus as sold out, or put it back (contract 29)."""
    return done(
        await availability.set_available(call.app, asked(call), call.path["itemId"], available=call.body.is_available)
    )
