"""Drafts of menus: one a menu (collection `menu_drafts`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from shared.documents.menu_drafts import MenuDraft
from shared.store.mongo.client import Database, Session, piece


async def get(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    menu_id: ObjectId | str,
    session: Session | None = None,
) -> MenuDraft | None:
    """The draft of a menu, if it is this location's (index: _id)."""
    query: dict[str, Any] = {"_id": menu_id, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.menu_drafts.find_one(query, session=session)
    return MenuDraft.model_validate(found) if found else None


async def insert(db: Database, draft: MenuDraft, session: Session) -> None:
    """Store a new draft, in the transaction of the change. Raises DuplicateKeyError."""
    document = draft.model_dump(by_alias=True, exclude_none=True, exclude={"base", "content"})
    await db.menu_drafts.insert_one({**document, "base": draft.base, "content": draft.content}, session=session)


async def write(
    db: Database, menu_id: ObjectId | str, fields: Mapping[str, Any], session: Session, *, counts: bool = True
) -> None:
    """Set these fields of a draft, by their stored names; None takes one away. `counts`: its version counts up
    (index: _id)."""
    sets = {name: value for name, value in fields.items() if value is not None}
    gone = {name: "" for name, value in fields.items() if value is None}
    change: dict[str, Any] = {"$set": sets} if sets else {}
    if gone:
        change["$unset"] = gone
    if counts:
        change["$inc"] = {"version": 1}
    await db.menu_drafts.update_one({"_id": menu_id}, change, session=session)


async def delete(db: Database, menu_id: ObjectId | str, session: Session) -> None:
    """Forget a draft, in the transaction of the change (index: _id)."""
    await db.menu_drafts.delete_one({"_id": menu_id}, session=session)
