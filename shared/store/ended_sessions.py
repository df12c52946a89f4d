"""Sessions that ended, for as long as an access token of theirs could be shown (collection `ended_sessions`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.store.mongo.client import Database, piece

KEPT_FOR = timedelta(minutes=70)
"""An access token is good for an hour, and clocks differ."""


async def insert(db: Database, handle: str, now: datetime) -> None:
    """Keep that this session ended; the first time counts (index: _id)."""
    row = {"endedAt": now, "purgeAt": now + KEPT_FOR}
    with piece():
        await db.ended_sessions.update_one({"_id": handle}, {"$setOnInsert": row}, upsert=True)


async def is_there(db: Database, handle: str) -> bool:
    """Whether this session ended (index: _id)."""
    with piece():
        return await db.ended_sessions.find_one({"_id": handle}, {"_id": 1}) is not None
