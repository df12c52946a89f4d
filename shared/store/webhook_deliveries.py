"""Each event on its way to each webhook, and how that went (collection `webhook_deliveries`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from shared.documents.webhooks import WebhookDelivery
from shared.store.mongo.client import Database, Session, piece

MAX_PAGE = 200


async def insert(db: Database, deliveries: Sequence[WebhookDelivery], session: Session) -> None:
    """Insert deliveries, in the transaction of their events."""
    await db.webhook_deliveries.insert_many(
        [one.model_dump(by_alias=True, exclude_none=True) for one in deliveries], session=session
    )


async def one(
    db: Database, webhook_id: ObjectId, delivery_id: str, session: Session | None = None
) -> WebhookDelivery | None:
    """A delivery of a webhook (index: _id)."""
    with piece():
        found = await db.webhook_deliveries.find_one({"_id": delivery_id, "webhookId": webhook_id}, session=session)
    return WebhookDelivery.model_validate(found) if found else None


async def due(db: Database, webhook_id: ObjectId, now: datetime, limit: int) -> list[WebhookDelivery]:
    """What a webhook is to be sent now, the longest due first (index: webhookId, nextAt, event.seq)."""
    query = {"webhookId": webhook_id, "nextAt": {"$lte": now, "$type": "date"}}
    with piece():
        found = (
            await db.webhook_deliveries.find(query).sort([("nextAt", 1), ("event.seq", 1)]).limit(limit).to_list(limit)
        )
    return [WebhookDelivery.model_validate(row) for row in found]


async def next_at(db: Database, webhook_id: ObjectId) -> datetime | None:
    """When the next delivery of a webhook is due; None where there is none (index: webhookId, nextAt, event.seq)."""
    query = {"webhookId": webhook_id, "nextAt": {"$type": "date"}}
    with piece():
        found = await db.webhook_deliveries.find(query, {"nextAt": 1}).sort("nextAt", 1).limit(1).to_list(1)
    at: datetime | None = found[0]["nextAt"] if found else None
    return at


async def claim(db: Database, delivery_id: str, now: datetime, again_at: datetime) -> WebhookDelivery | None:
    """Begin a try; None where somebody else has (index: _id). Where nobody says how it went, it is due again at
    `again_at`."""
    with piece():
        found = await db.webhook_deliveries.find_one_and_update(
            {"_id": delivery_id, "state": "due", "nextAt": {"$lte": now}},
            {"$set": {"nextAt": again_at}, "$inc": {"tries": 1}},
            return_document=ReturnDocument.AFTER,
        )
    return WebhookDelivery.model_validate(found) if found else None


async def finish(
    db: Database, claimed: WebhookDelivery, outcome: dict[str, Any], *, state: str, next_at: datetime | None
) -> bool:
    """Write down how a try went; False where another one has begun since (index: _id)."""
    change: dict[str, Any] = {"$set": {**outcome, "state": state}, "$unset": {}}
    absent = [name for name, value in outcome.items() if value is None]
    change["$set"] = {name: value for name, value in change["$set"].items() if value is not None}
    change["$unset"] = dict.fromkeys(absent, "")
    if next_at is None:
        change["$unset"]["nextAt"] = ""
    else:
        change["$set"]["nextAt"] = next_at
    if not change["$unset"]:
        del change["$unset"]
    with piece():
        result = await db.webhook_deliveries.update_one(
            {"_id": claimed.id, "state": "due", "tries": claimed.tries}, change
        )
    return result.modified_count == 1


async def again(db: Database, delivery_id: str, now: datetime, give_up_at: datetime, session: Session) -> None:
    """Send it again from now on, whatever came of it (index: _id)."""
    fields = {"state": "due", "nextAt": now, "giveUpAt": give_up_at}
    await db.webhook_deliveries.update_one({"_id": delivery_id}, {"$set": fields}, session=session)


async def page(
    db: Database, webhook_id: ObjectId, limit: int, *, below: tuple[datetime, str] | None = None
) -> list[WebhookDelivery]:
    """A webhook's deliveries, the newest first, from before `below` on: its time and id (index: webhookId, createdAt,
    _id)."""
    query: dict[str, Any] = {"webhookId": webhook_id}
    if below is not None:
        at, key = below
        query = {
            "$or": [
                {"webhookId": webhook_id, "createdAt": at, "_id": {"$lt": key}},
                {"webhookId": webhook_id, "createdAt": {"$lt": at}},
            ]
        }
    with piece():
        found = await db.webhook_deliveries.find(query).sort([("createdAt", -1), ("_id", -1)]).to_list(limit)
    return [WebhookDelivery.model_validate(row) for row in found]


async def drop(db: Database, webhook_id: ObjectId, session: Session) -> None:
    """Forget what a webhook was to be sent (index: webhookId, nextAt, event.seq). Its log is purged in its time."""
    await db.webhook_deliveries.update_many(
        {"webhookId": webhook_id, "nextAt": {"$type": "date"}},
        {"$set": {"state": "failed", "error": "the webhook was deleted"}, "$unset": {"nextAt": ""}},
        session=session,
    )
