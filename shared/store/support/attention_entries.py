"""What the people of a location must look at (collection `attention`): one entry a thing, however often it comes.

Any area of the services may write one.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from bson import ObjectId

from shared.documents.attention import AttentionEntry, AttentionKind
from shared.store.mongo.client import Database, Session, piece

MAX_LISTED = 1000
MAX_OF_LOCATION = 200

_OPEN = {"endedAt": None}


async def write(
    db: Database,
    kind: AttentionKind,
    target: ObjectId | str,
    *,
    restaurant_id: str,
    location_id: ObjectId | str,
    reason: str,
    count: int,
    at: datetime,
    session: Session | None = None,
) -> None:
    """Write that something needs a person, or that it still does; one that had ended begins anew (index: _id)."""
    fields = {
        "restaurantId": restaurant_id,
        "locationId": location_id,
        "kind": kind,
        "reason": reason,
        "count": count,
        "at": at,
    }
    change = {"$set": fields, "$unset": {"endedAt": ""}}
    with piece():
        await db.attention.update_one({"_id": f"{kind}:{target}"}, change, upsert=True, session=session)


async def count_one(
    db: Database,
    kind: AttentionKind,
    target: str,
    *,
    restaurant_id: str,
    location_id: ObjectId | str,
    reason: str,
    at: datetime,
) -> None:
    """Write that something happened once more (index: _id)."""
    fields = {"restaurantId": restaurant_id, "locationId": location_id, "kind": kind, "reason": reason, "at": at}
    change = {"$set": fields, "$inc": {"count": 1}, "$unset": {"endedAt": ""}}
    with piece():
        await db.attention.update_one({"_id": f"{kind}:{target}"}, change, upsert=True)


async def end_older(db: Database, kind: AttentionKind, before: datetime, *, at: datetime) -> int:
    """End the entries of a kind that were written last before `before`; returns how many (index: endedAt, kind)."""
    with piece():
        ended = await db.attention.update_many(
            {"kind": kind, **_OPEN, "at": {"$lt": before}}, {"$set": {"endedAt": at}}
        )
    return ended.modified_count


async def one(db: Database, entry_id: str) -> AttentionEntry | None:
    """An entry by its id, `<kind>:<target>` (index: _id)."""
    with piece():
        found = await db.attention.find_one({"_id": entry_id})
    return AttentionEntry.model_validate(found) if found else None


async def of_location(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[AttentionEntry]:
    """A location's entries that go on, at most 200 (index: locationId, endedAt)."""
    query = {"locationId": location_id, **_OPEN, "restaurantId": restaurant_id}
    with piece():
        found = await db.attention.find(query).limit(MAX_OF_LOCATION).to_list()
    return [AttentionEntry.model_validate(row) for row in found]


async def end(db: Database, entry_id: str, at: datetime, session: Session | None = None) -> bool:
    """End an entry, in the transaction of the act if there is one (index: _id); False where it is over already."""
    change = {"$set": {"endedAt": at}}
    with piece():
        result = await db.attention.update_one({"_id": entry_id, **_OPEN}, change, session=session)
    return result.modified_count == 1


async def going_on(db: Database, limit: int = MAX_LISTED) -> list[AttentionEntry]:
    """The entries that go on, at all locations, at most so many (index: endedAt, kind)."""
    with piece():
        found = await db.attention.find(_OPEN).sort("kind", 1).to_list(limit)
    return [AttentionEntry.model_validate(row) for row in found]


async def count_by_kind(db: Database) -> dict[str, int]:
    """How many entries of each kind go on, counted up to a thousand in all (index: endedAt, kind)."""
    with piece():
        found = await db.attention.find(_OPEN, {"_id": 0, "kind": 1}).to_list(MAX_LISTED)
    return dict(Counter(str(row.get("kind")) for row in found))
