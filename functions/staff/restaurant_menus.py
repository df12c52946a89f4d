"""A location's menus, for its own people (contract 24, 25, 29)."""

from __future__ import annotations

import azure.durable_functions as df
from pydantic import BaseModel, Field

from functions.staff.menu_calls import ITEM, KITCHEN, REFUSALS, asked, done
from shared.api import menu as api
from shared.services.menu import availability, for_staff
from shared.services.staff.admitting import role_of
from shared.web.endpoint import Call, Data, Reply, endpoint, tagged

bp = df.Blueprint()

_MENUS = "restaurant/restaurants/{restaurantId}/locations/{locationId}/menus"


class WhichMenus(BaseModel):
    """Which menus to list."""

    archived: bool = Field(False, description="Those in the archive, instead of those in use.")


@endpoint(bp, "GET", _MENUS, allow=KITCHEN)
async def menus(call: Call[None, WhichMenus]) -> Data[list[api.StaffMenuEntry]]:
    """A location's menus, also those not available now; or those in the archive (contract 24)."""
    return Data(data=await for_staff.listed(call.app, *call.place, archived=call.query.archived))


@endpoint(bp, "GET", _MENUS + "/{menuId}", allow=KITCHEN, errors=for_staff.REFUSALS)
async def menu(call: Call[None]) -> Reply[Data[api.StaffMenu]]:
    """A menu with all its dishes, also those that are sold out; below manager without making costs (contract 25)."""
    path = call.path
    role = role_of(call.staff, path["restaurantId"])
    found = await for_staff.one(call.app, role, *call.place, path["menuId"])
    return tagged(found, found.version)


@endpoint(
    bp, "PATCH", ITEM + "/availability", allow=KITCHEN, errors=(*REFUSALS, *availability.REFUSALS), versioned=True
)
async def item_availability(call: Call[api.Availability]) -> Reply[Data[bool]]:
    """Take a dish off the menus as sold out, or put it back (contract 29)."""
    return done(await availability.of_item(call.app, asked(call), call.path["itemId"], call.body))
