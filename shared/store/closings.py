"""Live connections that are to be closed, now and once more later (collection `closings`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from bson import ObjectId

from shared.documents.people import Closing
from shared.store.mongo.client import Database, Session, piece

KEPT_FOR = timedelta(days=1)


async def insert(
    db: Database, groups: Iterable[str], *, now: datetime, again_at: datetime, session: Session | None = None
) -> list[Closing]:
    """Write down that the connections of these groups are to be closed, now and at `again_at`."""
    rows = [
        {"_id": ObjectId(), "group": group, "nextAt": now, "againAt": again_at, "purgeAt": now + KEPT_FOR}
        for group in groups
    ]
    if rows:
        with piece():
            await db.closings.insert_many(rows, session=session)
    return [Closing.model_validate(row) for row in rows]


async def due(db: Database, now: datetime, limit: int) -> list[Closing]:
    """What is to be closed by now, the longest due first (index: nextAt)."""
    with piece():
        found = await db.closings.find({"nextAt": {"$lte": now}}).sort("nextAt", 1).to_list(limit)
    return [Closing.model_validate(row) for row in found]


async def any_of(db: Database, groups: Collection[str]) -> bool:
    """Whether connections of one of these groups are to be closed, or were a moment ago (index: group)."""
    with piece():
        return await db.closings.find_one({"group": {"$in": list(groups)}}, {"_id": 1}) is not None


async def closed(db: Database, closing: Closing) -> None:
    """It was closed: put it off until the second time, or forget it after that (index: _id)."""
    with piece():
        if closing.again_at is None:
            await db.closings.delete_one({"_id": closing.id})
        else:
            later = {"$set": {"nextAt": closing.again_at}, "$unset": {"againAt": ""}}
            await db.closings.update_one({"_id": closing.id, "againAt": closing.again_at}, later)
