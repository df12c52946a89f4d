"""What a location sells. A process keeps it for a second, so that it does not decode the menus for each cart.

An edit is seen after a second at the latest, counted from the start of the read. What is kept is bounded by its bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bson import ObjectId

from shared.app import App
from shared.documents.menu import Menu
from shared.documents.places import Campaign, Kitchen, Location, Station, StationTags
from shared.domain import printing, screens
from shared.domain.business_days import business_date
from shared.domain.campaigns import is_running
from shared.domain.menu_availability import as_of, comes_back
from shared.domain.menu_times import Resting, resting
from shared.errors import LOCATION_NOT_FOUND, MENU_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.memory.kept import Kept
from shared.memory.slots import Slot
from shared.store import menus, places, stock

REFUSALS = (LOCATION_NOT_FOUND, MENU_NOT_FOUND)

FRESH_SECONDS = 1.0
MAX_BYTES = 96 * 1024 * 1024
"""The most memory that all catalogs of a process may take together."""

MAX_KEPT = 5000

_TIMES_STORED = 14
"""A parsed menu takes 12 to 13 times its stored bytes, and those are kept, too (measured)."""

_OVERHEAD = 16 * 1024
_LABEL = 256


@dataclass(frozen=True, slots=True)
class Catalog:
    """What a location sells.

    `stored_menus`: its menus as BSON; `menus`: the same, parsed. `campaigns`: those that are on, by the text of their
    origin's id. `origins`: the labels of at most 200, by the text of their id. `daily_stock`: how many portions a day
    there are, by item id. `low_stock`: when no more are left, the location is told, by item id. `sold`: how many were
    sold, by the id of the count. `comes_back`: when something that is sold out comes back by itself.
    """

    location: Location
    kitchen: Kitchen
    stored_menus: list[bytes]
    menus: list[Menu]
    campaigns: dict[str, Campaign]
    origins: dict[str, str]
    daily_stock: dict[str, int]
    low_stock: dict[str, int]
    comes_back: tuple[datetime, ...]
    sold: dict[str, int]

    def campaign(self, origin_id: str, now: datetime) -> Campaign | None:
        """The running campaign of an origin."""
        found = self.campaigns.get(origin_id)
        return found if found is not None and is_running(found, now) else None

    def resting(self, now: datetime) -> Resting:
        """What of the menus is not served now."""
        return resting(self.menus, self.location.timezone, now)

    def menus_at(self, now: datetime) -> list[Menu]:
        """Its menus, with what can be had at `now`."""
        return [as_of(menu, now) for menu in self.menus] if self.comes_back else self.menus

    def left(self, now: datetime) -> dict[str, int]:
        """The portions that are left today, by item id, of dishes with a daily stock."""
        return {
            item_id: max(0, limit - self.sold.get(self.count_id(item_id, now), 0))
            for item_id, limit in self.daily_stock.items()
        }

    def count_id(self, item_id: str, now: datetime) -> str:
        """The id of a dish's count of today: of the business day."""
        here = self.location
        day = business_date(here.timezone, here.business_day_starts_at, now)
        return stock.count_id(here.id, day.isoformat(), item_id)


_Key = tuple[str, ObjectId | str]


def _weight(catalog: Catalog) -> int:
    menus_of_it = sum(map(len, catalog.stored_menus)) * _TIMES_STORED
    return menus_of_it + len(catalog.origins) * _LABEL + _OVERHEAD


CATALOGS: Slot[Kept[_Key, Catalog]] = Slot(
    lambda: Kept(FRESH_SECONDS, most=MAX_KEPT, most_bytes=MAX_BYTES, weigh=_weight)
)


async def of_location(app: App, restaurant_id: str, location_id: str) -> Catalog:
    """The location's catalog, a second old at most. Raises Problem (REFUSALS)."""
    key = (restaurant_id, stored_id(location_id))
    return await app.memory[CATALOGS].get(key, partial(_read, app, key))


def kitchen_of(location: Location, stations: Sequence[Station]) -> Kitchen:
    """What placing an order needs of its location."""
    return Kitchen(
        auto_accepts=location.auto_accept_order,
        timezone=location.timezone,
        stations=[StationTags(id=station.id, tags=station.tags) for station in stations],
        accept_within_minutes=location.accept_within_minutes,
        business_day_starts_at=location.business_day_starts_at,
        printers=printing.that_ask(location.printers, stations),
        screens_seen_at=screens.last_seen(location, stations),
    )


def forget(app: App, restaurant_id: str, location_id: ObjectId | str) -> None:
    """Read a location anew next time: what is kept of it, or is being read now, is old."""
    app.memory[CATALOGS].outdate((restaurant_id, location_id))


async def _read(app: App, key: _Key, before: Catalog | None) -> Catalog:
    place, stored = await asyncio.gather(
        places.location_that_sells(app.db, *key), menus.stored_of_location(app.db, *key)
    )
    if place is None:
        raise Problem(LOCATION_NOT_FOUND)
    if not stored:
        raise Problem(MENU_NOT_FOUND, "This location has no menu.")
    if before is not None and before.stored_menus == stored:
        of_it, daily_stock, low_stock = before.menus, before.daily_stock, before.low_stock
        returns = before.comes_back
    else:
        of_it = menus.readable(stored)
        limited = [item for menu in of_it for item in menu.items if item.daily_stock is not None]
        daily_stock = {item.id: max(0, item.daily_stock or 0) for item in limited}
        low_stock = {item.id: item.low_stock_at for item in limited if item.low_stock_at is not None}
        returns = comes_back(of_it)
    catalog = Catalog(
        place.location,
        kitchen_of(place.location, place.stations),
        stored,
        of_it,
        {str(campaign.origin_id): campaign for campaign in place.campaigns},
        {str(origin.id): origin.label for origin in place.origins},
        daily_stock,
        low_stock,
        returns,
        sold={},
    )
    if daily_stock:
        now = app.clock.now()
        catalog.sold.update(await stock.sold(app.db, [catalog.count_id(item_id, now) for item_id in daily_stock]))
    return catalog
