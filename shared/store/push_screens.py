"""The kitchen's screens that want pushes (collection `push_screens`): one browser a device."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from shared.documents.pushes import PushScreen
from shared.store.devices import MAX_DEVICES
from shared.store.mongo.client import Database, Session, piece


async def put(db: Database, screen: PushScreen, now: datetime) -> None:
    """The device's browser wants pushes; the one before makes room, and so does another device of the same browser
    (indexes: _id; endpoint)."""
    fields = screen.model_dump(by_alias=True, exclude={"id", "created_at"})
    with piece():
        await db.push_screens.update_one(
            {"_id": screen.id}, {"$set": fields, "$setOnInsert": {"createdAt": now}}, upsert=True
        )
        await db.push_screens.delete_many({"endpoint": screen.endpoint, "_id": {"$ne": screen.id}})


async def of_device(db: Database, device_id: ObjectId | str) -> PushScreen | None:
    """The browser of a device that wants pushes (index: _id)."""
    with piece():
        found = await db.push_screens.find_one({"_id": device_id})
    return PushScreen.model_validate(found) if found else None


async def forget(db: Database, device_id: ObjectId | str, session: Session | None = None) -> None:
    """The device wants no pushes, or is no more (index: _id)."""
    with piece():
        await db.push_screens.delete_one({"_id": device_id}, session=session)


async def forget_endpoints(db: Database, device_ids: Sequence[ObjectId | str], endpoints: Sequence[str]) -> None:
    """These browsers are no more; a device that has another one by now keeps it (index: _id)."""
    with piece():
        await db.push_screens.delete_many({"_id": {"$in": list(device_ids)}, "endpoint": {"$in": list(endpoints)}})


async def any_of_location(db: Database, restaurant_id: str, location_id: ObjectId | str) -> bool:
    """Whether any screen of the location wants pushes (index: restaurantId, locationId)."""
    with piece():
        found = await db.push_screens.find_one({"restaurantId": restaurant_id, "locationId": location_id}, {"_id": 1})
    return found is not None


async def of_location(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[PushScreen]:
    """The screens of the location that want pushes (index: restaurantId, locationId)."""
    with piece():
        found = await db.push_screens.find({"restaurantId": restaurant_id, "locationId": location_id}).to_list(
            MAX_DEVICES
        )
    return [PushScreen.model_validate(row) for row in found]
