"""What was erased, by digests of whom (collection `erasures`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.documents.erasures import Erasure
from shared.store.mongo.client import Database, piece

MAX_LISTED = 1000


async def unfinished(db: Database, digests: Sequence[str], restaurant_id: str) -> Erasure | None:
    """An erasure of just this person, in this restaurant or ("") in all, that is not finished (index: digests)."""
    query = {"digests": list(digests), "restaurantId": restaurant_id, "endedAt": None}
    with piece():
        found = await db.erasures.find_one(query)
    return Erasure.model_validate(found) if found else None


async def begin(db: Database, erasure: Erasure) -> None:
    """Write down that an erasure begins."""
    with piece():
        await db.erasures.insert_one(erasure.model_dump(by_alias=True, exclude_none=True))


async def end(db: Database, run: str, at: datetime, *, orders: int, previews: int, restaurants: int) -> None:
    """The erasure is finished; what its last run has erased (index: _id)."""
    counts = {"orders": orders, "previews": previews, "restaurants": restaurants}
    with piece():
        await db.erasures.update_one({"_id": run}, {"$set": {"endedAt": at, **counts}})


async def of_person(db: Database, digests: Sequence[str]) -> list[Erasure]:
    """The erasures of a person by any of these digests (index: digests)."""
    with piece():
        rows = await db.erasures.find({"digests": {"$in": list(digests)}}).to_list(MAX_LISTED)
    return [Erasure.model_validate(row) for row in rows]


async def newest(db: Database) -> list[Erasure]:
    """The last erasures, the newest first, at most a thousand (index: at)."""
    with piece():
        rows = await db.erasures.find({}).sort("at", -1).to_list(MAX_LISTED)
    return [Erasure.model_validate(row) for row in rows]
