"""Reading all trails, for the audit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from shared.store.mongo.client import Database, Session, piece

BATCH = 500

Raw = dict[str, Any]


async def restaurants(db: Database) -> list[str]:
    """The restaurants that have a trail, or a head of one."""
    with piece():
        rows = await db.trail.distinct("restaurantId")
        heads = await db.trail_heads.distinct("_id")
    return sorted({str(one) for one in [*rows, *heads]})


async def head(db: Database, restaurant_id: str, session: Session) -> Raw | None:
    """The stored head of a restaurant's trail (index: _id)."""
    with piece():
        return await db.trail_heads.find_one({"_id": restaurant_id}, session=session)


async def rows(db: Database, restaurant_id: str, session: Session) -> AsyncIterator[Raw]:
    """The stored rows of a restaurant in their order, as of the session's moment (index: restaurantId, day, seq)."""
    last: tuple[str, int] | None = None
    while True:
        here: Raw = {"restaurantId": restaurant_id}
        if last is not None:
            here["$or"] = [{"day": last[0], "seq": {"$gt": last[1]}}, {"day": {"$gt": last[0]}}]
        with piece():
            cursor = db.trail.find(here, session=session).sort([("day", 1), ("seq", 1)]).limit(BATCH)
            found = await cursor.to_list(BATCH)
        for row in found:
            yield row
        if len(found) < BATCH:
            return
        last = found[-1]["day"], found[-1]["seq"]
