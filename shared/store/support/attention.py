"""What a person must look at: bounded lists and counts over small indexes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.documents.checkouts import Checkout
from shared.documents.payments import Payment, PaymentState
from shared.store.mongo.client import Database, Session, piece

MAX_LISTED = 1000
MAX_OF_LOCATION = 200
OWED_HOURS_MORE = 47
"""What is only owed may stand so much longer than what is being given back: 48 hours in all."""

_FLAGGED = {"needsAttention": {"$exists": True}}


async def checkouts_flagged(db: Database) -> list[Checkout]:
    """Checkouts that need a person (index: needsAttention)."""
    with piece():
        found = await db.checkouts.find(_FLAGGED).to_list(MAX_LISTED)
    return [Checkout.model_validate(row) for row in found]


async def checkouts_of(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[Checkout]:
    """Checkouts of a location that need a person (index: locationId, needsAttention)."""
    with piece():
        found = await db.checkouts.find(_of(restaurant_id, location_id)).limit(MAX_OF_LOCATION).to_list()
    return [Checkout.model_validate(row) for row in found]


async def payments_of(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[Payment]:
    """Payments of a location that need a person (index: locationId, needsAttention)."""
    with piece():
        found = await db.payments.find(_of(restaurant_id, location_id)).limit(MAX_OF_LOCATION).to_list()
    return [Payment.model_validate(row) for row in found]


async def payments_not_at_rest_of(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[Payment]:
    """Payments of a location that the reconciler still looks at (index: locationId, nextLookAt)."""
    query = {"locationId": location_id, "nextLookAt": {"$type": "date"}, "restaurantId": restaurant_id}
    with piece():
        found = await db.payments.find(query).limit(MAX_OF_LOCATION).to_list()
    return [Payment.model_validate(row) for row in found]


def _of(restaurant_id: str, location_id: ObjectId | str) -> dict[str, Any]:
    return {"locationId": location_id, "restaurantId": restaurant_id, **_FLAGGED}


async def payments_staying(db: Database, states: Sequence[PaymentState], since: datetime) -> list[Payment]:
    """Payments that have stood as they do in one of these states since before `since` (index: state)."""
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


async def unflag_checkout(db: Database, preview_id: ObjectId, session: Session) -> bool:
    """Take the flag off a checkout (index: _id); False where there is none by now."""
    change = {"$unset": {"needsAttention": ""}}
    result = await db.checkouts.update_one({"_id": preview_id, **_FLAGGED}, change, session=session)
    return result.modified_count == 1


async def unflag_payment(db: Database, payment_id: str, session: Session) -> bool:
    """Take the flag off a payment (index: _id); False where there is none by now."""
    change = {"$unset": {"needsAttention": ""}}
    result = await db.payments.update_one({"_id": payment_id, **_FLAGGED}, change, session=session)
    return result.modified_count == 1


def _staying(states: Sequence[PaymentState], since: datetime) -> dict[str, Any]:
    return {"state": {"$in": list(states)}, "$expr": {"$lt": [_stands_since(), since]}}


def _stands_since() -> dict[str, Any]:
    """The same as `stands_since` of a payment, for the database."""
    refunds = {"$ifNull": ["$refunds", []]}
    sent_until = {"$ifNull": ["$$this.deadlineAt", "$$this.at"]}

    def times(value: Any, *states: str) -> dict[str, Any]:
        of_states = {"$filter": {"input": refunds, "cond": {"$in": ["$$this.state", list(states)]}}}
        return {"$map": {"input": of_states if states else refunds, "in": value}}

    owed_since = {"$min": times("$$this.at", "owed")}
    of_refunds = [
        {"$min": times(sent_until, "intent", "sent", "unknown")},
        {"$dateAdd": {"startDate": owed_since, "unit": "hour", "amount": OWED_HOURS_MORE}},
        {"$max": times(sent_until)},
    ]
    moved = {"$last": "$history.at"}
    return {"$cond": [{"$eq": ["$state", "refunding"]}, {"$ifNull": [*of_refunds, moved]}, moved]}
