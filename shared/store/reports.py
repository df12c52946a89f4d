"""A location's orders of some days, page by page along the index: however many there are, no page costs more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.documents.menu import Translated
from shared.documents.orders import Order
from shared.store.menus import IN_USE
from shared.store.mongo.client import Database, piece
from shared.store.orders import readable

PAGE = 250
MAX_MENUS = 50

ORDER_FIELDS = {
    "orderCode": 1,
    "paymentId": 1,
    "paidWith": 1,
    "restaurantId": 1,
    "locationId": 1,
    "status": 1,
    "origin": 1,
    "meta.acceptedAt": 1,
    "items.id": 1,
    "items.menuItemId": 1,
    "items.name": 1,
    "items.staffName": 1,
    "items.priceCents": 1,
    "items.startedAt": 1,
    "items.completedAt": 1,
    "clearedAt": 1,
    "discount": 1,
    "subtotalCents": 1,
    "taxCents": 1,
    "taxPercent": 1,
    "discountCents": 1,
    "totalPriceCents": 1,
    "tipCents": 1,
    "refunds": 1,
    "refundedCents": 1,
    "counter": 1,
    "startedAt": 1,
    "readyAt": 1,
    "endedAt": 1,
    "version": 1,
    "routing": 1,
}
"""What reports read of an order: not who ordered, and not what was chosen for each dish."""

REFUND_FIELDS = {
    "orderCode": 1,
    "paymentId": 1,
    "paidWith": 1,
    "restaurantId": 1,
    "locationId": 1,
    "status": 1,
    "counter.kind": 1,
    "startedAt": 1,
    "refunds": 1,
}


@dataclass(frozen=True, slots=True)
class Span:
    """A location, and the moments (UTC) between which its orders were placed; the end is not included."""

    restaurant_id: str
    location_id: ObjectId | str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """An order's place in a list."""

    at: datetime
    id: ObjectId


@dataclass(frozen=True, slots=True)
class RefundPlace:
    """A refund's place in a list."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some orders. `next`: the place of the last one, where there are more behind it."""

    orders: list[Order]
    next: Position | None


async def newest(db: Database, span: Span, limit: int, *, after: Position | None = None, whole: bool = False) -> Page:
    """At most `limit` orders of the span, the newest first, from before `after` on; `whole`: with all their fields.

    Index: restaurantId, locationId, startedAt, _id.
    """
    return await _page(db, span, limit, after, whole=whole, order=-1)


async def oldest(db: Database, span: Span, limit: int, *, after: Position | None = None) -> Page:
    """At most `limit` orders of the span, the oldest first, from behind `after` on.

    Index: restaurantId, locationId, startedAt, _id.
    """
    return await _page(db, span, limit, after, whole=False, order=1)


async def each(db: Database, span: Span) -> AsyncIterator[list[Order]]:
    """All orders of the span, the oldest first, some hundred at a time."""
    page = await oldest(db, span, PAGE)
    yield page.orders
    while page.next is not None:
        page = await oldest(db, span, PAGE, after=page.next)
        yield page.orders


async def _page(db: Database, span: Span, limit: int, after: Position | None, *, whole: bool, order: int) -> Page:
    with piece():
        # MongoDB's own first batch holds 101: more would take more round trips.
        cursor = db.orders.find(_beyond(span, after, order), None if whole else ORDER_FIELDS, batch_size=limit + 1)
        found = await cursor.sort([("startedAt", order), ("_id", order)]).limit(limit + 1).to_list(limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return Page(readable(found[:limit]), None if last is None else Position(last["startedAt"], last["_id"]))


def _beyond(span: Span, after: Position | None, order: int) -> dict[str, Any]:
    """The orders of the span that come behind a place, in this order."""
    here = {"restaurantId": span.restaurant_id, "locationId": span.location_id}
    whole = {**here, "startedAt": {"$gte": span.since, "$lt": span.until}}
    if after is None:
        return whole
    if not span.since <= after.at < span.until:
        outside = after.at < span.since if order > 0 else after.at >= span.until
        return whole if outside else {**whole, "_id": {"$in": []}}
    if order > 0:
        later = [
            {**here, "startedAt": after.at, "_id": {"$gt": after.id}},
            {**here, "startedAt": {"$gt": after.at, "$lt": span.until}},
        ]
        return {"$or": later}
    return {
        "$or": [
            {**here, "startedAt": after.at, "_id": {"$lt": after.id}},
            {**here, "startedAt": {"$gte": span.since, "$lt": after.at}},
        ]
    }


async def names_on_menus(
    db: Database, restaurant_id: str, location_id: ObjectId | str
) -> Sequence[tuple[str, Translated]]:
    """The ids and names of all dishes on a location's menus, without the archive (index: restaurantId, locationId)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id, **IN_USE}
    with piece():
        found = await db.menus.find(query, {"items.id": 1, "items.name": 1}).limit(MAX_MENUS).to_list(MAX_MENUS)
    rows = (item for menu in found for item in (menu.get("items") or []) if isinstance(item, dict))
    return [(str(row.get("id") or ""), _translated(row.get("name"))) for row in rows]


def _translated(name: object) -> Translated:
    return Translated.model_validate(name if isinstance(name, dict) else {"en": name})


async def refunds(db: Database, span: Span, limit: int, *, after: RefundPlace | None = None) -> list[Order]:
    """At most `limit` refunds that were made in the span, the oldest first, from behind `after` on: each as its order
    with that refund alone. The span's moments are those of the refunds.

    Index: restaurantId, locationId, refunds.at.
    """
    since = span.since if after is None else max(span.since, after.at)
    steps = sold_refunds(replace(span, since=since))
    if after is not None:
        later = [{"refunds.at": {"$gt": after.at}}, {"refunds.at": after.at, "refunds._id": {"$gt": after.id}}]
        steps.append({"$match": {"$or": later}})
    steps += [{"$sort": {"refunds.at": 1, "refunds._id": 1}}, {"$limit": limit}]
    with piece():
        found = await (await db.orders.aggregate(steps, batchSize=limit)).to_list(limit)
    return readable(found)


def sold_refunds(span: Span) -> list[dict[str, Any]]:
    """The aggregation steps that find the refunds that were made in a span, each as its order with it alone."""
    here = {"restaurantId": span.restaurant_id, "locationId": span.location_id}
    made = {"$gte": span.since, "$lt": span.until}
    return [
        # One entry must lie between both: two that lie on either side do not.
        {"$match": {**here, "refunds.at": {"$exists": True}, "refunds": {"$elemMatch": {"at": made}}}},
        {"$project": REFUND_FIELDS},
        {"$unwind": "$refunds"},
        {"$match": {"refunds.at": made}},
        {"$set": {"refunds": ["$refunds"]}},
    ]


async def kinds_of_payments(db: Database, payment_ids: Sequence[str]) -> dict[str, str]:
    """Card or wallet, by the payment's id, of those of these payments that there are (index: _id)."""
    with piece():
        found = await db.payments.find({"_id": {"$in": list(payment_ids)}}, {"kind": 1}).to_list(len(payment_ids) or 1)
    return {str(one["_id"]): str(one.get("kind") or "") for one in found}


async def enders(db: Database, order_ids: Sequence[ObjectId]) -> dict[ObjectId, str]:
    """Who gave up these orders, as histories keep it (index: orderId, seq)."""
    query = {"orderId": {"$in": list(order_ids)}, "type": {"$in": ["cancelled", "rejected"]}}
    with piece():
        found = await db.order_events.find(query, {"orderId": 1, "by": 1}).to_list(len(order_ids) or 1)
    return {one["orderId"]: str(one.get("by") or "") for one in found}
