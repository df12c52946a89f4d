"""The orders of one location as its people and its screens read them (contract 21, 22; rules 13)."""

from __future__ import annotations

from datetime import timedelta

from shared.api import orders as api
from shared.app import App
from shared.domain.opening_hours import day_begins
from shared.domain.order_states import OPEN
from shared.domain.roles import Caller
from shared.domain.routing import shown_at
from shared.errors import LOCATION_NOT_FOUND, ORDER_NOT_FOUND, Problem
from shared.ids import object_id, stored_id
from shared.services.orders.showing import sees_all, shown_stations, staff_order
from shared.store import board, orders, places

LIST_REFUSALS = (LOCATION_NOT_FOUND,)
ORDER_REFUSALS = (ORDER_NOT_FOUND,)

_LONGEST_DAY = timedelta(hours=26)
"""No day on a wall is longer, also where clocks are put back."""


async def today(app: App, caller: Caller, restaurant_id: str, location_id: str, *, older: bool) -> list[api.StaffOrder]:
    """The orders of the location's day, in whatever status, the oldest first.

    `older`: before them those of earlier days that are still open. Raises Problem INVALID_LOCATION.
    """
    now = app.clock.now()
    found = await board.of_location(app.db, restaurant_id, stored_id(location_id), now - _LONGEST_DAY, older=older)
    if found is None:
        raise Problem(LOCATION_NOT_FOUND)
    begins = day_begins(found.timezone, now)
    of_day = [one for one in found.since if one.began_at >= begins or (older and one.status in OPEN)]
    return [staff_order(order, caller) for order in [*found.older, *of_day]]


async def one(app: App, caller: Caller, restaurant_id: str, location_id: str, order_id: str) -> api.StaffOrder:
    """One order of the location. Raises Problem ORDER_NOT_FOUND."""
    key = object_id(order_id)
    order = key and await orders.of_location(app.db, restaurant_id, stored_id(location_id), key)
    if not order:
        raise Problem(ORDER_NOT_FOUND)
    return staff_order(order, caller)


async def ready(app: App, caller: Caller, restaurant_id: str, location_id: str) -> list[api.StaffOrder]:
    """The last 50 orders that became ready, the last first: what may be recalled. A kitchen's screen gets those of its
    stations, with their items alone."""
    here = stored_id(location_id)
    found = await board.ready(app.db, restaurant_id, here)
    if sees_all(caller):
        return [staff_order(order, caller) for order in found]
    place = await places.location_with_stations(app.db, restaurant_id, here)
    stations, mine = (place[1] if place else []), shown_stations(caller)
    tags = [tag for station in stations if str(station.id) in mine for tag in station.tags]
    shown = [(order, shown_at(order, stations, tags, mine)) for order in found]
    return [staff_order(order, caller, only=items) for order, items in shown if items]
