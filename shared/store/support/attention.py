"""What a person must look at: bounded lists and counts over small indexes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.documents.checkouts import Checkout
from shared.documents.payments import Payment, PaymentState
from shared.store.mongo.client import Database, piece

MAX_LISTED = 1000

_FLAGGED = {"needsAttention": {"$exists": True}}


async def checkouts_flagged(db: Database) -> list[Checkout]:
    """Checkouts that need a person (index: needsAttention)."""
    with piece():
        found = await db.checkouts.find(_FLAGGED).to_list(MAX_LISTED)
    return [Checkout.model_validate(row) for row in found]


async def payments_staying(db: Database, states: Sequence[PaymentState], since: datetime) -> list[Payment]:
    """Payments that have been in one of these states since before `since` (index: state)."""
    with piece():
        found = await db.payments.find(_staying(states, since)).to_list(MAX_LISTED)
    return [Payment.model_validate(row) for row in found]


async def count(db: Database, staying: Sequence[tuple[Sequence[PaymentState], datetime]]) -> int:
    """How many checkouts and payments these are together. Each counts once; at most a thousand of each kind count.

    It takes one round trip, because `health/ready` asks for it.
    """
    either = [_FLAGGED, *(_staying(states, since) for states, since in staying)]
    steps: list[dict[str, Any]] = [
        {"$match": _FLAGGED},
        {"$limit": MAX_LISTED},
        {"$project": {"_id": 1}},
        {
            "$unionWith": {
                "coll": "payments",
                "pipeline": [{"$match": {"$or": either}}, {"$limit": MAX_LISTED}, {"$project": {"_id": 1}}],
            }
        },
        {"$count": "n"},
    ]
    with piece():
        found = await (await db.checkouts.aggregate(steps)).to_list(1)
    return int(found[0]["n"]) if found else 0


async def dismiss(db: Database, preview_id: ObjectId) -> int:
    """Take the flags off a checkout and its payments (index: previewId, attempt); returns how many there were."""
    change = {"$unset": {"needsAttention": ""}}
    with piece():
        checkout = await db.checkouts.update_one({"_id": preview_id, **_FLAGGED}, change)
        attempts = await db.payments.update_many({"previewId": preview_id, **_FLAGGED}, change)
    return checkout.modified_count + attempts.modified_count


def _staying(states: Sequence[PaymentState], since: datetime) -> dict[str, Any]:
    came = {"$last": "$history.at"}
    return {"state": {"$in": list(states)}, "$expr": {"$lt": [came, since]}}
