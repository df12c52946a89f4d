"""What service decides of a menu from hour to hour: sold out and back, and portions (rules 16)."""

from __future__ import annotations

import azure.durable_functions as df

from functions.staff.menu_calls import CATEGORY, ITEM, KITCHEN, MANAGER, OPTION, REFUSALS, VARIANT, asked, done
from shared.api import menu as api
from shared.services.menu import availability
from shared.web.endpoint import Call, Data, Reply, endpoint

bp = df.Blueprint()

_OF_ROWS = (*REFUSALS, *availability.REFUSALS)
_OF_PARTS = (*REFUSALS, *availability.PART_REFUSALS)


@endpoint(bp, "PATCH", CATEGORY + "/availability", allow=KITCHEN, errors=_OF_ROWS, versioned=True)
async def category_availability(call: Call[api.Availability]) -> Reply[Data[bool]]:
    """Take all dishes of a category off the menus, or put them back (rules 16)."""
    return done(await availability.of_category(call.app, asked(call), call.path["categoryId"], call.body))


@endpoint(bp, "PATCH", VARIANT + "/availability", allow=KITCHEN, errors=_OF_PARTS, versioned=True)
async def variant_availability(call: Call[api.Availability]) -> Reply[Data[bool]]:
    """Say that a size of a dish is sold out, or that it is back (rules 16)."""
    way = ["variants", call.path["variantId"]]
    return done(await availability.of_part(call.app, asked(call), call.path["itemId"], way, call.body))


@endpoint(bp, "PATCH", OPTION + "/availability", allow=KITCHEN, errors=_OF_PARTS, versioned=True)
async def option_availability(call: Call[api.Availability]) -> Reply[Data[bool]]:
    """Say that a choice is sold out, or that it is back (rules 16)."""
    way = ["modifiers", call.path["modifierId"], "options", call.path["optionId"]]
    return done(await availability.of_part(call.app, asked(call), call.path["itemId"], way, call.body))


@endpoint(bp, "PATCH", ITEM + "/stock", allow=MANAGER, errors=(*REFUSALS, *availability.STOCK_REFUSALS), versioned=True)
async def stock(call: Call[api.StockChange]) -> Reply[Data[bool]]:
    """Say how many portions of a dish there are a day, and when they are few (rules 16)."""
    return done(await availability.set_stock(call.app, asked(call), call.path["itemId"], call.body))
