"""Live connections: a screen hears exactly its groups, and may publish to none (design, live status)."""

from __future__ import annotations

from dataclasses import dataclass

from shared.api import realtime as api
from shared.app import App
from shared.domain.announcements import location_group, order_group, station_group
from shared.errors import LOCATION_NOT_FOUND, ORDER_NOT_FOUND, STATION_NOT_FOUND, UNAVAILABLE, Problem
from shared.ids import stored_id
from shared.integrations.live import LiveUnavailable
from shared.services.limits import addresses
from shared.services.orders.status import parse
from shared.store import checkouts, orders, places

REFUSALS = (ORDER_NOT_FOUND, LOCATION_NOT_FOUND, STATION_NOT_FOUND, *addresses.REFUSALS)


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
    return await _negotiate(app, order_group(key), last_seq=(order.version or 0) if order else 0)


async def location_feed(app: App, feed: api.LocationFeed, user: str) -> api.Negotiated:
    """A location's feed for its staff. Raises Problem INVALID_LOCATION, UNAVAILABLE."""
    location = await places.location(app.db, feed.restaurant_id, stored_id(feed.location_id))
    if location is None:
        raise Problem(LOCATION_NOT_FOUND)
    return await _negotiate(app, location_group(location.id), user=user)


async def station_feed(app: App, feed: api.StationFeed, user: str) -> api.Negotiated:
    """A station's feed for the location's staff. Raises Problem STATION_NOT_FOUND, UNAVAILABLE."""
    station = await places.station(app.db, feed.restaurant_id, stored_id(feed.location_id), stored_id(feed.station_id))
    if station is None:
        raise Problem(STATION_NOT_FOUND)
    return await _negotiate(app, station_group(station.id), user=user)


async def _negotiate(app: App, group: str, *, user: str | None = None, last_seq: int | None = None) -> api.Negotiated:
    try:
        access = await app.live.access([group], now=app.clock.now(), user=user)
    except LiveUnavailable as error:
        raise Problem(UNAVAILABLE, retry_after=5) from error
    return api.Negotiated(
        url=access.url, hub=access.hub, groups=access.groups, expires_at=access.expires_at, last_seq=last_seq
    )
