"""What kitchen screens do with orders: finish them, and bring them back (rules 13, 23).

`stationId` is a station's, or `expo` for the whole location.
"""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import kitchen as api
from shared.services.kitchen import bumping, finished, screens
from shared.services.kitchen.bumping import Act
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_KITCHEN = staff_here(least="kitchen", devices="any")
_SCREEN = "stations/{restaurantId}/{locationId}/{stationId}"


@endpoint(bp, "POST", _SCREEN + "/bump", allow=_KITCHEN, errors=bumping.BUMP_REFUSALS, leaves="rows")
async def bump(call: Call[api.Bump]) -> Data[api.Bumped]:
    """Finish all that this screen has of an order; again, it changes nothing.

    The order is ready with its last item where the location wants it, or where it has no expo screen. Expo's own bump
    makes it ready; with something undone only by `force`.
    """
    act = await Act.at(call.app, call.staff, call.place, call.path["stationId"], call.request_id)
    return Data(data=await bumping.bump(act, call.body))


@endpoint(bp, "POST", _SCREEN + "/recall", allow=_KITCHEN, errors=bumping.RECALL_REFUSALS, leaves="rows")
async def recall(call: Call[api.OrderAtStation]) -> Data[api.Bumped]:
    """Bring an order back to this screen, to be made again; one that is ready to all its screens, for 60 minutes."""
    act = await Act.at(call.app, call.staff, call.place, call.path["stationId"], call.request_id)
    return Data(data=await bumping.recall(act, call.body.order_id))


@endpoint(bp, "GET", _SCREEN + "/recallable", allow=_KITCHEN, errors=screens.STATION_REFUSALS)
async def recallable(call: Call[None]) -> Data[list[api.RecallableOrder]]:
    """The last 50 orders that were finished on this screen within 60 minutes, the last first."""
    return Data(data=await finished.recallable(call.app, call.staff, call.place, call.path["stationId"]))
