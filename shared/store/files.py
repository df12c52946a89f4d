"""Pictures that are kept (collection `files`), and the doors by which they are sent (collection `uploads`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from shared.documents.files import StoredPicture, Upload
from shared.domain.pictures import picture_in
from shared.store.mongo.client import Database, Session, piece

_NAMING = ("items.imageUrls", "categories.imageUrl")
"""Where a menu names pictures; old categories have one, too."""


async def count(db: Database, restaurant_id: str, most: int) -> int:
    """How many pictures a restaurant has, counted up to `most` (index: restaurantId)."""
    with piece():
        return await db.files.count_documents({"restaurantId": restaurant_id}, limit=most, hint="restaurantId_1")


async def begin(db: Database, picture: StoredPicture) -> StoredPicture:
    """Note a picture before its files are sent, where it is not noted yet, and that nobody looks for it before they
    are; what is noted now (index: _id)."""
    fresh = picture.model_dump(by_alias=True, exclude_none=True)
    change = {"$max": {"lookAt": fresh.pop("lookAt")}, "$setOnInsert": fresh}
    with piece():
        found = await db.files.find_one_and_update(
            {"_id": picture.id}, change, upsert=True, return_document=ReturnDocument.AFTER
        )
    return StoredPicture.model_validate(found)


async def keep(db: Database, picture_id: str, look_at: datetime, session: Session) -> bool | None:
    """Say that a picture's files are there, and that it is wanted. Whether it was new; None where it is going, or
    gone (index: _id)."""
    query = {"_id": picture_id, "state": {"$ne": "removing"}}
    change = {"$set": {"state": "stored", "lookAt": look_at}, "$unset": {"unnamedSince": ""}}
    before = await db.files.find_one_and_update(query, change, {"state": 1}, session=session)
    return None if before is None else before["state"] == "storing"


async def due(db: Database, now: datetime, limit: int) -> list[StoredPicture]:
    """Pictures that are to be looked for, those that waited longest first (index: lookAt, restaurantId)."""
    with piece():
        found = await db.files.find({"lookAt": {"$lte": now}}).sort([("lookAt", 1), ("restaurantId", 1)]).to_list(limit)
    return [StoredPicture.model_validate(row) for row in found]


async def looked(db: Database, seen: StoredPicture, *, look_at: datetime, unnamed_since: datetime | None) -> bool:
    """Note what a look found, unless the picture has moved since it was read (index: _id)."""
    sets: dict[str, Any] = {"lookAt": look_at}
    change: dict[str, Any] = {"$set": sets}
    if unnamed_since is None:
        change["$unset"] = {"unnamedSince": ""}
    else:
        sets["unnamedSince"] = unnamed_since
    with piece():
        done = await db.files.update_one(_as_seen(seen), change)
    return done.modified_count == 1


async def go(db: Database, seen: StoredPicture, look_at: datetime) -> bool:
    """Say that a picture is going, unless it has moved since it was read (index: _id). Whoever sends the same one
    meanwhile is told to wait. Its files may be gone already: at `look_at` somebody finishes it."""
    with piece():
        done = await db.files.update_one(_as_seen(seen), {"$set": {"state": "removing", "lookAt": look_at}})
    return done.modified_count == 1


async def stay(db: Database, picture_id: str, look_at: datetime) -> None:
    """Take back that a picture is going (index: _id)."""
    change = {"$set": {"state": "stored", "lookAt": look_at}, "$unset": {"unnamedSince": ""}}
    with piece():
        await db.files.update_one({"_id": picture_id, "state": "removing"}, change)


async def forget(db: Database, picture_id: str) -> None:
    """Forget a picture whose files are gone (index: _id)."""
    with piece():
        await db.files.delete_one({"_id": picture_id, "state": "removing"})


def _as_seen(seen: StoredPicture) -> dict[str, Any]:
    return {"_id": seen.id, "state": seen.state, "lookAt": seen.look_at}


async def named(db: Database, restaurant_id: str) -> set[str]:
    """The ids of all pictures that a restaurant's logo, its menus, their drafts and their kept versions name
    (indexes: _id; restaurantId, locationId; menuId, number)."""
    names: set[str] = set()
    with piece():
        restaurant = await db.restaurants.find_one({"_id": restaurant_id}, {"logo": 1})
    _gather((restaurant or {}).get("logo"), names)
    menu_ids: list[ObjectId | str] = []
    with piece():
        async for menu in db.menus.find({"restaurantId": restaurant_id}, dict.fromkeys(_NAMING, 1)):
            menu_ids.append(menu.pop("_id"))
            _gather(menu, names)
    inside = {f"{whole}.{name}": 1 for whole in ("content", "base") for name in _NAMING}
    with piece():
        async for draft in db.menu_drafts.find({"_id": {"$in": menu_ids}}, {**inside, "_id": 0}):
            _gather(draft, names)
    for menu_id in menu_ids:
        with piece():
            async for version in db.menu_versions.find({"menuId": menu_id}, {**inside, "_id": 0}):
                _gather(version, names)
    return names


def _gather(part: Any, into: set[str]) -> None:
    if isinstance(part, str):
        picture = picture_in(part)
        if picture is not None:
            into.add(picture)
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _gather(inner, into)


async def open_door(db: Database, upload: Upload) -> None:
    """Note that somebody may send a file."""
    with piece():
        await db.uploads.insert_one(upload.model_dump(by_alias=True))


async def door(db: Database, restaurant_id: str, upload_id: str) -> Upload | None:
    """A door of this restaurant (index: _id)."""
    with piece():
        found = await db.uploads.find_one({"_id": upload_id, "restaurantId": restaurant_id})
    return Upload.model_validate(found) if found else None


async def came(db: Database, upload_id: str, name: str) -> None:
    """Note the picture that became of what was sent (index: _id)."""
    with piece():
        await db.uploads.update_one({"_id": upload_id}, {"$set": {"name": name}})
