"""The screens of a location that are no persons."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import devices as api
from shared.services.staff import devices
from shared.services.staff.people import By
from shared.web.access import anyone, in_body, staff_here, staff_of, this_device
from shared.web.endpoint import Call, Data, endpoint
from shared.web.signing_in import device_token

bp = df.Blueprint()

_LOCATION = "devices/{restaurantId}/{locationId}"
_MANAGER = staff_here(least="manager")


@endpoint(
    bp,
    "POST",
    "devices",
    allow=staff_of(in_body("restaurantId"), in_body("locationId"), least="manager"),
    status=201,
    errors=devices.MAKE_REFUSALS,
)
async def make(call: Call[api.NewDevice]) -> Data[api.Pairing]:
    """A code that pairs a screen, once, within ten minutes."""
    return Data(data=await devices.make(call.app, call.body, By(call.person, call.request_id)))


@endpoint(bp, "POST", "devices/claim", allow=anyone, errors=devices.CLAIM_REFUSALS)
async def claim(call: Call[api.ClaimDevice]) -> Data[api.Paired]:
    """Pair the screen that has the code; tries are limited."""
    return Data(data=await devices.claim(call.app, call.body, call.client_address, call.request_id))


@endpoint(bp, "POST", "devices/roll", allow=this_device, errors=devices.ROLL_REFUSALS, leaves="nothing")
async def roll(call: Call[api.RollToken]) -> Data[api.Rolled]:
    """The screen's next token; the one before holds until the next one is first used."""
    return Data(data=await devices.roll(call.app, call.device, device_token(call.headers), call.body))


@endpoint(bp, "GET", _LOCATION, allow=_MANAGER)
async def of_location(call: Call[None]) -> Data[list[api.Device]]:
    """A location's screens, with those that wait for their code."""
    return Data(data=await devices.of_location(call.app, *call.place))


@endpoint(bp, "DELETE", _LOCATION + "/{deviceId}", allow=_MANAGER, errors=devices.REVOKE_REFUSALS)
async def revoke(call: Call[None]) -> Data[bool]:
    """End a screen: its token and its code are good no more, and it hears nothing any more."""
    path = call.path
    by = By(call.person, call.request_id)
    await devices.revoke(call.app, *call.place, path["deviceId"], by)
    return Data(data=True)
