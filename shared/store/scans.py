"""How often codes were scanned, by origin and day of the location."""

from __future__ import annotations

from datetime import datetime, timedelta

import pymongo
from bson import ObjectId

from shared.documents.origins import OriginScans, ScannedOrigin
from shared.store.mongo.client import Database, piece, unawaited

KEPT_FOR = timedelta(days=400)
MAX_ROWS = 50_000
"""The most rows that are read at once: a location's origins, each on every day of a month."""

COUNT_SECONDS = 2.0


async def count_one_more(db: Database, origin: ScannedOrigin, day: str, now: datetime) -> None:
    """Count a scan (index: _id). It need not survive a failover. Raises PyMongoError, also where it takes too long."""
    fixed = {
        "restaurantId": origin.restaurant_id,
        "locationId": origin.location_id,
        "originId": origin.id,
        "day": day,
        "purgeAt": now + KEPT_FOR,
    }
    with pymongo.timeout(COUNT_SECONDS):
        await unawaited(db).origin_scans.update_one(
            {"_id": f"{origin.id}:{day}"}, {"$inc": {"n": 1}, "$setOnInsert": fixed}, upsert=True
        )


async def of_location(
    db: Database, restaurant_id: str, location_id: ObjectId | str, first: str, last: str
) -> list[OriginScans]:
    """A location's scans from one day to another, both included (index: restaurantId, locationId, day)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id, "day": {"$gte": first, "$lte": last}}
    with piece():
        found = await db.origin_scans.find(query).limit(MAX_ROWS).to_list()
    return [OriginScans.model_validate(row) for row in found]
