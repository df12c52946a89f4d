"""A location's menus, for its own people (contract 24, 25, 29)."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from shared.api import menu as api
from shared.domain import versions
from shared.services.menu import availability, editing, for_staff, reading
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
    "restaurant/{restaurantId}/location/{locationId}/menu/{menuId}/item/{itemId}/availability",
    allow=_KITCHEN,
    errors=availability.REFUSALS,
    versioned=True,
)
async def item_availability(call: Call[api.Availability]) -> Reply[Data[bool]]:
    """Take a dish off the menus as sold out, or put it back (contract 29)."""
    changed = await availability.set_available(
        call.app, asked(call), call.path["itemId"], available=call.body.is_available
    )
    return Reply(Data(data=True), headers={"etag": versions.tag(changed.version)})


def asked(call: Call[Any]) -> editing.Ask:
    """Who changes the menu that the path names."""
    path = call.path
    return editing.Ask(
        actor=call.staff.actor_in(path["restaurantId"]),
        restaurant_id=path["restaurantId"],
        location_id=path["locationId"],
        menu_id=path["menuId"],
        request_id=call.request_id,
        if_match=call.if_match,
    )
