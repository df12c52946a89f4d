"""Every location, menu and campaign, one after the other: to find those that nobody can order from, or by.

A person asks for it, and a timer for the locations, now and then. So it reads whole collections, page by page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from shared.store.mongo.client import Database, piece
from shared.store.places import LOCATION_FIELDS

PAGE = 200

_MENU_FIELDS = {
    "restaurantId": 1,
    "locationId": 1,
    "menuSlug": 1,
    "name": 1,
    "available": 1,
    "salesTax": 1,
    "schedule": 1,
    "categories.id": 1,
    "categories.schedule": 1,
    "items.id": 1,
    "items.isAvailable": 1,
}


async def locations(db: Database) -> AsyncIterator[dict[str, Any]]:
    """Every location as it is stored, without its merchant's credentials."""
    async for row in _all(db, "locations", LOCATION_FIELDS):
        yield row


async def menus(db: Database) -> AsyncIterator[dict[str, Any]]:
    """Every menu in use as it is stored: its name, its tax, when it is served, and which dishes are available."""
    async for row in _all(db, "menus", {**_MENU_FIELDS, "archivedAt": 1}):
        if row.get("archivedAt") is None:
            yield row


async def campaigns(db: Database) -> AsyncIterator[dict[str, Any]]:
    """Every campaign that is on, as it is stored."""
    async for row in _all(db, "campaigns", {"restaurantId": 1, "name": 1, "type": 1, "reward": 1, "isActive": 1}):
        if row.get("isActive") is True:
            yield row


async def _all(db: Database, collection: str, fields: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    cursor = db[collection].find({}, fields, batch_size=PAGE)
    async with cursor:
        while True:
            with piece():
                rows = await cursor.to_list(PAGE)
            if not rows:
                return
            for row in rows:
                yield row
