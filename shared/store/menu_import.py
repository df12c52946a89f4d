"""Storing an imported menu. What staff change at the same moment is not lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.domain.menu_import import ImportedMenu, Merged, merge_menu
from shared.store.mongo.client import Database, Session, piece, transaction


async def stored_menu(
    db: Database, restaurant_id: str, location_id: ObjectId | str, menu_slug: str, session: Session | None = None
) -> dict[str, Any] | None:
    """The menu with this slug, as it is stored (index: restaurantId, locationId)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id, "menuSlug": menu_slug}
    with piece():
        return await db.menus.find_one(query, sort=[("_id", 1)], session=session)


async def planned(db: Database, imported: ImportedMenu) -> Merged:
    """What `save_imported` would store now."""
    assert imported.document is not None
    return merge_menu(imported, await _same(db, imported.document))


async def save_imported(db: Database, imported: ImportedMenu, now: datetime) -> Merged:
    """Store a menu over the one with the same slug at the same location, or as a new one, in one transaction.

    A dish that staff mark as sold out while this runs makes the transaction run again, and stays sold out.
    """

    async def body(session: Session) -> Merged:
        assert imported.document is not None
        stored = await _same(db, imported.document, session)
        merged = merge_menu(imported, stored)
        if stored is None:
            await db.menus.insert_one({**merged.document, "createdAt": now, "updatedAt": now}, session=session)
        elif merged.document != stored:
            document = {**merged.document, "updatedAt": now}
            await db.menus.replace_one({"_id": stored["_id"]}, document, session=session)
        return merged

    return await transaction(db, body)


async def _same(db: Database, document: dict[str, Any], session: Session | None = None) -> dict[str, Any] | None:
    return await stored_menu(db, document["restaurantId"], document["locationId"], document["menuSlug"], session)
