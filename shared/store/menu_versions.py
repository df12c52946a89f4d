"""What was made live of menus (collection `menu_versions`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from shared.documents.menu_drafts import MenuVersion
from shared.store.mongo.client import Database, Session, piece

KEPT = 200
"""So many versions of a menu are kept, the newest ones."""


async def last(db: Database, menu_id: ObjectId | str, session: Session) -> MenuVersion | None:
    """The newest version of a menu (index: menuId, number)."""
    found = await db.menu_versions.find_one({"menuId": menu_id}, sort=[("number", -1)], session=session)
    return MenuVersion.model_validate(found) if found else None


async def add(db: Database, versions: Sequence[MenuVersion], session: Session) -> None:
    """Store versions of one menu in the transaction that makes the last of them live, and forget the oldest ones
    (index: menuId, number)."""
    await db.menu_versions.insert_many([_document(version) for version in versions], session=session)
    newest = versions[-1]
    old = {"menuId": newest.menu_id, "number": {"$lte": newest.number - KEPT}}
    await db.menu_versions.delete_many(old, session=session)


def _document(version: MenuVersion) -> dict[str, Any]:
    # The content is stored as it was read, byte by byte.
    return {
        **version.model_dump(by_alias=True, exclude_none=True, exclude={"content"}),
        "content": version.content,
    }


async def one(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    menu_id: ObjectId | str,
    *,
    number: int,
    session: Session | None = None,
) -> MenuVersion | None:
    """A version of a menu, if it is this location's (index: menuId, number)."""
    query: dict[str, Any] = {
        "menuId": menu_id,
        "number": number,
        "restaurantId": restaurant_id,
        "locationId": location_id,
    }
    with piece():
        found = await db.menu_versions.find_one(query, session=session)
    return MenuVersion.model_validate(found) if found else None


async def before(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    menu_id: ObjectId | str,
    *,
    number: int | None,
    limit: int,
) -> list[MenuVersion]:
    """The versions of a menu, the newest first, without their contents; only those before `number`, where it is given
    (index: menuId, number)."""
    query: dict[str, Any] = {"menuId": menu_id, "restaurantId": restaurant_id, "locationId": location_id}
    if number is not None:
        query["number"] = {"$lt": number}
    with piece():
        found = await db.menu_versions.find(query, {"content": 0}).sort("number", -1).to_list(limit)
    return [MenuVersion.model_validate(row) for row in found]
