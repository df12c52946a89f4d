"""Payments: every move is a compare-and-set on state and version, and the table of moves is asked first (rules 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from shared.documents.payments import Payment, PaymentState
from shared.domain.payment_states import MOST_ATTEMPTS, RUNNING, may_move
from shared.store.mongo.client import Database, MovedError, Session, piece

MAX_LISTED = 1000


async def insert(db: Database, payment: Mapping[str, Any], session: Session) -> None:
    """Keep a new attempt, in the claim's transaction. Raises DuplicateKeyError (`_id`, `tokenHash`): read again."""
    await db.payments.insert_one(dict(payment), session=session)


async def get(db: Database, payment_id: str, session: Session | None = None) -> Payment | None:
    """A payment by id."""
    with piece():
        found = await db.payments.find_one({"_id": payment_id}, session=session)
    return Payment.model_validate(found) if found else None


async def by_token_hash(db: Database, token_hash: str) -> Payment | None:
    """The attempt that this card or wallet token belongs to (index: tokenHash)."""
    with piece():
        found = await db.payments.find_one({"tokenHash": token_hash})
    return Payment.model_validate(found) if found else None


async def by_gateway_id(db: Database, gateway_id: str) -> Payment | None:
    """The payment that the gateway knows by this id of its own (index: gatewayId)."""
    with piece():
        found = await db.payments.find_one({"gatewayId": gateway_id})
    return Payment.model_validate(found) if found else None


async def of_preview(db: Database, preview_id: ObjectId, session: Session | None = None) -> list[Payment]:
    """All attempts to pay for a preview, the first first (index: previewId, attempt)."""
    return (await of_previews(db, [preview_id], session)).get(preview_id, [])


async def of_previews(
    db: Database, preview_ids: Sequence[ObjectId], session: Session | None = None
) -> dict[ObjectId, list[Payment]]:
    """The attempts of each of these previews that has some, the first first (index: previewId, attempt)."""
    query = {"previewId": {"$in": list(preview_ids)}}
    most = len(preview_ids) * MOST_ATTEMPTS
    with piece():
        found = await db.payments.find(query, session=session).sort("attempt", 1).to_list(most)
    attempts: dict[ObjectId, list[Payment]] = {}
    for row in found:
        attempts.setdefault(row["previewId"], []).append(Payment.model_validate(row))
    return attempts


async def move(
    db: Database,
    payment: Payment,
    to: PaymentState,
    *,
    at: datetime,
    by: str,
    fields: Mapping[str, Any] | None = None,
    look_at: datetime | None = None,
    session: Session | None = None,
) -> bool:
    """Move a payment from the state it was seen in; False where somebody else moved it first.

    `fields` are set in the same update. `look_at`: when the reconciler looks at it next, None for never.
    The first move drops the sealed token: the winner of `intent -> sent` has read it, and nobody else needs it. What
    ends the attempt drops the digest of its client address.
    Each move drops the flag for a person, but for one in `fields`: what was stuck has moved.
    """
    assert may_move(payment.state, to), f"no payment goes from {payment.state} to {to}"
    change: dict[str, Any] = {
        "$set": {**(fields or {}), "state": to, "nextLookAt": look_at},
        "$push": {"history": {"state": to, "at": at, "by": by}},
        "$inc": {"version": 1},
    }
    dropped = ["sealedToken"] if payment.state == "intent" else []
    if payment.asked_from is not None and to not in RUNNING:
        dropped.append("askedFrom")
    if "needsAttention" not in change["$set"]:
        dropped.append("needsAttention")
    if dropped:
        change["$unset"] = dict.fromkeys(dropped, "")
    with piece():
        result = await db.payments.update_one(_as_seen(payment), change, session=session)
    return result.modified_count == 1


def _as_seen(payment: Payment) -> dict[str, Any]:
    """The query for a payment that nobody has moved since it was seen."""
    return {"_id": payment.id, "state": payment.state, "version": payment.version or {"$in": [0, None]}}


async def must_move(
    db: Database,
    payment: Payment,
    to: PaymentState,
    *,
    at: datetime,
    by: str,
    session: Session,
    fields: Mapping[str, Any] | None = None,
    look_at: datetime | None = None,
) -> None:
    """Move a payment as part of a transaction. Raises MovedError, which undoes the whole transaction."""
    if not await move(db, payment, to, at=at, by=by, fields=fields, look_at=look_at, session=session):
        raise MovedError


async def note(
    db: Database, payment: Payment, *, look_at: datetime | None, fields: Mapping[str, Any] | None = None
) -> bool:
    """Store what a look-up found, without a move; False where the payment moved meanwhile."""
    change = {"$set": {**(fields or {}), "nextLookAt": look_at}, "$inc": {"looks": 1}}
    with piece():
        result = await db.payments.update_one(_as_seen(payment), change)
    return result.modified_count == 1


async def due(db: Database, now: datetime, limit: int) -> list[str]:
    """Payments that the reconciler must look at now; first those that have waited longest (index: nextLookAt)."""
    query = {"nextLookAt": {"$lte": now, "$type": "date"}}
    with piece():
        found = await db.payments.find(query, {"_id": 1}).sort("nextLookAt", 1).to_list(limit)
    return [row["_id"] for row in found]


async def take_due(db: Database, payment_id: str, now: datetime, again_at: datetime) -> Payment | None:
    """Take a due payment, and put off the next look to `again_at`; None where another reconciler took it first."""
    with piece():
        found = await db.payments.find_one_and_update(
            {"_id": payment_id, "nextLookAt": {"$lte": now}},
            {"$set": {"nextLookAt": again_at}},
            return_document=ReturnDocument.AFTER,
        )
    return Payment.model_validate(found) if found else None


async def flag(db: Database, payment_id: str, reason: str, session: Session | None = None) -> None:
    """Flag a payment for a person; the first reason stays until the payment moves."""
    unflagged = {"_id": payment_id, "needsAttention": {"$exists": False}}
    with piece():
        await db.payments.update_one(unflagged, {"$set": {"needsAttention": reason}}, session=session)


async def put_off(db: Database, payment_id: str, look_at: datetime) -> None:
    """Let the reconciler look at a payment that is being given back no sooner than `look_at`."""
    with piece():
        await db.payments.update_one(
            {"_id": payment_id, "state": {"$in": ["voiding", "refunding"]}}, {"$set": {"nextLookAt": look_at}}
        )


async def needing_attention(db: Database, limit: int = MAX_LISTED) -> list[Payment]:
    """Payments that a person must look at, at most so many (index: needsAttention)."""
    with piece():
        found = await db.payments.find({"needsAttention": {"$exists": True}}).to_list(limit)
    return [Payment.model_validate(row) for row in found]
