"""The events of restaurants that have webhooks, numbered (collections `webhook_heads`, `webhook_events`).

A number is given in the transaction that inserts the event, and that transaction moves the restaurant's head. So of
two such transactions one runs after the other, and who has read up to a number never misses one below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId
from pymongo import ReturnDocument

from shared.documents.orders import OrderEvent
from shared.documents.trail import TrailEntry, TrailHead
from shared.documents.webhooks import WebhookEvent, WebhookHead
from shared.store.mongo.client import Database, Session, piece

MAX_PAGE = 200
HEADS_AT_A_TIME = 50
ROWS_LOOKED_AT = 500


async def begin(db: Database, restaurant_id: str, now: datetime, trail: TrailHead | None, session: Session) -> None:
    """The restaurant has webhooks from now on (index: _id). What was before is no event."""
    place = {"trailDay": trail.day, "trailSeq": trail.seq} if trail else {"trailDay": "", "trailSeq": 0}
    await db.webhook_heads.update_one(
        {"_id": restaurant_id},
        {"$set": {"hasWebhooks": True, "since": now, **place}, "$setOnInsert": {"seq": 0}},
        upsert=True,
        session=session,
    )


async def end(db: Database, restaurant_id: str, session: Session) -> None:
    """The restaurant has no webhook any more (index: _id)."""
    await db.webhook_heads.update_one({"_id": restaurant_id}, {"$set": {"hasWebhooks": False}}, session=session)


async def heads(db: Database, after: str, limit: int = HEADS_AT_A_TIME) -> list[WebhookHead]:
    """Restaurants with webhooks, by id, from behind one on (index: hasWebhooks, _id)."""
    query = {"hasWebhooks": True, "_id": {"$gt": after}}
    with piece():
        found = await db.webhook_heads.find(query).sort("_id", 1).to_list(limit)
    return [WebhookHead.model_validate(row) for row in found]


async def head(db: Database, restaurant_id: str, session: Session | None = None) -> WebhookHead | None:
    """How far a restaurant's events are numbered (index: _id)."""
    with piece():
        found = await db.webhook_heads.find_one({"_id": restaurant_id}, session=session)
    return WebhookHead.model_validate(found) if found else None


async def with_news(db: Database, of: Sequence[WebhookHead]) -> list[WebhookHead]:
    """Those of these restaurants that have rows which nobody has taken: of orders (index: restaurantId, hookedAt,
    createdAt), or of their trail (index: _id)."""
    if not of:
        return []
    untaken = [{"restaurantId": one.id, "hookedAt": None, "createdAt": {"$gte": one.since}} for one in of]
    with piece():
        rows = await db.order_events.find({"$or": untaken}, {"_id": 0, "restaurantId": 1}).to_list(ROWS_LOOKED_AT)
    with piece():
        trails = await db.trail_heads.find({"_id": {"$in": [one.id for one in of]}}).to_list(len(of))
    news = {row["restaurantId"] for row in rows}
    ends = {row["_id"]: (row.get("day", ""), row.get("seq", 0)) for row in trails}
    return [
        one
        for one in of
        if one.id in news or ends.get(one.id, (one.trail_day, one.trail_seq)) != (one.trail_day, one.trail_seq)
    ]


async def orders_with_rows(db: Database, of: WebhookHead, limit: int) -> list[ObjectId]:
    """Orders of a restaurant with rows that nobody has taken, the oldest row first (index: restaurantId, hookedAt,
    createdAt)."""
    query = {"restaurantId": of.id, "hookedAt": None, "createdAt": {"$gte": of.since}}
    with piece():
        found = await db.order_events.find(query, {"orderId": 1}).sort("createdAt", 1).to_list(limit)
    return list(dict.fromkeys(row["orderId"] for row in found))


async def rows_of_orders(db: Database, order_ids: Sequence[ObjectId], since: datetime, limit: int) -> list[OrderEvent]:
    """The rows of these orders that nobody has taken, each order's in order (index: orderId, seq).

    They are read after the orders were, so no row is missing before one that is there.
    """
    query = {"orderId": {"$in": list(order_ids)}, "hookedAt": None, "createdAt": {"$gte": since}}
    with piece():
        found = await db.order_events.find(query).sort([("orderId", 1), ("seq", 1)]).to_list(limit)
    return [OrderEvent.model_validate(row) for row in found]


async def mark_taken(db: Database, row_ids: Sequence[str], now: datetime) -> None:
    """These rows are events by now: nobody looks at them again (index: _id)."""
    with piece():
        await db.order_events.update_many({"_id": {"$in": list(row_ids)}}, {"$set": {"hookedAt": now}})


async def trail_after(db: Database, of: WebhookHead, limit: int, session: Session) -> list[TrailEntry]:
    """The rows of a restaurant's trail behind the last one that was looked at (index: restaurantId, day, seq)."""
    query = {
        "restaurantId": of.id,
        "$or": [{"day": of.trail_day, "seq": {"$gt": of.trail_seq}}, {"day": {"$gt": of.trail_day}}],
    }
    found = await db.trail.find(query, session=session).sort([("day", 1), ("seq", 1)]).to_list(limit)
    return [TrailEntry.model_validate(row) for row in found]


async def known(db: Database, event_ids: Sequence[str], session: Session) -> set[str]:
    """Those of these that are events already (index: _id)."""
    query = {"_id": {"$in": list(event_ids)}}
    found = await db.webhook_events.find(query, {"_id": 1}, session=session).to_list(len(event_ids))
    return {row["_id"] for row in found}


async def number(
    db: Database, restaurant_id: str, many: int, trail: TrailEntry | None, session: Session
) -> WebhookHead | None:
    """Take so many numbers; returns the head after that, None where the restaurant has no webhooks (index: _id).

    `trail`: the last row of the trail that was looked at.
    """
    place = {"$set": {"trailDay": trail.day, "trailSeq": trail.seq}} if trail else {}
    found = await db.webhook_heads.find_one_and_update(
        {"_id": restaurant_id, "hasWebhooks": True},
        {"$inc": {"seq": many}, **place},
        return_document=ReturnDocument.AFTER,
        session=session,
    )
    return WebhookHead.model_validate(found) if found else None


async def insert(db: Database, events: Sequence[WebhookEvent], session: Session) -> None:
    """Insert events, in the transaction that gave them their numbers."""
    await db.webhook_events.insert_many(
        [one.model_dump(by_alias=True, exclude_none=True) for one in events], session=session
    )


async def page(db: Database, restaurant_id: str, after: int, limit: int) -> list[WebhookEvent]:
    """A restaurant's events behind a number, in order (index: restaurantId, seq)."""
    query = {"restaurantId": restaurant_id, "seq": {"$gt": after}}
    with piece():
        found = await db.webhook_events.find(query).sort("seq", 1).to_list(limit)
    return [WebhookEvent.model_validate(row) for row in found]
