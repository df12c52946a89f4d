"""What the people of a location must look at (collection `attention`): one entry a thing, however often it comes.

Any area of the services may write one.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from bson import ObjectId

from shared.documents.attention import AttentionEntry, AttentionKind
from shared.store.mongo.client import Database, piece

MAX_LISTED = 1000

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
        await db.attention.update_one({"_id": f"{kind}:{target}"}, change, upsert=True)


async def end_older(db: Database, kind: AttentionKind, before: datetime, *, at: datetime) -> int:
    """End the entries of a kind that were written last before `before`; returns how many (index: endedAt, kind)."""
    with piece():
        ended = await db.attention.update_many(
            {"kind": kind, **_OPEN, "at": {"$lt": before}}, {"$set": {"endedAt": at}}
        )
    return ended.modified_count


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
