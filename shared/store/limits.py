"""Counts for limits: requests of a minute, and the open previews of a location."""

from __future__ import annotations

from datetime import datetime

import pymongo
from bson import ObjectId

from shared.store.mongo.client import Database, unawaited

COUNT_SECONDS = 1.0
"""How long counting may take, in seconds: a limit is not worth more of a diner's time."""

_OPEN_PREVIEWS = "locationId_1_state_1_expiresAt_1"


async def count_one_more(db: Database, key: str, *, purge_at: datetime) -> int:
    """Count one more under `key`, and return the new count. One round trip (index: _id).

    The write need not survive a failover: the count is purged soon anyway. Raises PyMongoError, also where it takes
    longer than a second.
    """
    with pymongo.timeout(COUNT_SECONDS):
        found = await unawaited(db).request_counters.find_one_and_update(
            {"_id": key},
            {"$inc": {"n": 1}, "$setOnInsert": {"purgeAt": purge_at}},
            {"_id": 0, "n": 1},
            upsert=True,
            return_document=pymongo.ReturnDocument.AFTER,
        )
    assert found is not None
    return int(found["n"])


async def open_previews(db: Database, location_id: ObjectId | str, now: datetime, limit: int) -> int:
    """How many of a location's previews can still be placed, counted up to `limit`, from the index alone.

    Raises PyMongoError, also where it takes longer than a second, or the index is missing: a limit is not worth a scan.
    """
    query = {"locationId": location_id, "state": "open", "expiresAt": {"$gt": now}}
    with pymongo.timeout(COUNT_SECONDS):
        return await db.checkouts.count_documents(query, limit=limit, hint=_OPEN_PREVIEWS)
