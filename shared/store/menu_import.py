"""Writing an imported menu, so that nothing that staff change at the same moment is lost.

Beside a menu, `menu_imports` keeps under the same id what its files said.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from shared.documents.menu_imports import MenuImport
from shared.domain.menu_import import ImportedMenu, KnownMenu, Merged, merge_menu, same_menu
from shared.store import duties
from shared.store.menus import MAX_MENUS
from shared.store.mongo.client import Database, Session, piece, transaction


class ArchivedMenuError(Exception):
    """The menu that the file is about is in the archive: nothing is put over it there."""


async def stored_menu(
    db: Database, restaurant_id: str, location_id: ObjectId | str, menu_slug: str, session: Session | None = None
) -> dict[str, Any] | None:
    """The menu with this slug, as it is stored (index: restaurantId, locationId)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id, "menuSlug": menu_slug}
    with piece():
        return await db.menus.find_one(query, sort=[("_id", 1)], session=session)


async def planned(db: Database, imported: ImportedMenu, *, replace: bool = False) -> Merged:
    """What `save_imported` would store now. Raises AnotherMenuError and ArchivedMenuError like it."""
    stored, source = await _stored(db, imported)
    return merge_menu(imported, stored, source, replace=replace)


async def save_imported(db: Database, imported: ImportedMenu, now: datetime, *, replace: bool = False) -> Merged:
    """Store a menu over the one that it is at the same location, or as a new one, in one transaction.

    An item that staff mark as sold out while this runs makes the transaction run again, and stays sold out.

    Raises AnotherMenuError where the menu that is there shares no item with the file, but for `replace`, and
    ArchivedMenuError.
    """

    async def body(session: Session) -> Merged:
        stored, source = await _stored(db, imported, session)
        merged = merge_menu(imported, stored, source, replace=replace)
        if stored is None:
            await db.menus.insert_one({**merged.document, "createdAt": now, "updatedAt": now}, session=session)
        elif merged.document != stored:
            document = {**merged.document, "updatedAt": now, "version": int(stored.get("version") or 0) + 1}
            await db.menus.replace_one({"_id": stored["_id"]}, document, session=session)
        if merged.document != stored:
            place = imported.target.restaurant_id, imported.target.location_id
            await duties.renew(db, duties.menu_changed(place, merged.document["_id"], now), session)
        if stored is None or source is None or merged.source != source.model_copy(update={"updated_at": None}):
            kept = {**merged.source.model_dump(by_alias=True), "updatedAt": now}
            await db.menu_imports.replace_one({"_id": kept["_id"]}, kept, upsert=True, session=session)
        return merged

    try:
        return await transaction(db, body)
    except DuplicateKeyError:
        # Another import made the same menu first: this one goes over it.
        return await transaction(db, body)


async def _stored(
    db: Database, imported: ImportedMenu, session: Session | None = None
) -> tuple[dict[str, Any] | None, MenuImport | None]:
    """The menu that the file is about, and what earlier imports wrote of it."""
    here = {"restaurantId": imported.target.restaurant_id, "locationId": imported.target.location_id}
    with piece():
        heads = db.menus.find(here, {"menuSlug": 1, "name": 1}, session=session).sort("_id", 1).limit(MAX_MENUS)
        menus = await heads.to_list(MAX_MENUS)
        by_id = {"_id": {"$in": [menu["_id"] for menu in menus]}}
        slugs = await db.menu_imports.find(by_id, {"slug": 1}, session=session).to_list(MAX_MENUS)
    imported_as = {row["_id"]: row.get("slug") for row in slugs}
    known = [
        KnownMenu(menu["_id"], str(menu.get("menuSlug") or ""), menu.get("name"), imported_as.get(menu["_id"]))
        for menu in menus
    ]
    menu_id = same_menu(imported, known)
    if menu_id is None:
        return None, None
    with piece():
        stored = await db.menus.find_one({"_id": menu_id}, session=session)
        source = await db.menu_imports.find_one({"_id": menu_id}, session=session)
    if stored is not None and stored.get("archivedAt") is not None:
        raise ArchivedMenuError
    return stored, MenuImport.model_validate(source) if source else None
