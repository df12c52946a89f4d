"""What a location sells, kept for a second per process: pricing a cart should not decode the menus each time.

An edit is seen after a second at the latest.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from bson import ObjectId

from shared.app import App
from shared.documents.menu import Menu
from shared.documents.places import Campaign, Location
from shared.errors import LOCATION_NOT_FOUND, MENU_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.store import menus, places
from shared.store.client import Database

FRESH_SECONDS = 1.0
MAX_KEPT = 500


@dataclass(frozen=True, slots=True)
class Catalog:
    """A location, its menus, and its running campaigns by the text of their origin's id."""

    location: Location
    stored_menus: list[bytes]
    menus: list[Menu]
    campaigns: dict[str, Campaign]


@dataclass(slots=True)
class _Kept:
    catalog: Catalog
    until: float


_kept: WeakKeyDictionary[Database, OrderedDict[tuple[str, ObjectId | str], _Kept]] = WeakKeyDictionary()


async def of_location(app: App, restaurant_id: str, location_id: str) -> Catalog:
    """The location's catalog, a second old at most. Raises Problem (404) where there is none."""
    key = (restaurant_id, stored_id(location_id))
    kept = _kept.setdefault(app.db, OrderedDict())
    found = kept.get(key)
    if found is not None and time.monotonic() < found.until:
        return found.catalog
    until = time.monotonic() + FRESH_SECONDS
    place, stored = await asyncio.gather(
        places.location_with_campaigns(app.db, *key), menus.stored_of_location(app.db, *key)
    )
    if place is None:
        raise Problem(LOCATION_NOT_FOUND)
    if not stored:
        raise Problem(MENU_NOT_FOUND, "This location has no menu.")
    location, campaigns = place
    if found is not None and found.catalog.stored_menus == stored:
        of_it = found.catalog.menus
    else:
        of_it = [menus.read(menu) for menu in stored]
    catalog = Catalog(location, stored, of_it, {str(campaign.origin_id): campaign for campaign in campaigns})
    kept[key] = _Kept(catalog, until)
    kept.move_to_end(key)
    while len(kept) > MAX_KEPT:
        kept.popitem(last=False)
    return catalog
