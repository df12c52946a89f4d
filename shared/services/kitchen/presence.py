"""Which kitchen screens are there, and what each has shown (rules 22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from shared.api import screens as api
from shared.app import App
from shared.documents.places import Location, Station
from shared.documents.screens import EXPO, Screen
from shared.domain.announcements import location_group, station_group
from shared.domain.roles import Caller, Device
from shared.domain.screens import SEEN_LATELY
from shared.errors import LOCATION_NOT_FOUND, STATION_NOT_FOUND, Problem
from shared.ids import object_id, stored_id
from shared.services.kitchen import drawing
from shared.services.orders.showing import sees_all, shown_stations
from shared.services.staff import closing
from shared.store import connections, orders, places, screens, stations

REFUSALS = (LOCATION_NOT_FOUND, STATION_NOT_FOUND)

WRITTEN_EVERY = timedelta(minutes=1)
"""How often the station, or the location, keeps that a screen was seen: orders that are placed read it there."""

HERE_FOR = timedelta(minutes=1)
"""A screen calls every 20 s: one that has missed two calls is not there."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What a screen shows: one station, or the whole location."""

    shows: Station | Location

    @property
    def station_id(self) -> str:
        return str(self.shows.id) if isinstance(self.shows, Station) else EXPO

    @property
    def feed(self) -> str:
        """The group of the live service that tells of it."""
        return station_group(self.shows.id) if isinstance(self.shows, Station) else location_group(self.shows.id)

    @property
    def seen_at(self) -> datetime | None:
        """When a screen that shows the same was seen last, to a minute."""
        return self.shows.screen_seen_at if isinstance(self.shows, Station) else self.shows.expo_seen_at


async def seen(app: App, caller: Caller, place: tuple[str, str], station_id: str, told: api.Seen) -> api.ServerTime:
    """A screen is there, and has shown these orders. Orders of elsewhere are passed over.

    `place`: the restaurant and the location. `station_id`: EXPO for a screen of all of it. Raises Problem (REFUSALS).
    """
    here = (place[0], stored_id(place[1]))
    shown = await _shown(app, caller, here, station_id)
    now = app.clock.now()
    screen = Screen(
        _id=screens.screen_key(here[1], shown.station_id, told.screen_id),
        restaurant_id=here[0],
        location_id=here[1],
        station_id=shown.station_id,
        screen_id=told.screen_id,
        user=closing.live_user(caller, shown.feed),
        device_name=caller.name if isinstance(caller, Device) else None,
        seen_at=now,
        purge_at=now + screens.KEPT_FOR,
    )
    await screens.see(app.db, screen)
    if shown.seen_at is None or now - shown.seen_at >= WRITTEN_EVERY:
        if isinstance(shown.shows, Station):
            await screens.see_station(app.db, shown.shows, now)
        else:
            await screens.see_expo(app.db, shown.shows, now)
    await _draw(app, screen, told.drawn, now)
    return api.ServerTime(server_time=now)


async def _shown(app: App, caller: Caller, here: tuple[str, ObjectId | str], station_id: str) -> _Place:
    if station_id == EXPO and sees_all(caller):
        location = await places.location(app.db, *here)
        if location is None:
            raise Problem(LOCATION_NOT_FOUND)
        return _Place(location)
    if sees_all(caller) or station_id in shown_stations(caller):
        station = await places.station(app.db, *here, stored_id(station_id))
        if station is not None:
            return _Place(station)
    raise Problem(STATION_NOT_FOUND)


async def _draw(app: App, screen: Screen, drawn: Sequence[api.Drawn], now: datetime) -> None:
    told: dict[ObjectId, int] = {}
    for one in drawn:
        key = object_id(one.order_id)
        if key is not None:
            told[key] = max(one.seq, told.get(key, 0))
    if not told:
        return
    there = await orders.among(app.db, screen.restaurant_id, screen.location_id, told)
    shown = {order_id: told[order_id] for order_id in there}
    if shown:
        await screens.draw(app.db, screen, shown, now)
        await drawing.shown(app, list(shown))


async def listed(app: App, restaurant_id: str, location_id: str) -> list[api.Screen]:
    """The location's screens that were seen in the last 24 hours, the one seen last first, at most 200."""
    here = (restaurant_id, stored_id(location_id))
    now = app.clock.now()
    found = await screens.of_location(app.db, *here, now - SEEN_LATELY)
    gone = await connections.without(app.db, {one.user for one in found})
    names = {str(one.id): one.name for one in await stations.of_location(app.db, *here)}
    return [
        api.Screen(
            screen_id=one.screen_id,
            station_id=None if one.station_id == EXPO else one.station_id,
            station_name="Expo" if one.station_id == EXPO else names.get(one.station_id, ""),
            device_name=one.device_name,
            seen_at=one.seen_at or now,
            connected=one.seen_at is not None and now - one.seen_at <= HERE_FOR and one.user not in gone,
        )
        for one in found
    ]
