"""Menus: the list, one of them, and all that a location sells."""

from __future__ import annotations

from typing import Any

import bson
from bson import ObjectId
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from shared.documents.menu import Menu
from shared.store.client import Database, piece

MAX_MENUS = 50


_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_AWARE: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)


async def stored_of_location(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[bytes]:
    """All menus of a location with their items, the oldest first, as BSON: equal bytes need not be read again."""
    query = {"restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        cursor = db.menus.with_options(codec_options=_RAW).find(query).sort("_id", 1)
        return [bytes(menu.raw) for menu in await cursor.to_list(MAX_MENUS)]


def read(stored: bytes) -> Menu:
    """The menu that these bytes hold."""
    return Menu.model_validate(bson.decode(stored, _AWARE))


async def list_of_location(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[Menu]:
    """The same without items and categories."""
    fields = {"restaurantId": 1, "locationId": 1, "menuSlug": 1, "name": 1, "available": 1, "salesTax": 1}
    with piece():
        cursor = db.menus.find({"restaurantId": restaurant_id, "locationId": location_id}, fields).sort("_id", 1)
        found = await cursor.to_list(MAX_MENUS)
    return [Menu.model_validate(menu) for menu in found]


async def one(db: Database, restaurant_id: str, location_id: ObjectId | str, menu_id: ObjectId | str) -> Menu | None:
    """One menu, if it is this location's."""
    query: dict[str, Any] = {"_id": menu_id, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.menus.find_one(query)
    return Menu.model_validate(found) if found else None
