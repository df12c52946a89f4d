"""The daily list of payments: `reconciliations`, one document a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.domain.payment_states import GIVING_BACK, RUNNING
from shared.store.mongo.client import Database, piece

MAX_LISTED = 1000


async def written(db: Database, day: str) -> bool:
    """Whether the list of a day, such as 2026-11-24, is there."""
    with piece():
        return await db.reconciliations.find_one({"_id": day}, {"_id": 1}) is not None


async def summed_up(db: Database, since: datetime, before: datetime) -> list[dict[str, Any]]:
    """The attempts that began in [since, before), by location and state: how many, and cents (index: beganAt)."""
    steps: list[dict[str, Any]] = [
        {"$match": {"beganAt": {"$gte": since, "$lt": before}}},
        {
            "$group": {
                "_id": {"restaurantId": "$restaurantId", "locationId": "$locationId", "state": "$state"},
                "payments": {"$sum": 1},
                "amountCents": {"$sum": "$amountCents"},
                "tipCents": {"$sum": "$tipCents"},
            }
        },
        {"$sort": {"_id": 1}},
        {"$limit": MAX_LISTED},
    ]
    with piece():
        found = await (await db.payments.aggregate(steps)).to_list(MAX_LISTED)
    return [{**row.pop("_id"), **row} for row in found]


async def not_at_rest(db: Database) -> list[dict[str, Any]]:
    """Payments that are still being taken, looked up or given back (index: state)."""
    states = sorted({*RUNNING, *GIVING_BACK, "approved"})
    fields = {"state": 1, "previewId": 1, "restaurantId": 1, "locationId": 1, "amountCents": 1, "needsAttention": 1}
    with piece():
        return await db.payments.find({"state": {"$in": states}}, fields).to_list(MAX_LISTED)


async def write(
    db: Database, day: str, sums: list[dict[str, Any]], not_at_rest: list[dict[str, Any]], now: datetime
) -> bool:
    """Store a day's list; False where another host stored it first."""
    try:
        with piece():
            await db.reconciliations.insert_one({"_id": day, "writtenAt": now, "sums": sums, "notAtRest": not_at_rest})
    except DuplicateKeyError:
        return False
    return True
