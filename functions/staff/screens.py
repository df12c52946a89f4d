"""The kitchen's screens say that they are there, and what they have shown (rules 22)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import screens as api
from shared.services.kitchen import presence
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()


@endpoint(
    bp,
    "POST",
    "stations/{restaurantId}/{locationId}/{stationId}/seen",
    allow=staff_here(least="kitchen", devices="any"),
    errors=presence.REFUSALS,
    leaves="nothing",
)
async def seen(call: Call[api.Seen]) -> Data[api.ServerTime]:
    """A screen is there, and has shown these orders; it says so every 20 s, and at once when it shows a new order.

    `expo` in the place of the station's id is a screen of the whole location.
    """
    return Data(data=await presence.seen(call.app, call.staff, call.place, call.path["stationId"], call.body))


@endpoint(bp, "GET", "screens/{restaurantId}/{locationId}", allow=staff_here(least="kitchen", devices="expo"))
async def listed(call: Call[None]) -> Data[list[api.Screen]]:
    """The screens that were seen in the last 24 hours, the one seen last first."""
    return Data(data=await presence.listed(call.app, *call.place))
