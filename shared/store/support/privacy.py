"""A diner's data, wherever it lies: to be handed out, or erased (rules 24.6).

The person is looked for in pages by `_id`, since an index over phone numbers would itself be personal data, on every
order and for ever, for something that is asked for a few times a year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from bson import ObjectId

from shared.store.mongo.client import Database, piece

PAGE = 2_000
MAX_ROWS = 2_000

Where = Literal["orders", "orders_preview"]
"""The collections whose documents name a diner."""


_LOOKED_AT = (
    "customer",
    "restaurantId",
    "locationId",
    "items.notes",
    "origin.note",
    "refunds.reason",
    "endReason",
)


async def page(db: Database, where: Where, after: ObjectId | None) -> list[dict[str, Any]]:
    """The customers of the next documents, and what people wrote in them, in the order of their ids (index: _id)."""
    query = {"_id": {"$gt": after}} if after else {}
    with piece():
        found = db[where].find(query, dict.fromkeys(_LOOKED_AT, 1)).sort("_id", 1)
        return await found.batch_size(PAGE).limit(PAGE).to_list(PAGE)


async def zone(db: Database, location_id: Any) -> str:
    """A location's time zone; "" where there is none (index: _id)."""
    with piece():
        found = await db.locations.find_one({"_id": location_id}, {"timezone": 1})
    return str((found or {}).get("timezone") or "")


async def count(db: Database, where: Where) -> int:
    """About how many documents there are."""
    with piece():
        return int(await db[where].estimated_document_count())


async def whole(db: Database, where: Where, document_id: ObjectId) -> dict[str, Any] | None:
    """One document as it is stored (index: _id)."""
    with piece():
        found: dict[str, Any] | None = await db[where].find_one({"_id": document_id})
    return found


