"""What a kitchen screen reads: the open orders of a station or of the whole location, in its staff's language
(contract 34, 35; rules 5, 6, 23)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.api import kitchen as api
from shared.app import App
from shared.documents.places import Location, Station
from shared.documents.screens import EXPO
from shared.domain import ageing
from shared.domain.hours_texts import zone_name
from shared.domain.roles import Caller, Device
from shared.errors import LOCATION_NOT_FOUND, ORDER_NOT_FOUND, STATION_NOT_FOUND, Problem
from shared.ids import object_id, stored_id
from shared.services.kitchen import views
from shared.services.kitchen.views import Screen, View
from shared.services.orders.showing import sees_all, shown_stations
from shared.store import board, orders, places

STATION_REFUSALS = (LOCATION_NOT_FOUND, STATION_NOT_FOUND)
ORDER_REFUSALS = (ORDER_NOT_FOUND, *STATION_REFUSALS)

KITCHEN_STATUSES = ("ACCEPTED",)

GIVEN_UP_SHOWN_FOR = timedelta(minutes=30)
"""So long a screen shows an order that was given up, unless somebody takes it off."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a screen asks one order for. `station_id`: a station's, or EXPO. `tags`: those of a station instead, as old
    screens say it. Neither: the whole location for a device that shows it, else what no station makes."""

    station_id: str | None = None
    tags: Sequence[str] = ()


async def find(app: App, caller: Caller, place: tuple[str, str], screen_id: str) -> Screen:
    """The screen of a station, or EXPO's; a kitchen's device has its own stations only. Raises Problem
    (STATION_REFUSALS)."""
    found = await places.location_with_stations(app.db, place[0], stored_id(place[1]))
    return _screen(found, caller, screen_id)


def _screen(found: tuple[Location, list[Station]] | None, caller: Caller, screen_id: str) -> Screen:
    if found is None:
        raise Problem(LOCATION_NOT_FOUND)
    location, stations = found
    if screen_id == EXPO and sees_all(caller):
        return Screen.expo(location, stations)
    station = next((one for one in stations if str(one.id) == screen_id), None)
    if station is None or not (sees_all(caller) or screen_id in shown_stations(caller)):
        raise Problem(STATION_NOT_FOUND)
    return Screen.of(location, stations, station)


async def open_orders(app: App, caller: Caller, place: tuple[str, str], screen_id: str) -> api.StationOrders:
    """A screen's accepted orders of any day, the oldest first, and those that were given up just now.

    Each has the items of this station, and those that match no station at all. A kitchen's screen reads its own
    stations only.

    Raises Problem (STATION_REFUSALS).
    """
    here, now = (place[0], stored_id(place[1])), app.clock.now()
    found, accepted, given_up = await asyncio.gather(
        places.location_with_stations(app.db, *here),
        orders.open_for_location(app.db, *here, KITCHEN_STATUSES),
        board.given_up(app.db, *here, now - GIVEN_UP_SHOWN_FOR),
    )
    screen = _screen(found, caller, screen_id)
    menus, types = await asyncio.gather(
        views.menus_of_dishes(app, place), views.origin_types(app, place, [*accepted, *given_up])
    )
    view, location = View(screen, caller, menus, types), screen.location
    until = location.paused_until
    return api.StationOrders(
        location_name=location.name,
        station_name=screen.name,
        station_tags=list(screen.tags),
        timezone=zone_name(location.timezone),
        matched_orders=[shown for order in accepted if (shown := view.of(order)) is not None],
        cancelled_orders=[shown for order in given_up if (shown := view.given_up(order)) is not None],
        server_time=now,
        ageing=views.limits(ageing.of_location(location.ageing)),
        wait_minutes=location.wait_minutes,
        paused_until=until if until is not None and until > now else None,
        staff_language=location.staff_language,
    )


async def one_order(app: App, caller: Caller, place: tuple[str, str], order_id: str, asked: Asked) -> api.StationOrder:
    """One accepted order as a screen sees it; a kitchen's device has its own stations' part only.

    Raises Problem (ORDER_REFUSALS); ORDER_NOT_FOUND where it is not on the screen now.
    """
    key = object_id(order_id)
    if key is None:
        raise Problem(ORDER_NOT_FOUND)
    here = (place[0], stored_id(place[1]))
    order, found, menus = await asyncio.gather(
        orders.of_location(app.db, *here, key),
        places.location_with_stations(app.db, *here),
        views.menus_of_dishes(app, place),
    )
    if asked.station_id is not None:
        screen = _screen(found, caller, asked.station_id)
    elif found is None:
        raise Problem(ORDER_NOT_FOUND)
    else:
        screen = _by_tags(*found, caller, asked.tags)
    if order is None or order.status not in KITCHEN_STATUSES:
        raise Problem(ORDER_NOT_FOUND)
    types = await views.origin_types(app, place, [order])
    shown = View(screen, caller, menus, types).of(order)
    if shown is None:
        raise Problem(ORDER_NOT_FOUND)
    return shown


def _by_tags(location: Location, stations: Sequence[Station], caller: Caller, tags: Sequence[str]) -> Screen:
    """The screen of whoever says tags only. They are a station's, as a rule."""
    if not tags and isinstance(caller, Device) and sees_all(caller):
        return Screen.expo(location, stations)
    mine = frozenset(shown_stations(caller))
    wanted = list(tags)
    if not sees_all(caller):
        own = {tag for station in stations if str(station.id) in mine for tag in station.tags}
        wanted = [tag for tag in wanted if tag in own]
    seen = [one for one in stations if sees_all(caller) or str(one.id) in mine]
    station = next((one for one in seen if set(one.tags) == set(wanted)), None)
    return Screen(location, stations, str(station.id) if station else "", "", wanted, mine)
