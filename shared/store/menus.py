"""Menus: the list, one of them, and all that a location sells."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import bson
from bson import ObjectId
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pydantic import ValidationError

from shared.documents.menu import CostedMenu, Menu
from shared.store.mongo.client import Database, piece

log = logging.getLogger("orderbuddy.store")

MAX_MENUS = 50
"""A location has no more menus in use."""

MAX_ARCHIVED = 200

IN_USE: dict[str, Any] = {"archivedAt": None}
"""What holds of a menu that is not in the archive."""

_HEAD = (
    "restaurantId",
    "locationId",
    "menuSlug",
    "name",
    "available",
    "salesTax",
    "schedule",
    "archivedAt",
    "version",
)
"""What is read of a menu for a list."""


_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_AWARE: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)


async def stored_of_location(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[bytes]:
    """All menus of a location that are in use, the oldest first, as BSON: the caller parses equal bytes only once."""
    query = {"restaurantId": restaurant_id, "locationId": location_id, **IN_USE}
    with piece():
        cursor = db.menus.with_options(codec_options=_RAW).find(query).sort("_id", 1).limit(MAX_MENUS)
        return [bytes(menu.raw) for menu in await cursor.to_list(MAX_MENUS)]


def read(stored: bytes) -> Menu:
    """The menu that these bytes hold."""
    return Menu.model_validate(bson.decode(stored, _AWARE))


def readable(stored: Iterable[bytes]) -> list[Menu]:
    """The menus that these bytes hold. One that cannot be read is logged and left out: the others are still shown."""
    return [menu for menu in map(_read_or_leave, stored) if menu is not None]


def _read_or_leave(stored: bytes) -> Menu | None:
    try:
        return read(stored)
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, row["loc"])) for row in error.errors(include_input=False)[:5])
        log.error("the menu %s cannot be read: %s", bson.decode(stored).get("_id"), wrong)
    except BSONError as error:
        log.error("a menu cannot be read: %s", type(error).__name__)
    return None


async def list_of_location(
    db: Database, restaurant_id: str, location_id: ObjectId | str, *, archived: bool = False
) -> list[Menu]:
    """The readable menus of a location, the oldest first, without items and categories. `archived`: those that are in
    the archive, instead of those in use."""
    which = {"archivedAt": {"$ne": None}} if archived else IN_USE
    query = {"restaurantId": restaurant_id, "locationId": location_id, **which}
    most = MAX_ARCHIVED if archived else MAX_MENUS
    with piece():
        cursor = db.menus.with_options(codec_options=_RAW).find(query, dict.fromkeys(_HEAD, 1)).sort("_id", 1)
        found = await cursor.limit(most).to_list(most)
    return readable(bytes(menu.raw) for menu in found)


async def stored_one(
    db: Database, restaurant_id: str, location_id: ObjectId | str, menu_id: ObjectId | str
) -> bytes | None:
    """One menu, if it is this location's and in use, as BSON: the caller parses equal bytes only once."""
    query: dict[str, Any] = {"_id": menu_id, "restaurantId": restaurant_id, "locationId": location_id, **IN_USE}
    with piece():
        found = await db.menus.with_options(codec_options=_RAW).find_one(query)
    return bytes(found.raw) if found else None


async def one(db: Database, restaurant_id: str, location_id: ObjectId | str, menu_id: ObjectId | str) -> Menu | None:
    """One menu, if it is this location's."""
    query: dict[str, Any] = {"_id": menu_id, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.menus.find_one(query)
    return Menu.model_validate(found) if found else None


async def with_costs(
    db: Database, restaurant_id: str, location_id: ObjectId | str, menu_id: ObjectId | str
) -> CostedMenu | None:
    """One menu with what its dishes cost to make, if it is this location's: for staff only."""
    query: dict[str, Any] = {"_id": menu_id, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.menus.find_one(query)
    return CostedMenu.model_validate(found) if found else None