async def messages(db: Database, order_id: ObjectId, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """The messages about an order: what kind, when and what became of each (index: _id)."""
    first, last = ([f"{kind}:{order_id}:{end}" for kind in kinds] for end in ("", ";"))
    ranges = [{"_id": {"$gte": low, "$lt": high}} for low, high in zip(first, last, strict=True)]
    fields = {"kind": 1, "about": 1, "state": 1, "since": 1, "outcome": 1, "delivery": 1, "_id": 0}
    with piece():
        return await db.duties.find({"$or": ranges}, fields).to_list(MAX_ROWS)


async def rows(db: Database, order_id: ObjectId) -> list[dict[str, Any]]:
    """What the rows of an order's history say (index: orderId, seq)."""
    with piece():
        return await db.order_events.find({"orderId": order_id}, {"payload": 1}).sort("seq", 1).to_list(MAX_ROWS)


async def rewrite_row(db: Database, row_id: str, payload: Mapping[str, Any]) -> None:
    """Let a row of an order's history say this (index: _id)."""
    with piece():
        await db.order_events.update_one({"_id": row_id}, {"$set": {"payload": dict(payload)}})


async def hook_events(db: Database, restaurant_id: str, after: int) -> list[dict[str, Any]]:
    """The next events of a restaurant's webhooks, which are kept for 30 days (index: restaurantId, seq)."""
    query = {"restaurantId": restaurant_id, "seq": {"$gt": after}}
    with piece():
        return await db.webhook_events.find(query, {"seq": 1, "orderId": 1, "told": 1}).sort("seq", 1).to_list(PAGE)


async def rewrite_hook_event(
    db: Database, event_id: str, told: Mapping[str, Any], webhook_ids: Sequence[ObjectId]
) -> None:
    """Let an event say this, and each of its deliveries, whose answer goes (index: _id)."""
    deliveries = [f"{webhook_id}:{event_id}" for webhook_id in webhook_ids]
    with piece():
        await db.webhook_events.update_one({"_id": event_id}, {"$set": {"told": dict(told)}})
    with piece():
        await db.webhook_deliveries.update_many(
            {"_id": {"$in": deliveries}}, {"$set": {"event.told": dict(told)}, "$unset": {"answer": ""}}
        )


async def trail_rows(db: Database, restaurant_id: str, after: tuple[str, int]) -> list[dict[str, Any]]:
    """The next rows of a restaurant's trail (index: restaurantId, day, seq)."""
    day, seq = after
    query = {"restaurantId": restaurant_id, "$or": [{"day": day, "seq": {"$gt": seq}}, {"day": {"$gt": day}}]}
    fields = {"day": 1, "seq": 1, "target": 1, "before": 1, "after": 1, "reason": 1}
    with piece():
        return await db.trail.find(query, fields).sort([("day", 1), ("seq", 1)]).to_list(PAGE)


async def erase(
    db: Database, where: Where, seen: Mapping[str, Any], fields: Mapping[str, Any], at: datetime | None
) -> bool:
    """Take a person out of one document as it was seen; False where it has changed since (index: _id). `at`: when its
    diner was erased; None where it keeps its own."""
    query = {"_id": seen["_id"], "version": seen.get("version")}
    with piece():
        changed = await db[where].update_one(query, {"$set": {**fields, **({"erasedAt": at} if at else {})}})
    return changed.matched_count == 1


async def outdate_checkout(db: Database, preview_id: ObjectId, placed_before: datetime) -> None:
    """Whoever holds this preview as it was reads it again before it becomes an order: each of a checkout's moves asks
    for the version that was seen. Its cart's key goes, a digest of who ordered what, so that the same cart sent again
    is a new one; but not where it was placed after that moment, for then a second tap must find the first one's order
    (index: _id)."""
    alive = {"_id": preview_id, "state": {"$in": ["open", "claimed"]}}
    keyed = {"_id": preview_id, "$or": [{"state": "open"}, {"state": "placed", "placedAt": {"$lt": placed_before}}]}
    with piece():
        await db.checkouts.update_one(alive, {"$inc": {"version": 1}})
    with piece():
        await db.checkouts.update_one(keyed, {"$unset": {"cartKey": ""}})


async def not_erased(db: Database, order_ids: Sequence[ObjectId]) -> list[dict[str, Any]]:
    """Those of these orders that have their diner (index: _id)."""
    query = {"_id": {"$in": list(order_ids)}, "erasedAt": None}
    with piece():
        return await db.orders.find(query, {"restaurantId": 1}).to_list(len(order_ids))


async def campaigns_with_limits(db: Database, restaurant_id: str) -> list[Any]:
    """The ids of a restaurant's campaigns that count phone numbers (index: restaurantId, locationId)."""
    query = {"restaurantId": restaurant_id, "perPhone": {"$gt": 0}}
    with piece():
        found = await db.campaigns.find(query, {"_id": 1}).to_list(MAX_ROWS)
    return [row["_id"] for row in found]


async def forget_uses(db: Database, keys: Sequence[str]) -> int:
    """Delete the counts with these ids (index: _id)."""
    with piece():
        return int((await db.campaign_uses.delete_many({"_id": {"$in": list(keys)}})).deleted_count)


async def phones_of(db: Database, user_id: str) -> int:
    """How many phones and browsers of somebody of the staff get pushes (index: userId, seenAt)."""
    with piece():
        return int(await db.push_tokens.count_documents({"userId": user_id}))


async def payments(db: Database, order_id: ObjectId) -> list[dict[str, Any]]:
    """What was paid for an order, without what only the gateway needs (index: previewId, attempt)."""
    fields = ("kind", "state", "amountCents", "tipCents", "capturedCents", "brand", "cardTail", "beganAt")
    with piece():
        found = db.payments.find({"previewId": order_id}, {"_id": 0, **dict.fromkeys(fields, 1)}).sort("attempt", 1)
        return await found.to_list(MAX_ROWS)


async def previews(db: Database, after: ObjectId | None) -> list[dict[str, Any]]:
    """When the next previews began, and when they go, in the order of their ids (index: _id)."""
    query = {"_id": {"$gt": after}} if after else {}
    with piece():
        found = db.orders_preview.find(query, {"startedAt": 1, "purgeAt": 1}).sort("_id", 1)
        return await found.batch_size(PAGE).limit(PAGE).to_list(PAGE)


async def delete_previews(db: Database, ids: Sequence[ObjectId]) -> int:
    """Remove these previews (index: _id)."""
    with piece():
        return int((await db.orders_preview.delete_many({"_id": {"$in": list(ids)}})).deleted_count)


async def claimed(db: Database, ids: Sequence[ObjectId]) -> set[ObjectId]:
    """Those of these previews that somebody wants placed still, however long ago (index: _id)."""
    with piece():
        rows = await db.checkouts.find({"_id": {"$in": list(ids)}, "state": "claimed"}, {"_id": 1}).to_list(len(ids))
    return {row["_id"] for row in rows}


async def places(db: Database, after: ObjectId | None, limit: int = PAGE) -> list[dict[str, Any]]:
    """The next locations, with how far the orders of each were seen to: `upTo` for their diners, `historyUpTo` for
    their histories (index: _id)."""
    steps: list[dict[str, Any]] = [
        {"$match": {"_id": {"$gt": after}} if after else {}},
        {"$sort": {"_id": 1}},
        {"$limit": limit},
        {"$lookup": {"from": "retention", "localField": "_id", "foreignField": "_id", "as": "reached"}},
        {
            "$project": {
                "restaurantId": 1,
                **{field: {"$first": f"$reached.{field}"} for field in ("upTo", "historyUpTo")},
            }
        },
    ]
    with piece():
        return await (await db.locations.aggregate(steps)).to_list(limit)


async def old_orders(
    db: Database,
    place: tuple[str, ObjectId | str],
    since: datetime | None,
    before: datetime,
    *,
    limit: int,
    without: str,
) -> list[dict[str, Any]]:
    """A location's oldest orders from `since` on that have no such field (index: restaurantId, locationId, startedAt,
    _id)."""
    when = {**({"$gte": since} if since else {}), "$lt": before}
    query = {"restaurantId": place[0], "locationId": place[1], "startedAt": when, without: None}
    with piece():
        found = db.orders.find(query, {"startedAt": 1}).sort([("startedAt", 1), ("_id", 1)]).limit(limit)
        return await found.to_list(limit)


async def oddly_dated_orders(
    db: Database, place: tuple[str, ObjectId | str], before: datetime, limit: int, without: str
) -> list[dict[str, Any]]:
    """The same of those whose moment is stored as text or as milliseconds (index: restaurantId, locationId,
    startedAt)."""
    text, number = before.isoformat(), int(before.timestamp() * 1000)
    ways = [{"startedAt": {"$gte": "", "$lt": text}}, {"startedAt": {"$gte": 0, "$lt": number}}]
    query = {"restaurantId": place[0], "locationId": place[1], "$or": ways, without: None}
    with piece():
        return await db.orders.find(query, {"_id": 1}).limit(limit).to_list(limit)


async def delete_history(db: Database, order_ids: Sequence[ObjectId]) -> None:
    """Delete the rows of these orders, which say so from then on (indexes: _id; orderId, seq)."""
    with piece():
        await db.orders.update_many({"_id": {"$in": list(order_ids)}}, {"$set": {"historyGone": True}})
    with piece():
        await db.order_events.delete_many({"orderId": {"$in": list(order_ids)}})


async def seen_to(db: Database, before: datetime, *, delete: bool) -> int:
    """How many entries of attention ended before then; they are deleted, if asked (index: endedAt, kind)."""
    query = {"endedAt": {"$lt": before, "$type": "date"}}
    with piece():
        if delete:
            return int((await db.attention.delete_many(query)).deleted_count)
        return int(await db.attention.count_documents(query))


async def reach(db: Database, location_id: ObjectId | str, field: str, upto: datetime) -> None:
    """The orders of a location are seen to up to this moment (index: _id)."""
    with piece():
        await db.retention.update_one({"_id": location_id}, {"$set": {field: upto}}, upsert=True)
