"""Checkouts: every move is a compare-and-set on `state` and `version`, and adds 1 to `version` (rules 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pymongo
from bson import ObjectId

from shared.documents.checkouts import Checkout, Claim, Decision, Refusal, Taken
from shared.store.mongo.client import Database, MovedError, Session, piece
from shared.telemetry import traces

HELD_FOR = timedelta(minutes=30)
"""How long after placing a cart's key and lines still lead to its order."""

WAKE_AFTER_EXPIRY = timedelta(seconds=60)
WAKE_AFTER_CLAIM = timedelta(seconds=5)
FIRST_BACK_OFF_SECONDS = 5
LONGEST_BACK_OFF_SECONDS = 300
TAKE_SECONDS = 2.0


def opened(
    preview_id: ObjectId, restaurant_id: str, location_id: ObjectId | str, expires_at: datetime, cart_key: str | None
) -> dict[str, Any]:
    """A new checkout's document. It keeps the trace that goes on: its order's."""
    document: dict[str, Any] = {
        "_id": preview_id,
        "restaurantId": restaurant_id,
        "locationId": location_id,
        "state": "open",
        "version": 1,
        "expiresAt": expires_at,
        "claim": None,
        "refusal": None,
        "duties": [],
        "nextWakeAt": expires_at + WAKE_AFTER_EXPIRY,
        "wakes": 0,
        **traces.kept(),
    }
    if cart_key is not None:
        document["cartKey"] = cart_key
    return document


async def insert(db: Database, checkout: dict[str, Any], session: Session | None = None) -> None:
    """Open a checkout. Raises DuplicateKeyError (`_id`, `cartKey`), which means: read again."""
    with piece():
        await db.checkouts.insert_one(checkout, session=session)


async def get(db: Database, preview_id: ObjectId, session: Session | None = None) -> Checkout | None:
    """A checkout by its preview's id."""
    with piece():
        found = await db.checkouts.find_one({"_id": preview_id}, session=session)
    return Checkout.model_validate(found) if found else None


async def trace_of(db: Database, preview_id: ObjectId) -> str | None:
    """The trace that a checkout keeps (index: _id)."""
    with piece():
        found = await db.checkouts.find_one({"_id": preview_id}, {"_id": 0, "trace": 1})
    return found.get("trace") if found else None


async def by_cart_key(db: Database, cart_key: str) -> Checkout | None:
    """The checkout that holds this cart's key (index: cartKey)."""
    with piece():
        found = await db.checkouts.find_one({"cartKey": cart_key})
    return Checkout.model_validate(found) if found else None


async def holders(db: Database, location_id: ObjectId | str, line_ids: Sequence[str], but: ObjectId) -> list[Checkout]:
    """Other checkouts of the location that hold one of these lines (index: locationId, heldLines)."""
    query = {"locationId": location_id, "heldLines": {"$in": list(line_ids)}, "_id": {"$ne": but}}
    with piece():
        found = await db.checkouts.find(query).to_list(len(line_ids) + 1)
    return [Checkout.model_validate(row) for row in found]


async def extend(db: Database, checkout: Checkout, expires_at: datetime) -> bool:
    """Give an open checkout more time; False where it moved meanwhile."""
    change = {
        "$set": {"expiresAt": expires_at, "nextWakeAt": expires_at + WAKE_AFTER_EXPIRY},
        "$inc": {"version": 1},
    }
    return await _move(db, checkout, "open", change)


async def claim(
    db: Database,
    checkout: Checkout,
    claim: Claim,
    held_lines: Sequence[str],
    session: Session | None = None,
    *,
    taken: Taken | None = None,
) -> bool:
    """open -> claimed, with the cart's lines and what was taken; False where the checkout moved meanwhile.

    Raises DuplicateKeyError where another checkout holds one of the lines. The caller wakes the driver; so
    `wokenVersion` is set already, and the first sweep that finds this version unmoved runs the next step itself.
    """
    fields: dict[str, Any] = {
        "state": "claimed",
        "claim": claim.model_dump(by_alias=True),
        "refusal": None,
        "wakes": 0,
        "wokenVersion": checkout.version + 1,
        "nextWakeAt": claim.at + WAKE_AFTER_CLAIM,
    }
    if held_lines:
        fields["heldLines"] = list(held_lines)
    if taken is not None:
        fields["taken"] = taken.model_dump(by_alias=True)
    return await _move(db, checkout, "open", {"$set": fields, "$inc": {"version": 1}}, session)


