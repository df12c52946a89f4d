"""Restaurants' webhooks: as their owners see them, and as whoever sends takes them (collection `webhooks`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from shared.documents.webhooks import Webhook
from shared.store.mongo.client import Database, Session, piece

MAX_OF_RESTAURANT = 20


@dataclass(frozen=True, slots=True)
class Health:
    """How an address does. `since`: since when it fails, None while it works; `failures`: how many tries failed since.
    `worked_at`: when a try worked last, None where none did now. `proven`: whether it is quick and works, None where
    that was not looked at."""

    failures: int
    since: datetime | None
    worked_at: datetime | None = None
    proven: bool | None = None


async def of_restaurant(db: Database, restaurant_id: str, session: Session | None = None) -> list[Webhook]:
    """A restaurant's webhooks, the oldest first (index: restaurantId)."""
    with piece():
        found = await db.webhooks.find({"restaurantId": restaurant_id}, session=session).to_list(MAX_OF_RESTAURANT)
    return sorted((Webhook.model_validate(row) for row in found), key=lambda one: (str(one.created_at), str(one.id)))


async def one(
    db: Database, restaurant_id: str, webhook_id: ObjectId | str, session: Session | None = None
) -> Webhook | None:
    """A webhook of this restaurant (index: _id)."""
    with piece():
        found = await db.webhooks.find_one({"_id": webhook_id, "restaurantId": restaurant_id}, session=session)
    return Webhook.model_validate(found) if found else None


async def insert(db: Database, document: dict[str, Any], session: Session) -> None:
    """Insert a webhook."""
    await db.webhooks.insert_one(document, session=session)


async def change(
    db: Database,
    webhook_id: ObjectId,
    fields: Mapping[str, Any],
    session: Session,
    *,
    unset: Sequence[str] = (),
) -> None:
    """Set fields of a webhook, whose version grows (index: _id)."""
    change: dict[str, Any] = {"$set": dict(fields), "$inc": {"version": 1}}
    if unset:
        change["$unset"] = dict.fromkeys(unset, "")
    await db.webhooks.update_one({"_id": webhook_id}, change, session=session)


async def delete(db: Database, webhook_id: ObjectId, session: Session) -> None:
    """Delete a webhook (index: _id)."""
    await db.webhooks.delete_one({"_id": webhook_id}, session=session)


async def queue(db: Database, webhook_ids: Sequence[ObjectId], now: datetime, session: Session) -> None:
    """Something was put into the queues of these: they are due, unless they are left alone until later (index: _id)."""
    change = [{"$set": {"queued": {"$add": [{"$ifNull": ["$queued", 0]}, 1]}, "dueAt": {"$ifNull": ["$dueAt", now]}}}]
    await db.webhooks.update_many({"_id": {"$in": list(webhook_ids)}}, change, session=session)


async def due(db: Database, now: datetime, limit: int, *, proven: bool) -> list[ObjectId]:
    """The webhooks that have something to send, the longest due first; the quick ones apart (index: isProven,
    dueAt)."""
    query = {"isProven": proven, "dueAt": {"$lte": now, "$type": "date"}}
    with piece():
        found = await db.webhooks.find(query, {"_id": 1}).sort("dueAt", 1).limit(limit).to_list()
    return [row["_id"] for row in found]


async def lease(db: Database, webhook_id: ObjectId, name: str, now: datetime, until: datetime) -> Webhook | None:
    """Be the only one who sends for a webhook, until then; None where somebody else does, or nothing is due (index:
    _id)."""
    query = {
        "_id": webhook_id,
        "isActive": True,
        "dueAt": {"$lte": now},
        "$or": [{"leaseUntil": None}, {"leaseUntil": {"$lte": now}}],
    }
    with piece():
        found = await db.webhooks.find_one_and_update(
            query, {"$set": {"lease": name, "leaseUntil": until}}, return_document=ReturnDocument.AFTER
        )
    return Webhook.model_validate(found) if found else None


async def queued(db: Database, webhook_id: ObjectId) -> int:
    """How often something was put into its queue (index: _id)."""
    with piece():
        found = await db.webhooks.find_one({"_id": webhook_id}, {"queued": 1})
    return int(found.get("queued") or 0) if found else 0


async def release(
    db: Database, leased: Webhook, *, due_at: datetime | None, queued: int | None = None, health: Health | None = None
) -> bool:
    """Give a lease back; False where it is another's by now, or where something was put into the queue since `queued`
    was read (index: _id).

    `due_at` None: its queue is empty. `health`: how the address did; None where nothing was tried.
    """
    query: dict[str, Any] = {"_id": leased.id, "lease": leased.lease}
    if queued is not None:
        query["queued"] = queued
    fields: dict[str, Any] = {"lease": ""}
    gone: dict[str, Any] = {"leaseUntil": ""}
    (gone if due_at is None else fields)["dueAt"] = due_at or ""
    if health is not None:
        told, forgotten = _health(health)
        fields |= told
        gone |= forgotten
    with piece():
        result = await db.webhooks.update_one(query, {"$set": fields, "$unset": gone})
    return result.modified_count == 1


async def works(db: Database, webhook_id: ObjectId, at: datetime) -> None:
    """The address answered as it should, out of its turn: whatever waits for it is due (index: _id)."""
    told, gone = _health(Health(0, None, at))
    with piece():
        await db.webhooks.update_one(
            {"_id": webhook_id, "dueAt": {"$exists": True}}, {"$set": {**told, "dueAt": at}, "$unset": gone}
        )
        await db.webhooks.update_one({"_id": webhook_id, "dueAt": None}, {"$set": told, "$unset": gone})


def _health(health: Health) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields to set, and those to unset."""
    fields: dict[str, Any] = {"failures": health.failures}
    if health.proven is not None:
        fields["isProven"] = health.proven
    gone: dict[str, Any] = {}
    (gone if health.since is None else fields)["failingSince"] = health.since or ""
    if health.worked_at is not None:
        fields["lastSuccessAt"] = health.worked_at
    return fields, gone
