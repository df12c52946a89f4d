"""The restaurant, and the order on the diner's status page (contract 10, 11)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import orders as api
from shared.api.menu import Restaurant
from shared.services.menu import reading
from shared.services.orders import status
from shared.web.access import anyone
from shared.web.endpoint import Call, Ready, endpoint

bp = df.Blueprint()


@endpoint(bp, "GET", "menu-app/{restaurantId}", allow=anyone, errors=reading.RESTAURANT_REFUSALS)
async def restaurant(call: Call[None]) -> Ready[Restaurant]:
    """A restaurant's name and logo (contract 10)."""
    return await reading.RESTAURANT.ready(call.app, call.path["restaurantId"])


@endpoint(bp, "GET", "menu-app/order/{orderId}", allow=anyone, errors=status.REFUSALS, polled=True)
async def order(call: Call[None]) -> api.PublicOrder:
    """An order for everyone who has its link: without phone and payment (contract 11)."""
    return await status.public_order(call.app, call.path["orderId"])
