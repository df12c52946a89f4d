"""Menus as they are edited: read whole, written field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import bson
from bson import ObjectId

from shared.domain.menu_edits.content import Row, id_of, same
from shared.domain.menu_merge import content_of
from shared.store.mongo.client import Database, Session, piece

MOST_STORED = 1000
"""More menus of a location are never looked at."""


async def content(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    menu_id: ObjectId | str,
    session: Session | None = None,
) -> Row | None:
    """A menu as it is stored, if it is this location's (index: _id)."""
    query: dict[str, Any] = {"_id": menu_id, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        return await db.menus.find_one(query, session=session)


async def heads(
    db: Database, restaurant_id: str, location_id: ObjectId | str, session: Session | None = None
) -> list[Row]:
    """The ids and addresses of all menus of a location, also of those in the archive (index: restaurantId,
    locationId)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        return await db.menus.find(query, {"menuSlug": 1, "archivedAt": 1}, session=session).to_list(MOST_STORED)


async def insert(db: Database, document: Row, session: Session) -> None:
    """Insert a new menu."""
    await db.menus.insert_one(document, session=session)


async def write(db: Database, before: Row, after: Row, *, at: datetime, session: Session) -> None:
    """Write what differs, and count the version up. What does not differ is not touched (index: _id)."""
    sets, unsets = changes(before, after)
    update: dict[str, Any] = {"$set": {**sets, "updatedAt": at}, "$inc": {"version": 1}}
    if unsets:
        update["$unset"] = dict.fromkeys(unsets, "")
    await db.menus.update_one({"_id": before["_id"]}, update, session=session)


async def replace(db: Database, before: Row, after: Row, *, at: datetime, session: Session) -> None:
    """Write the whole content as it is given, byte by byte, and count the version up (index: _id)."""
    content = content_of(after)
    update: dict[str, Any] = {"$set": {**content, "updatedAt": at}, "$inc": {"version": 1}}
    if gone := content_of(before).keys() - content.keys():
        update["$unset"] = dict.fromkeys(gone, "")
    await db.menus.update_one({"_id": before["_id"]}, update, session=session)


def size(document: Mapping[str, Any]) -> int:
    """How many bytes a menu takes as it is stored."""
    return len(bson.encode(document))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The fields to be set and those to be unset, by their paths in the document, that make `after` of `before`."""
    sets: dict[str, Any] = {}
    unsets: list[str] = []
    for path, value in _changes(before, after, ""):
        if value is _GONE:
            unsets.append(path)
        else:
            sets[path] = value
    return sets, unsets


_GONE: Any = object()


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], inside: str) -> Iterator[tuple[str, Any]]:
    for name in {**before, **after}:
        path = f"{inside}{name}"
        if name not in after:
            yield path, _GONE
        elif name not in before:
            yield path, after[name]
        elif not same(before[name], after[name]):
            yield from _change(before[name], after[name], path)


def _change(before: Any, after: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(before, dict) and isinstance(after, dict) and _plain(before) and _plain(after):
        yield from _changes(before, after, f"{path}.")
    elif isinstance(before, list) and isinstance(after, list) and _goes_on(before, after):
        for place, row in enumerate(after):
            if place >= len(before):
                yield f"{path}.{place}", row
            elif not same(before[place], row):
                yield from _change(before[place], row, f"{path}.{place}")
    else:
        yield path, after


def _goes_on(before: list[Any], after: list[Any]) -> bool:
    """Whether the same rows stand at the same places, with others behind them at most."""
    return 0 < len(before) <= len(after) and all(
        isinstance(old, dict) and isinstance(new, dict) and id_of(old) == id_of(new) != ""
        for old, new in zip(before, after, strict=False)
    )


def _plain(row: Mapping[str, Any]) -> bool:
    """Whether each name can stand in a path."""
    return bool(row) and not any(name == "" or "." in name or name.startswith("$") or name.isdigit() for name in row)
