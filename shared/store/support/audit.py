"""Reading the whole database in batches, for the audit: bounded memory, and a consistent picture of each batch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import MinKey, ObjectId

from shared.store.mongo.client import Database, Session, piece

BATCH = 500
MAX_FOUND = 1_000
"""The most rows that one search returns: an audit that finds more has found enough."""

_ORDER_FIELDS = {
    "restaurantId": 1,
    "locationId": 1,
    "status": 1,
    "startedAt": 1,
    "createdAt": 1,
    "clearedAt": 1,
    "historyGone": 1,
    "version": 1,
    "routing": 1,
    "unrouted": 1,
    "items.id": 1,
    "totalPriceCents": 1,
    "tipCents": 1,
    "refunds": 1,
    "refundedCents": 1,
    "counter": 1,
    "paymentId": 1,
}
PLACE_FIELDS = {"restaurantId": 1, "locationId": 1}

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OrderBatch:
    """Some orders with all that belongs to them, as of one moment.

    `rows` and `payments` are by the order's id, the others by their own id.
    """

    orders: Sequence[Raw]
    rows: Mapping[Any, Sequence[Raw]]
    checkouts: Mapping[Any, Raw]
    previews: Mapping[Any, Raw]
    payments: Mapping[Any, Sequence[Raw]]
    locations: Mapping[Any, Raw]
    stations: Mapping[str, Raw]


@dataclass(frozen=True, slots=True)
class CheckoutBatch:
    """Some checkouts and their previews, by id, and the ids of the orders that exist for them."""

    checkouts: Sequence[Raw]
    previews: Mapping[Any, Raw]
    orders: frozenset[Any]


async def count(db: Database, collection: str) -> int:
    """Roughly how many documents a collection holds."""
    with piece():
        return await db[collection].estimated_document_count()


async def pages(db: Database, collection: str) -> AsyncIterator[list[Any]]:
    """The ids of a collection in batches (index: _id). Imported data mixes kinds of ids, so `$gt` would stop early."""
    last: Any = MinKey()
    while True:
        with piece():
            cursor = db[collection].find({}, {"_id": 1}).hint([("_id", 1)]).min([("_id", last)]).sort("_id", 1)
            found = [row["_id"] for row in await cursor.limit(BATCH + 1).to_list(BATCH + 1)]
        fresh = [key for key in found if key != last]
        if not fresh:
            return
        yield fresh
        last = fresh[-1]


async def order_batch(db: Database, ids: Sequence[Any]) -> OrderBatch:
    """The orders with these ids, and what belongs to them, all as of one moment."""
    with piece():
        async with db.client.start_session(snapshot=True) as session:
            orders = await db.orders.find({"_id": {"$in": ids}}, _ORDER_FIELDS, session=session).to_list(len(ids))
            rows = await db.order_events.find({"orderId": {"$in": ids}}, session=session).sort("seq", 1).to_list()
            checkouts = await by_id(db, "checkouts", ids, session)
            previews = await by_id(db, "orders_preview", ids, session, PLACE_FIELDS)
            payments = await _payments(db, ids, session)
            locations = await by_id(
                db, "locations", {order.get("locationId") for order in orders}, session, {"restaurantId": 1}
            )
            stations = await by_id(db, "stations", _stations_named(orders, rows), session, PLACE_FIELDS)
    return OrderBatch(
        orders=orders,
        rows=_grouped(rows, "orderId"),
        checkouts=checkouts,
        previews=previews,
        payments=payments,
        locations=locations,
        stations={str(key): station for key, station in stations.items()},
    )


async def checkout_batch(db: Database, ids: Sequence[Any]) -> CheckoutBatch:
    """The checkouts with these ids, their previews, and which of them have an order, all as of one moment."""
    with piece():
        async with db.client.start_session(snapshot=True) as session:
            found = await db.checkouts.find({"_id": {"$in": ids}}, session=session).to_list(len(ids))
            previews = await by_id(db, "orders_preview", ids, session, PLACE_FIELDS)
            orders = await by_id(db, "orders", ids, session, {"_id": 1})
    return CheckoutBatch(found, previews, frozenset(orders))


async def rows_without_order(db: Database) -> list[Raw]:
    """Order ids that have rows, but no order; at most 1,000."""
    steps: list[Raw] = [
        {"$group": {"_id": "$orderId", "rows": {"$sum": 1}}},
        {
            "$lookup": {
                "from": "orders",
                "localField": "_id",
                "foreignField": "_id",
                "pipeline": [{"$project": {"_id": 1}}],
                "as": "order",
            }
        },
        {"$match": {"order": []}},
        {"$limit": MAX_FOUND},
    ]
    return await _search(db, "order_events", steps)


async def locations(db: Database) -> AsyncIterator[Raw]:
    """Every location with its time zone, in batches."""
    async for ids in pages(db, "locations"):
        with piece():
            found = await db.locations.find(
                {"_id": {"$in": ids}}, {"restaurantId": 1, "timezone": 1, "name": 1}
            ).to_list(len(ids))
        for location in found:
            yield location


async def codes_used_twice(db: Database, location: Raw, timezone: str) -> list[Raw]:
    """Order codes that two of our orders of one business date share (index: restaurantId, locationId, startedAt).

    It is the date that an order keeps: whatever the location's zone is now. `timezone`: for older orders, which keep
    none.
    """
    local = {"$dateToString": {"date": "$startedAt", "format": "%Y-%m-%d", "timezone": timezone}}
    day = {"$ifNull": ["$businessDate", local]}
    steps: list[Raw] = [
        {"$match": {**_ours_at(location), "startedAt": {"$type": "date"}}},
        {"$group": {"_id": {"day": day, "code": "$orderCode"}, "n": {"$sum": 1}, "orders": {"$push": "$_id"}}},
        {"$match": {"n": {"$gt": 1}}},
        {"$limit": MAX_FOUND},
    ]
    return await _search(db, "orders", steps)


async def lines_ordered_twice(db: Database, location: Raw, given_up: Iterable[str]) -> list[Raw]:
    """Line ids that are in several of our orders of a location, with the orders and their times.

    Orders in a `given_up` status do not count. Index: restaurantId, locationId, startedAt.
    """
    steps: list[Raw] = [
        {"$match": {**_ours_at(location), "startedAt": {"$type": "date"}, "status": {"$nin": list(given_up)}}},
        {"$project": {"startedAt": 1, "items.id": 1}},
        {"$unwind": "$items"},
        {"$group": {"_id": {"line": "$items.id", "order": "$_id"}, "at": {"$first": "$startedAt"}}},
        {"$group": {"_id": "$_id.line", "n": {"$sum": 1}, "orders": {"$push": {"id": "$_id.order", "at": "$at"}}}},
        {"$match": {"n": {"$gt": 1}}},
        {"$limit": MAX_FOUND},
    ]
    return await _search(db, "orders", steps)


async def waiting(db: Database) -> tuple[int, int]:
    """How many rows are not published yet (index: publishedAt, createdAt), and how many checkouts are claimed."""
    with piece():
        rows = await db.order_events.count_documents({"publishedAt": None}, limit=MAX_FOUND)
        claimed = await db.checkouts.count_documents(
            {"state": "claimed", "nextWakeAt": {"$type": "date"}}, limit=MAX_FOUND
        )
    return rows, claimed


def _ours_at(location: Raw) -> Raw:
    return {
        "restaurantId": location.get("restaurantId"),
        "locationId": location["_id"],
        "version": {"$exists": True},
        "createdAt": {"$exists": True},
    }


async def _search(db: Database, collection: str, steps: list[Raw]) -> list[Raw]:
    with piece():
        cursor = await db[collection].aggregate(steps, allowDiskUse=True)
        return await cursor.to_list(MAX_FOUND)


async def by_id(
    db: Database, collection: str, ids: Iterable[Any], session: Session, fields: Raw | None = None
) -> dict[Any, Raw]:
    """The documents of a collection with these ids, as the session sees them."""
    wanted = list(ids)
    found = await db[collection].find({"_id": {"$in": wanted}}, fields, session=session).to_list(len(wanted) or 1)
    return {document["_id"]: document for document in found}


async def _payments(db: Database, ids: Sequence[Any], session: Session) -> dict[Any, list[Raw]]:
    return _grouped(await db.payments.find({"previewId": {"$in": ids}}, session=session).to_list(), "previewId")


def _grouped(rows: Iterable[Raw], key: str) -> dict[Any, list[Raw]]:
    groups: dict[Any, list[Raw]] = {}
    for row in rows:
        groups.setdefault(row.get(key), []).append(row)
    return groups


def _stations_named(orders: Iterable[Raw], rows: Iterable[Raw]) -> set[Any]:
    named: set[str] = set()
    for order in orders:
        named.update(str(route.get("stationId")) for route in order.get("routing") or [] if isinstance(route, dict))
    for row in rows:
        groups = [group for group in row.get("sentTo") or [] if isinstance(group, str)]
        named.update(group.removeprefix("station.") for group in groups if group.startswith("station."))
    return {ObjectId(key) if ObjectId.is_valid(key) else key for key in named}
