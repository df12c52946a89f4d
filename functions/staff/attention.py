"""What needs a person at a location, and the acts that answer it (rules 8)."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from shared.api import attention as api
from shared.services.support import acting, at_location
from shared.services.support.acting import Asked
from shared.web.access import staff_here
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_ATTENTION = "restaurant/{restaurantId}/{locationId}/attention"
_MANAGER = staff_here(least="manager")


@endpoint(bp, "GET", _ATTENTION, allow=_MANAGER)
async def listed(call: Call[None]) -> Data[list[api.AttentionItem]]:
    """What needs a person at the location: money first."""
    return Data(data=await at_location.listed(call.app, *call.place))


@endpoint(bp, "POST", _ATTENTION + "/{entryId}/advance", allow=_MANAGER, errors=acting.REFUSALS)
async def advance(call: Call[None]) -> Data[bool]:
    """Run the next step of its checkout now."""
    await acting.advance(call.app, _asked(call))
    return Data(data=True)


@endpoint(bp, "POST", _ATTENTION + "/{entryId}/void", allow=_MANAGER, errors=acting.REFUSALS)
async def void(call: Call[api.VoidRequest]) -> Data[bool]:
    """Give up its checkout for good; what was paid goes back."""
    await acting.void(call.app, _asked(call), call.body.reason)
    return Data(data=True)


@endpoint(bp, "POST", _ATTENTION + "/{entryId}/retry", allow=_MANAGER, errors=acting.REFUSALS)
async def retry(call: Call[None]) -> Data[bool]:
    """Look its payment up again; a refund that was declined is made anew."""
    await acting.retry(call.app, _asked(call))
    return Data(data=True)


@endpoint(bp, "POST", _ATTENTION + "/{entryId}/dismiss", allow=_MANAGER, errors=acting.REFUSALS)
async def dismiss(call: Call[None]) -> Data[bool]:
    """Take it off the list; no sum changes."""
    await acting.dismiss(call.app, _asked(call))
    return Data(data=True)


def _asked(call: Call[Any]) -> Asked:
    path = call.path
    return Asked(
        actor=call.actor,
        restaurant_id=path["restaurantId"],
        location_id=path["locationId"],
        entry_id=path["entryId"],
        request_id=call.request_id,
    )