async def release_lines(db: Database, checkout: Checkout, session: Session) -> None:
    """Let go of lines that were held long enough. Raises MovedError."""
    await _must_move(db, checkout, "placed", {"$unset": {"heldLines": ""}, "$inc": {"version": 1}}, session)


async def release_cart_key(db: Database, checkout: Checkout, session: Session) -> None:
    """Let a placed checkout's cart be a new cart. Raises MovedError."""
    await _must_move(db, checkout, "placed", {"$unset": {"cartKey": ""}, "$inc": {"version": 1}}, session)


async def place(
    db: Database,
    claimed: Sequence[Checkout],
    *,
    placed_at: datetime,
    duties: Sequence[dict[str, Any]],
    next_wake_at: datetime | None,
    purge_at: datetime,
    over_by: Sequence[datetime],
    session: Session,
) -> None:
    """claimed -> placed, for all of `claimed`. Guards the attempt, too: who saw an older claim must not place this one.

    `over_by`: of each, when its orchestration must have ended. Raises MovedError where one of them moved meanwhile.
    """
    fields = {
        "state": "placed",
        "placedAt": placed_at,
        "duties": list(duties),
        "nextWakeAt": next_wake_at,
        "purgeAt": purge_at,
    }
    more = {"$unset": {"needsAttention": ""}, "$inc": {"version": 1}}
    updates = [
        pymongo.UpdateOne(_as_seen(one, "claimed", _attempt(one)), {"$set": {**fields, "instanceLookAt": by}, **more})
        for one, by in zip(claimed, over_by, strict=True)
    ]
    result = await db.checkouts.bulk_write(updates, session=session)
    if result.modified_count != len(updates):
        raise MovedError


def _attempt(checkout: Checkout) -> dict[str, Any]:
    """The guard of the claim's attempt."""
    assert checkout.claim is not None
    return {"claim.attempt": checkout.claim.attempt}


async def reopen(
    db: Database,
    checkout: Checkout,
    *,
    refusal: Refusal,
    expires_at: datetime,
    never_left: bool = False,
    wake_at: datetime | None = None,
    session: Session,
) -> None:
    """claimed -> open, in the transaction that ends the claim's attempt to pay. It guards the attempt, so that of two
    drivers that saw the same decline one reopens.

    `never_left`: the attempt is none of those that the diner has. `wake_at`: when it is to be looked at, where that is
    before it expires.
    Raises MovedError.
    """
    change = {
        "$set": {
            "state": "open",
            "claim": None,
            "refusal": refusal.model_dump(by_alias=True),
            "expiresAt": expires_at,
            "nextWakeAt": wake_at or expires_at + WAKE_AFTER_EXPIRY,
        },
        "$unset": {"heldLines": "", "needsAttention": ""},
        "$inc": {"version": 1, **({"neverLeft": 1} if never_left else {})},
    }
    await _must_move(db, checkout, "claimed", change, session, guard=_attempt(checkout))


async def abandon(
    db: Database,
    checkout: Checkout,
    *,
    refusal: Refusal,
    decision: Decision,
    purge_at: datetime,
    over_by: datetime,
    session: Session,
) -> None:
    """claimed -> abandoned, with the person's decision and what the diner is told.

    `over_by`: when its orchestration must have ended. Guards the attempt, too: a decision about one attempt is none
    about the next. Raises MovedError.
    """
    change = {
        "$set": {
            "state": "abandoned",
            "refusal": refusal.model_dump(by_alias=True),
            "decision": decision.model_dump(by_alias=True),
            "nextWakeAt": None,
            "purgeAt": purge_at,
            "instanceLookAt": over_by,
        },
        "$unset": {"cartKey": "", "heldLines": "", "needsAttention": ""},
        "$inc": {"version": 1},
    }
    await _must_move(db, checkout, "claimed", change, session, guard=_attempt(checkout))


