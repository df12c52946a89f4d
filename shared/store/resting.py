"""Checkouts at rest whose orchestration must have ended by now, and was not seen so yet (rules 8)."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from shared.store.mongo.client import Database, piece


async def due(db: Database, now: datetime, limit: int) -> list[ObjectId]:
    """Those whose instance must be looked at now, the longest due first (index: instanceLookAt)."""
    query = {"instanceLookAt": {"$lte": now, "$type": "date"}}
    with piece():
        found = await db.checkouts.find(query, {"_id": 1}).sort("instanceLookAt", 1).to_list(limit)
    return [row["_id"] for row in found]


async def take_due(db: Database, preview_id: ObjectId, now: datetime, again_at: datetime) -> bool:
    """Put off the next look to `again_at`; False where somebody else took it first. It is no move of the checkout."""
    with piece():
        result = await db.checkouts.update_one(
            {"_id": preview_id, "instanceLookAt": {"$lte": now}}, {"$set": {"instanceLookAt": again_at}}
        )
    return result.modified_count == 1


async def over(db: Database, preview_id: ObjectId) -> None:
    """Its instance has ended: it is not looked at any more."""
    with piece():
        await db.checkouts.update_one({"_id": preview_id}, {"$unset": {"instanceLookAt": ""}})
