"""The trail of each restaurant, and what was refused (collections `trail`, `trail_heads`, `trail_refusals`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError, OperationFailure

from shared.documents.trail import TrailEntry, TrailHead, TrailRefusal
from shared.domain.roles import Actor
from shared.store.mongo.client import Database, Session, piece, unawaited, within

MAX_REFUSED = 20
"""How many refusals of an actor are kept in one minute; the rest is only counted."""

REFUSALS_FOR = timedelta(days=90)
REFUSAL_SECONDS = 1.0
_WRITE_CONFLICT = 112
_NEWEST_FIRST = [("day", -1), ("seq", -1)]


@dataclass(frozen=True, slots=True)
class Position:
    """A row's place in its restaurant's chain."""

    day: str
    seq: int


async def head(db: Database, restaurant_id: str, session: Session) -> TrailHead | None:
    """The last row's place, in the transaction that adds the next one (index: _id)."""
    found = await db.trail_heads.find_one({"_id": restaurant_id}, session=session)
    return TrailHead.model_validate(found) if found else None


async def append(db: Database, entry: TrailEntry, session: Session) -> None:
    """Add a row, and move the head to it. Of two transactions that do so at once, one runs again."""
    moved = {"day": entry.day, "seq": entry.seq, "hash": entry.hash}
    try:
        await db.trail_heads.update_one({"_id": entry.restaurant_id}, {"$set": moved}, upsert=True, session=session)
        await db.trail.insert_one(entry.model_dump(by_alias=True, exclude_none=True), session=session)
    except DuplicateKeyError as error:
        # Somebody else began the chain since this transaction did: it reads the head again.
        again = {"errorLabels": ["TransientTransactionError"]}
        raise OperationFailure("the trail has moved", _WRITE_CONFLICT, again) from error


async def newest(
    db: Database, restaurant_id: str, limit: int, *, below: Position | None = None, days: tuple[str, str]
) -> list[TrailEntry]:
    """At most `limit` rows of these days (first and last), the newest first, from before `below` on.

    Index: restaurantId, day, seq.
    """
    query: dict[str, Any] = {"restaurantId": restaurant_id, "day": {"$gte": days[0], "$lte": days[1]}}
    if below is not None and below.day <= days[1]:
        query = {
            "restaurantId": restaurant_id,
            "$or": [
                {"day": below.day, "seq": {"$lt": below.seq}},
                {"day": {"$gte": days[0], "$lt": below.day}},
            ],
        }
    with piece():
        found = await db.trail.find(query).sort(_NEWEST_FIRST).limit(limit).to_list(limit)
    return [TrailEntry.model_validate(row) for row in found]


async def erase_values(db: Database, ids: Sequence[str], at: datetime) -> int:
    """Erase what rows say of before and after, and why; returns how many had something to erase (index: _id)."""
    gone = {"before": "", "after": "", "reason": "", "salt": ""}
    with piece():
        result = await db.trail.update_many(
            {"_id": {"$in": list(ids)}, "erasedAt": None}, {"$unset": gone, "$set": {"erasedAt": at}}
        )
    return result.modified_count


async def keep_refusal(db: Database, actor: Actor, refusal: TrailRefusal) -> None:
    """Keep that an actor was refused, with the others of that minute (index: _id).

    The write need not survive a failover. Raises PyMongoError, also where it takes longer than a second.
    """
    minute = refusal.at.replace(second=0, microsecond=0)
    whose = {"kind": actor.kind, "id": actor.id, "role": actor.role}
    change = {
        "$inc": {"n": 1},
        "$push": {"refused": {"$each": [refusal.model_dump(by_alias=True)], "$slice": MAX_REFUSED}},
        "$setOnInsert": {"at": minute, "actor": whose, "purgeAt": minute + REFUSALS_FOR},
    }
    key = f"{actor.by}:{minute:%Y-%m-%dT%H:%M}"
    with within(REFUSAL_SECONDS):
        await unawaited(db).trail_refusals.update_one({"_id": key}, change, upsert=True)