async def expire(db: Database, checkout: Checkout, *, purge_at: datetime, over_by: datetime, session: Session) -> None:
    """open -> expired, so that its cart can be priced anew. `over_by`: when its orchestration must have ended.

    Raises MovedError.
    """
    change = {
        "$set": {"state": "expired", "nextWakeAt": None, "purgeAt": purge_at, "instanceLookAt": over_by},
        "$unset": {"cartKey": "", "needsAttention": ""},
        "$inc": {"version": 1},
    }
    await _must_move(db, checkout, "open", change, session)


async def due(db: Database, now: datetime, limit: int, *, paying: bool) -> list[ObjectId]:
    """Checkouts that the sweeper must look at now, the longest due first (index: nextWakeAt, claim.kind).

    `paying`: those whose claim promises a payment. Otherwise all others, and of each batch unpaid claims first.
    """
    kinds = {"$in" if paying else "$nin": ["card", "wallet"]}
    query = {"nextWakeAt": {"$lte": now, "$type": "date"}, "claim.kind": kinds}
    with piece():
        found = await db.checkouts.find(query, {"state": 1}).sort("nextWakeAt", 1).to_list(limit)
    return [document["_id"] for document in sorted(found, key=lambda one: one.get("state") != "claimed")]


async def take_due(db: Database, preview_id: ObjectId, now: datetime) -> Checkout | None:
    """Take a due checkout, and put off the next look; None where another sweeper took it first (rules 8).

    Returns the checkout as it was before. The back-off is 5, 10, 20 ... 300 s; `wokenVersion` keeps the version that
    was seen. A dead client's transaction may still hold the document: it is left after two seconds, so that it does not
    hold up the others.
    """
    back_off = {
        "$min": [
            LONGEST_BACK_OFF_SECONDS,
            {"$multiply": [FIRST_BACK_OFF_SECONDS, {"$pow": [2, {"$min": ["$wakes", 10]}]}]},
        ]
    }
    change = [
        {
            "$set": {
                "nextWakeAt": {"$add": [now, {"$multiply": [1000, back_off]}]},
                "wakes": {"$add": ["$wakes", 1]},
                "wokenVersion": "$version",
            }
        }
    ]
    with pymongo.timeout(TAKE_SECONDS):
        found = await db.checkouts.find_one_and_update({"_id": preview_id, "nextWakeAt": {"$lte": now}}, change)
    return Checkout.model_validate(found) if found else None


async def flag(db: Database, preview_id: ObjectId, reason: str) -> None:
    """Flag a checkout for a person, once; the first reason stays. This is no move."""
    with piece():
        await db.checkouts.update_one(
            {"_id": preview_id, "needsAttention": {"$exists": False}}, {"$set": {"needsAttention": reason}}
        )


async def _must_move(
    db: Database,
    checkout: Checkout,
    state: str,
    change: dict[str, Any],
    session: Session,
    *,
    guard: dict[str, Any] | None = None,
) -> None:
    if not await _move(db, checkout, state, change, session, guard=guard):
        raise MovedError


async def _move(
    db: Database,
    checkout: Checkout,
    state: str,
    change: dict[str, Any],
    session: Session | None = None,
    *,
    guard: dict[str, Any] | None = None,
) -> bool:
    with piece():
        result = await db.checkouts.update_one(_as_seen(checkout, state, guard), change, session=session)
    return result.modified_count == 1


def _as_seen(checkout: Checkout, state: str, guard: Mapping[str, Any] | None) -> dict[str, Any]:
    """The query that finds the checkout only where nobody has moved it since it was seen."""
    return {"_id": checkout.id, "state": state, "version": checkout.version, **(guard or {})}


async def release_cart(db: Database, checkout: Checkout, session: Session) -> None:
    """Release the key and the lines of a placed checkout whose order ended, so that the cart can be ordered again.

    Raises MovedError.
    """
    change = {"$unset": {"cartKey": "", "heldLines": ""}, "$inc": {"version": 1}}
    await _must_move(db, checkout, "placed", change, session)


async def states(db: Database, preview_ids: Sequence[ObjectId]) -> dict[ObjectId, str]:
    """The state of each of these checkouts; those that do not exist are left out."""
    with piece():
        found = await db.checkouts.find({"_id": {"$in": list(preview_ids)}}, {"state": 1}).to_list(len(preview_ids))
    return {checkout["_id"]: str(checkout["state"]) for checkout in found}
