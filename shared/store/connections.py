"""Which live connections of staff are open (collection `live_connections`): one document for each user of the live
service, who is a person or a device with one feed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.store.mongo.client import Database, piece

MAX_OF_USER = 20
"""More of them are not told apart: the oldest are forgotten."""

KEPT_FOR = timedelta(days=2)


async def opened(db: Database, user: str, connection_id: str, at: datetime) -> None:
    """A connection is there (index: _id). Told twice, it stands there once."""
    kept = {"$filter": {"input": {"$ifNull": ["$open", []]}, "cond": {"$ne": ["$$this", {"$literal": connection_id}]}}}
    grown = {"$slice": [{"$concatArrays": [kept, [{"$literal": connection_id}]]}, -MAX_OF_USER]}
    with piece():
        await db.live_connections.update_one(
            {"_id": user}, [{"$set": {"open": grown, "purgeAt": at + KEPT_FOR}}], upsert=True
        )


async def closed(db: Database, user: str, connection_id: str, at: datetime) -> None:
    """A connection is gone (index: _id)."""
    change = {"$pull": {"open": connection_id}, "$set": {"purgeAt": at + KEPT_FOR}}
    with piece():
        await db.live_connections.update_one({"_id": user}, change)


async def without(db: Database, users: Iterable[str]) -> set[str]:
    """Those of these users who had a connection lately, and have none now (index: _id)."""
    ids = list(users)
    with piece():
        found = await db.live_connections.find({"_id": {"$in": ids}, "open": []}, {"_id": 1}).to_list(len(ids) or 1)
    return {str(row["_id"]) for row in found}
