"""Live connections: a screen hears exactly its groups, and may publish to none (design, live status)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.api import realtime as api
from shared.app import App
from shared.domain.announcements import location_group, menu_group, order_group, station_group
from shared.domain.roles import Caller, Person
from shared.errors import LOCATION_NOT_FOUND, ORDER_NOT_FOUND, UNAVAILABLE, Problem
from shared.ids import stored_id
from shared.integrations.live import LiveUnavailable
from shared.services.limits import addresses
from shared.services.orders.status import parse
from shared.services.staff import closing
from shared.services.staff.people import PLACE_REFUSALS, not_of_here
from shared.store import checkouts, orders, places
from shared.telemetry import events

REFUSALS = (ORDER_NOT_FOUND, LOCATION_NOT_FOUND, *PLACE_REFUSALS, *addresses.REFUSALS)

DINER_MINUTES = 60
"""How long a diner's URL opens a connection."""


@dataclass(frozen=True, slots=True)
class Diner:
    """Who asks without signing in. `address`: the client's, None where it is unknown."""

    address: str | None


async def order_feed(app: App, feed: api.OrderFeed, *, diner: Diner | None = None) -> api.Negotiated:
    """One order's feed; also before the order is placed. `diner` None: staff, who are not counted.

    Raises Problem ORDER_NOT_FOUND, UNAVAILABLE, TOO_MANY_REQUESTS.
    """
    key = parse(feed.order_id)
    order = await orders.get(app.db, key)
    found = order or await checkouts.get(app.db, key)
    if diner is not None:
        await addresses.admit_negotiation(app, diner.address, found.location_id if found else None)
    if found is None:
        raise Problem(ORDER_NOT_FOUND)
    events.event("order_joined", {"orderId": key, "locationId": found.location_id})
    return await _negotiate(app, order_group(key), last_seq=(order.version or 0) if order else 0)


async def menu_feed(app: App, feed: api.MenuFeed, *, diner: Diner | None = None) -> api.Negotiated:
    """That a location's menus changed; nothing of an order is ever said there. `diner` None: staff, who are not
    counted.

    Raises Problem INVALID_LOCATION, UNAVAILABLE, TOO_MANY_REQUESTS.
    """
    location = await places.location(app.db, feed.restaurant_id, stored_id(feed.location_id))
    if diner is not None:
        await addresses.admit_negotiation(app, diner.address, location.id if location else None)
    if location is None:
        raise Problem(LOCATION_NOT_FOUND)
    return await _negotiate(app, menu_group(location.id))


async def location_feed(app: App, feed: api.LocationFeed, caller: Caller) -> api.Negotiated:
    """A location's feed for its staff, and for the devices that show all of it.

    Raises Problem INVALID_LOCATION, UNAVAILABLE.
    """
    location = await places.location(app.db, feed.restaurant_id, stored_id(feed.location_id))
    if location is None:
        raise Problem(LOCATION_NOT_FOUND)
    return await _negotiate_for_staff(app, location_group(location.id), feed.restaurant_id, caller)


async def station_feed(app: App, feed: api.StationFeed, caller: Caller) -> api.Negotiated:
    """A station's feed for the location's staff, and for the devices that show the station.

    Raises Problem UNAVAILABLE, and INVALID_REQUEST for a station of elsewhere.
    """
    station = await places.station(app.db, feed.restaurant_id, stored_id(feed.location_id), stored_id(feed.station_id))
    if station is None or not _shows(caller, str(station.id)):
        raise not_of_here(["stationId"], "This is no station of the location.")
    return await _negotiate_for_staff(app, station_group(station.id), feed.restaurant_id, caller)


def _shows(caller: Caller, station_id: str) -> bool:
    """Whether the caller may see this station; a kitchen's device sees its own, and another is nothing to it."""
    return isinstance(caller, Person) or caller.role == "expo" or station_id in caller.station_ids


async def _negotiate_for_staff(app: App, group: str, restaurant_id: str, caller: Caller) -> api.Negotiated:
    """A URL that opens a connection for a minute only, which can be closed at any time."""
    return await _negotiate(
        app,
        group,
        user=closing.live_user(caller, group),
        minutes=closing.URL_MINUTES,
        closed_by=closing.groups_of(caller, restaurant_id),
    )


async def _negotiate(
    app: App,
    group: str,
    *,
    user: str | None = None,
    last_seq: int | None = None,
    minutes: int = DINER_MINUTES,
    closed_by: Sequence[str] = (),
) -> api.Negotiated:
    try:
        access = await app.live.access([group], now=app.clock.now(), user=user, minutes=minutes, closed_by=closed_by)
    except LiveUnavailable as error:
        raise Problem(UNAVAILABLE, retry_after=5) from error
    return api.Negotiated(
        url=access.url, hub=access.hub, groups=access.groups, expires_at=access.expires_at, last_seq=last_seq
    )
