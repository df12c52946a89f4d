"""Counts for limits: requests of a minute, declined payments, and the open previews of a location."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pymongo
from bson import ObjectId

from shared.store.mongo.client import Database, Session, piece, unawaited

COUNT_SECONDS = 1.0
"""How long counting may take, in seconds: a limit is not worth more of a diner's time."""

_OPEN_PREVIEWS = "locationId_1_state_1_expiresAt_1"


@dataclass(frozen=True, slots=True)
class Counted:
    """How often was counted under one key, and how often of that at one place."""

    everywhere: int
    here: int


async def count_one_more(db: Database, key: str, place: str | None, *, purge_at: datetime) -> Counted:
    """Count one more under `key`, and under `place` (a field's name) of it. One round trip (index: _id).

    The write need not survive a failover: the count is purged soon anyway. Raises PyMongoError, also where it takes
    longer than a second.
    """
    found = await _add(db, key, "at", place, purge_at)
    return Counted(int(found["n"]), int(found.get("at", {}).get(place, 0)))


async def count_one_less(db: Database, key: str) -> None:
    """What was counted under `key` last did not happen after all (index: _id). Raises PyMongoError, as above."""
    with pymongo.timeout(COUNT_SECONDS):
        await unawaited(db).request_counters.update_one({"_id": key, "n": {"$gt": 0}}, {"$inc": {"n": -1}})


async def counted(db: Database, key: str) -> int:
    """How often was counted under `key` (index: _id). Raises PyMongoError, also where it takes longer than a second."""
    with pymongo.timeout(COUNT_SECONDS):
        found = await unawaited(db).request_counters.find_one({"_id": key}, {"n": 1})
    return 0 if found is None else int(found["n"])


async def count_in(db: Database, key: str, *, purge_at: datetime, session: Session) -> int:
    """Count one more under `key` in a transaction, and return the count: what is undone does not count (index: _id)."""
    with piece():
        found = await db.request_counters.find_one_and_update(
            {"_id": key},
            {"$inc": {"n": 1}, "$setOnInsert": {"purgeAt": purge_at}},
            upsert=True,
            return_document=pymongo.ReturnDocument.AFTER,
            session=session,
        )
    assert found is not None
    return int(found["n"])


async def count_decline(db: Database, key: str, address: str | None, *, purge_at: datetime) -> int:
    """Count a declined payment under `key`, and under the digest of the address that it came from where that is known;
    returns the count of `key`. One round trip (index: _id). Raises PyMongoError, also where it takes too long."""
    found = await _add(db, key, "by", address, purge_at)
    return int(found["n"])


async def declines(db: Database, keys: Sequence[str]) -> tuple[int, Mapping[str, int]]:
    """The declined payments under these keys together: how many, and how many by digest of address (index: _id).

    Raises PyMongoError, also where it takes longer than a second.
    """
    with pymongo.timeout(COUNT_SECONDS):
        rows = await unawaited(db).request_counters.find({"_id": {"$in": list(keys)}}).to_list(len(keys))
    by_address: Counter[str] = Counter()
    for row in rows:
        by_address.update({digest: int(n) for digest, n in row.get("by", {}).items()})
    return sum(int(row["n"]) for row in rows), by_address


async def _add(db: Database, key: str, group: str, member: str | None, purge_at: datetime) -> dict[str, Any]:
    counted = {"n": 1} if member is None else {"n": 1, f"{group}.{member}": 1}
    with pymongo.timeout(COUNT_SECONDS):
        found = await unawaited(db).request_counters.find_one_and_update(
            {"_id": key},
            {"$inc": counted, "$setOnInsert": {"purgeAt": purge_at}},
            {"_id": 0, **dict.fromkeys(counted, 1)},
            upsert=True,
            return_document=pymongo.ReturnDocument.AFTER,
        )
    assert found is not None
    return found


async def open_previews(db: Database, location_id: ObjectId | str, now: datetime, limit: int) -> int:
    """How many of a location's previews can still be placed, counted up to `limit`, from the index alone.

    Raises PyMongoError, also where it takes longer than a second, or the index is missing: a limit is not worth a scan.
    """
    query = {"locationId": location_id, "state": "open", "expiresAt": {"$gt": now}}
    with pymongo.timeout(COUNT_SECONDS):
        return await db.checkouts.count_documents(query, limit=limit, hint=_OPEN_PREVIEWS)
