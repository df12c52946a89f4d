"""What a location sells, kept for a second per process: pricing a cart should not decode the menus each time.

An edit is seen after a second at the latest.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from bson import ObjectId

from shared.app import App
from shared.documents.menu import Menu
from shared.documents.places import Campaign, Kitchen, Location, Station, StationTags
from shared.domain.campaigns import is_running
from shared.domain.opening_hours import local_day
from shared.errors import LOCATION_NOT_FOUND, MENU_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.store import menus, places, stock
from shared.store.mongo.client import Database

FRESH_SECONDS = 1.0
MAX_KEPT = 500


@dataclass(frozen=True, slots=True)
class Catalog:
    """A location and its kitchen, its menus, its switched-on campaigns by the text of their origin's id, the day's
    limits by item id, and what went of them, by the id of the count."""

    location: Location
    kitchen: Kitchen
    stored_menus: list[bytes]
    menus: list[Menu]
    campaigns: dict[str, Campaign]
    daily_stock: dict[str, int]
    sold: dict[str, int]

    def campaign(self, origin_id: str, now: datetime) -> Campaign | None:
        """The running campaign of an origin."""
        found = self.campaigns.get(origin_id)
        return found if found is not None and is_running(found, now) else None

    def left(self, now: datetime) -> dict[str, int]:
        """The portions that are left today, by item id, of dishes with a daily stock."""
        return {
            item_id: max(0, limit - self.sold.get(self.count_id(item_id, now), 0))
            for item_id, limit in self.daily_stock.items()
        }

    def count_id(self, item_id: str, now: datetime) -> str:
        """The id of a dish's count of today."""
        return stock.count_id(self.location.id, local_day(self.location, now).isoformat(), item_id)


@dataclass(slots=True)
class _Kept:
    catalog: Catalog
    until: float


_Key = tuple[str, ObjectId | str]
_kept: WeakKeyDictionary[Database, OrderedDict[_Key, _Kept]] = WeakKeyDictionary()
_reading: WeakKeyDictionary[Database, dict[_Key, asyncio.Task[Catalog]]] = WeakKeyDictionary()


async def of_location(app: App, restaurant_id: str, location_id: str) -> Catalog:
    """The location's catalog, a second old at most. Raises Problem (404) where there is none."""
    key = (restaurant_id, stored_id(location_id))
    found = _kept.setdefault(app.db, OrderedDict()).get(key)
    if found is not None and time.monotonic() < found.until:
        return found.catalog
    # One read for all who ask at once; shielded, so that one who gives up does not take it from the others.
    reading = _reading.setdefault(app.db, {})
    task = reading.get(key)
    if task is None:
        task = asyncio.get_running_loop().create_task(_read(app, key, found))
        reading[key] = task
        task.add_done_callback(lambda _: reading.pop(key, None))
    return await asyncio.shield(task)


def kitchen_of(location: Location, stations: Sequence[Station]) -> Kitchen:
    """What placing an order needs to know of the location that it is for."""
    return Kitchen(
        auto_accepts=location.auto_accept_order,
        timezone=location.timezone,
        stations=[StationTags(id=station.id, tags=station.tags) for station in stations],
    )


def forget(app: App, restaurant_id: str, location_id: ObjectId | str) -> None:
    """Read a location anew next time: what is kept of it turned out to be old."""
    kept = _kept.get(app.db, OrderedDict()).get((restaurant_id, location_id))
    if kept is not None:
        kept.until = 0.0


async def _read(app: App, key: _Key, found: _Kept | None) -> Catalog:
    until = time.monotonic() + FRESH_SECONDS
    place, stored = await asyncio.gather(
        places.location_that_sells(app.db, *key), menus.stored_of_location(app.db, *key)
    )
    if place is None:
        raise Problem(LOCATION_NOT_FOUND)
    if not stored:
        raise Problem(MENU_NOT_FOUND, "This location has no menu.")
    location, stations, campaigns = place
    if found is not None and found.catalog.stored_menus == stored:
        of_it, daily_stock = found.catalog.menus, found.catalog.daily_stock
    else:
        of_it = menus.readable(stored)
        daily_stock = {
            item.id: max(0, item.daily_stock) for menu in of_it for item in menu.items if item.daily_stock is not None
        }
    catalog = Catalog(
        location,
        kitchen_of(location, stations),
        stored,
        of_it,
        {str(campaign.origin_id): campaign for campaign in campaigns},
        daily_stock,
        sold={},
    )
    if daily_stock:
        now = app.clock.now()
        catalog.sold.update(await stock.sold(app.db, [catalog.count_id(item_id, now) for item_id in daily_stock]))
    kept = _kept.setdefault(app.db, OrderedDict())
    kept[key] = _Kept(catalog, until)
    kept.move_to_end(key)
    while len(kept) > MAX_KEPT:
        kept.popitem(last=False)
    return catalog
