"""Where a screen asks for its live connection (design, live status)."""

from __future__ import annotations

import azure.durable_functions as df

from shared.api import realtime as api
from shared.services.orders import feeds
from shared.web.access import anyone, by_kind, in_body, staff_of
from shared.web.endpoint import Call, endpoint

bp = df.Blueprint()

_WHOLE_LOCATION = staff_of(in_body("restaurantId"), in_body("locationId"), least="kitchen", devices="expo")
_STATION = staff_of(in_body("restaurantId"), in_body("locationId"), least="kitchen", devices="any")


@endpoint(
    bp,
    "POST",
    "realtime/negotiate",
    allow=by_kind({"order": anyone, "menu": anyone, "location": _WHOLE_LOCATION, "station": _STATION}),
    errors=feeds.REFUSALS,
    leaves="nothing",
)
async def negotiate(call: Call[api.NegotiateRequest]) -> api.Negotiated:
    """A URL for exactly one feed: an order's for whoever has its id, that menus changed for whoever reads them, a
    location's or a station's for its staff and its devices.

    A URL for staff opens a connection for a minute only, which closes when the session ends or the right to it does.
    """
    feed = call.body.root
    diner = feeds.Diner(call.client_address) if call.caller is None else None
    if isinstance(feed, api.OrderFeed):
        return await feeds.order_feed(call.app, feed, diner=diner)
    if isinstance(feed, api.MenuFeed):
        return await feeds.menu_feed(call.app, feed, diner=diner)
    if isinstance(feed, api.LocationFeed):
        return await feeds.location_feed(call.app, feed, call.staff)
    return await feeds.station_feed(call.app, feed, call.staff)
