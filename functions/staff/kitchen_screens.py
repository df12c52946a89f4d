"""What kitchen screens do with orders (rules 13, 23).

`stationId` is a station's, or `expo` for the whole location.
"""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from shared.api import kitchen as api
from shared.api.orders import OrderMoved
from shared.services.kitchen import bumping, clearing, finished, marking, screens
from shared.services.kitchen.acting import Act
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_KITCHEN = staff_here(least="kitchen", devices="any")
_SCREEN = "stations/{restaurantId}/{locationId}/{stationId}"


async def _act(call: Call[Any]) -> Act:
    return await Act.at(call.app, call.staff, call.place, call.path["stationId"], call.request_id)


@endpoint(bp, "POST", _SCREEN + "/bump", allow=_KITCHEN, errors=bumping.BUMP_REFUSALS, leaves="rows")
async def bump(call: Call[api.Bump]) -> Data[api.Bumped]:
    """Finish all that this screen has of an order; again, it changes nothing.

    The order is ready with its last item where the location wants it, or where it has no expo screen. Expo's own bump
    makes it ready; with something undone only by `force`.
    """
    return Data(data=await bumping.bump(await _act(call), call.body))


@endpoint(bp, "POST", _SCREEN + "/recall", allow=_KITCHEN, errors=bumping.RECALL_REFUSALS, leaves="rows")
async def recall(call: Call[api.OrderAtStation]) -> Data[api.Bumped]:
    """Bring an order back to this screen, to be made again; one that is ready to all its screens, for 60 minutes."""
    return Data(data=await bumping.recall(await _act(call), call.body.order_id))


@endpoint(bp, "GET", _SCREEN + "/recallable", allow=_KITCHEN, errors=screens.STATION_REFUSALS)
async def recallable(call: Call[None]) -> Data[list[api.RecallableOrder]]:
    """The last 50 orders that were finished on this screen within 60 minutes, the last first."""
    return Data(data=await finished.recallable(call.app, call.staff, call.place, call.path["stationId"]))


@endpoint(bp, "POST", _SCREEN + "/rush", allow=_KITCHEN, errors=marking.REFUSALS, leaves="rows")
async def rush(call: Call[api.Rush]) -> Data[OrderMoved]:
    """Put an order before all others on every screen, or back into its row."""
    return Data(data=await marking.rush(await _act(call), call.body.order_id, wanted=call.body.rush))


@endpoint(bp, "POST", _SCREEN + "/dismiss", allow=_KITCHEN, errors=marking.REFUSALS, leaves="rows")
async def dismiss(call: Call[api.OrderAtStation]) -> Data[OrderMoved]:
    """Take an order that was given up off this screen."""
    return Data(data=await marking.dismiss(await _act(call), call.body.order_id))


@endpoint(bp, "POST", _SCREEN + "/clear", allow=_KITCHEN, errors=clearing.REFUSALS, leaves="rows")
async def clear(call: Call[api.Clear]) -> Data[list[api.Cleared]]:
    """The end of a day: these orders are ready and picked up, with a mark that nobody made them now.

    Each is a change of its own, and the answer says of each what became of it. Asked again, it clears what is left.
    """
    return Data(data=await clearing.clear(await _act(call), call.body))
