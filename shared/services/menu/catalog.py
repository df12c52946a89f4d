"""What a location sells, kept for a second per process: pricing a cart should not decode the menus each time.

An edit is seen after a second at the latest, counted from the beginning of the read. So nobody joins a read that began
longer ago, however slow it is. What is kept is bounded by its bytes.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
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
MAX_BYTES = 96 * 1024 * 1024
"""Of all catalogs of a process together, as they lie in memory."""

_TIMES_STORED = 14
"""A menu that is read takes 12 to 13 times its stored bytes, which are kept beside it (measured)."""

_OVERHEAD = 16 * 1024


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

    @property
    def weight(self) -> int:
        return sum(map(len, self.catalog.stored_menus)) * _TIMES_STORED + _OVERHEAD


@dataclass(frozen=True, slots=True)
class _Reading:
    task: asyncio.Task[Catalog]
    until: float


_Key = tuple[str, ObjectId | str]


@dataclass(slots=True)
class _Shelf:
    """The catalogs of one database, the longest unused first, and the reads that are under way."""

    kept: OrderedDict[_Key, _Kept] = field(default_factory=OrderedDict)
    reading: dict[_Key, _Reading] = field(default_factory=dict)
    bytes: int = 0

    def keep(self, key: _Key, kept: _Kept) -> None:
        """Put a catalog in the place of the one before it."""
        before = self.kept.get(key)
        if before is not None:
            self.bytes -= before.weight
        self.kept[key] = kept
        self.kept.move_to_end(key)
        self.bytes += kept.weight
        while self.bytes > MAX_BYTES:
            self.bytes -= self.kept.popitem(last=False)[1].weight

    def ended(self, key: _Key, task: asyncio.Task[Catalog]) -> None:
        """A read is over."""
        reading = self.reading.get(key)
        if reading is not None and reading.task is task:
            del self.reading[key]
        if not task.cancelled():
            # Seen here too: all who waited for it may have hung up.
            task.exception()


_shelves: WeakKeyDictionary[Database, _Shelf] = WeakKeyDictionary()


async def of_location(app: App, restaurant_id: str, location_id: str) -> Catalog:
    """The location's catalog, a second old at most. Raises Problem (404) where there is none."""
    key = (restaurant_id, stored_id(location_id))
    shelf = _shelves.setdefault(app.db, _Shelf())
    found = shelf.kept.get(key)
    now = time.monotonic()
    if found is not None and now < found.until:
        shelf.kept.move_to_end(key)
        return found.catalog
    reading = shelf.reading.get(key)
    # A read that began more than a second ago may have seen what has been changed since.
    if reading is None or now >= reading.until:
        until = now + FRESH_SECONDS
        task = asyncio.get_running_loop().create_task(_read(app, shelf, key, until))
        reading = shelf.reading[key] = _Reading(task, until)
        task.add_done_callback(partial(shelf.ended, key))
    # One read for all who ask at once; shielded, so that one who gives up does not take it from the others.
    return await asyncio.shield(reading.task)


def kitchen_of(location: Location, stations: Sequence[Station]) -> Kitchen:
    """What placing an order needs to know of the location that it is for."""
    return Kitchen(
        auto_accepts=location.auto_accept_order,
        timezone=location.timezone,
        stations=[StationTags(id=station.id, tags=station.tags) for station in stations],
    )


def forget(app: App, restaurant_id: str, location_id: ObjectId | str) -> None:
    """Read a location anew next time: what is kept of it, or is being read, turned out to be old."""
    shelf = _shelves.get(app.db)
    if shelf is None:
        return
    shelf.reading.pop((restaurant_id, location_id), None)
    kept = shelf.kept.get((restaurant_id, location_id))
    if kept is not None:
        kept.until = 0.0


async def _read(app: App, shelf: _Shelf, key: _Key, until: float) -> Catalog:
    found = shelf.kept.get(key)
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
    reading = shelf.reading.get(key)
    if reading is None or reading.task is not asyncio.current_task():
        # Another read began since, or this one is known to be old: it is only for those who wait for it.
        return catalog
    shelf.keep(key, _Kept(catalog, until))
    return catalog
