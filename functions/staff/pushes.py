"""Who wants pushes of new orders (rules 24.3, contract 58)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import pushes as api
from shared.services.staff import subscribing
from shared.web.access import in_body, signed_in, staff_of, this_device
from shared.web.endpoint import Call, Data, endpoint

bp = df.Blueprint()

_SCREEN = "devices/push"


@endpoint(
    bp,
    "POST",
    "web-push/subscribe",
    allow=staff_of(in_body("restaurantId"), least="kitchen", anywhere=True),
    status=201,
    leaves="nothing",
)
async def subscribe(call: Call[api.Subscribe]) -> api.Subscribed:
    """Get pushes of the restaurant's new orders, of the locations where one works (contract 58)."""
    await subscribing.subscribe(call.app, call.person, call.body)
    return api.Subscribed()


@endpoint(bp, "POST", "web-push/unsubscribe", allow=signed_in, leaves="nothing")
async def unsubscribe(call: Call[api.Unsubscribe]) -> Data[bool]:
    """Get no pushes any more on this phone; false where it is none of one's own."""
    return Data(data=await subscribing.unsubscribe(call.app, call.person, call.body.token))


@endpoint(bp, "GET", _SCREEN, allow=this_device)
async def of_screen(call: Call[None]) -> Data[api.ScreenPushes]:
    """What the screen's browser needs to subscribe to pushes, and what it has subscribed."""
    return Data(data=await subscribing.of_screen(call.app, call.device))


@endpoint(bp, "POST", _SCREEN, allow=this_device, errors=subscribing.SCREEN_REFUSALS, leaves="nothing")
async def subscribe_screen(call: Call[api.SubscribeScreen]) -> Data[bool]:
    """Have the screen's browser told of new orders, also while the page is closed."""
    await subscribing.subscribe_screen(call.app, call.device, call.body)
    return Data(data=True)


@endpoint(bp, "DELETE", _SCREEN, allow=this_device, leaves="nothing")
async def unsubscribe_screen(call: Call[None]) -> Data[bool]:
    """Have the screen's browser told no more."""
    await subscribing.unsubscribe_screen(call.app, call.device)
    return Data(data=True)
