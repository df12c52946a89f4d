"""What MongoDB removes by itself, collection by collection, once its moment (`purgeAt`) has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.store.mongo.client import Database, piece
from shared.store.mongo.indexes import INDEXES, Index

MOST_COUNTED = 1_000_000

_EVER = {"purgeAt": {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}}


@dataclass(frozen=True, slots=True)
class Left:
    """What MongoDB removes of a collection: how many documents, counted up to a million, and the moments at which the
    first and the last of them go; one that is past goes within minutes. `what`: in words."""

    collection: str
    what: str
    count: int
    first: datetime | None
    last: datetime | None


async def left_to_mongodb(db: Database) -> list[Left]:
    """Each collection of which MongoDB removes documents (index: purgeAt)."""
    return [await _left(db, index) for index in INDEXES if index.expires]


async def _left(db: Database, index: Index) -> Left:
    there = db[index.collection]
    with piece():
        count = await there.count_documents(_EVER, limit=MOST_COUNTED)
    first, last = [await _end(db, index, order) for order in (1, -1)]
    return Left(index.collection, index.serves.removeprefix("retention: "), count, first, last)


async def _end(db: Database, index: Index, order: int) -> datetime | None:
    with piece():
        found: dict[str, Any] | None = await db[index.collection].find_one(
            _EVER, {"_id": 0, "purgeAt": 1}, sort=[("purgeAt", order)]
        )
    return None if found is None else found["purgeAt"]
