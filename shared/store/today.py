"""What some locations' days look like now, in one query for some twenty of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from bson import ObjectId

from shared.documents.orders import Order
from shared.domain.order_states import GIVEN_UP, OPEN
from shared.store.menus import IN_USE
from shared.store.mongo.client import Database, piece
from shared.store.orders import readable
from shared.store.reports import ORDER_FIELDS, Span, sold_refunds

AT_ONCE = 20
"""The locations of one query."""

BATCH = 1000
"""Rows of one round trip. A thousand orders take some 50 ms to be read: in between, others have their turn."""

MAX_OF_DAY = 5000
MAX_OPEN = 500
MAX_SOLD_OUT = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """A location's day, and when each of its last days began (UTC), the oldest first, with the end of the last one."""

    day: Span
    starts: Sequence[datetime]


@dataclass(slots=True)
class Found:
    """Orders of the day, refunds made on it (each as its order with it alone), how many orders are open, and orders and
    cents of each of the last days, by its beginning."""

    orders: list[Order] = field(default_factory=list)
    refunds: list[Order] = field(default_factory=list)
    open: int = 0
    days: dict[datetime, tuple[int, int]] = field(default_factory=dict)


async def of_locations(db: Database, wanted: Sequence[Wanted]) -> list[Found]:
    """The days of at most twenty locations. Of a location it reads at most 5,000 orders of the day, and counts at most
    500 open ones.

    One round trip for a thousand orders. Indexes: restaurantId, locationId, startedAt, _id; restaurantId, locationId,
    status, startedAt; restaurantId, locationId, refunds.at.
    """
    if not wanted:
        return []
    parts = [part for number, one in enumerate(wanted) for part in _parts(number, one)]
    first, *others = parts
    steps = [*first, *({"$unionWith": {"coll": "orders", "pipeline": part}} for part in others)]
    found = [Found() for _ in wanted]
    with piece():
        async for row in await db.orders.aggregate(steps, batchSize=BATCH):
            one, kind = found[row["of"]], row["kind"]
            if kind == "open":
                one.open = row["n"]
            elif kind == "day":
                one.days[row["_id"]] = (row["orders"], row["cents"])
            else:
                (one.refunds if kind == "refund" else one.orders).extend(readable([row]))
    return found


def _parts(number: int, wanted: Wanted) -> list[list[dict[str, Any]]]:
    day = wanted.day
    here = {"restaurantId": day.restaurant_id, "locationId": day.location_id}
    whose = {"of": {"$literal": number}}
    days = [{"case": {"$lt": ["$startedAt", end]}, "then": begin} for begin, end in pairwise(wanted.starts)]
    cents = {"$convert": {"input": "$totalPriceCents", "to": "long", "onError": 0, "onNull": 0}}
    return [
        [
            {"$match": {**here, "startedAt": {"$gte": day.since, "$lt": day.until}}},
            {"$limit": MAX_OF_DAY},
            {"$project": ORDER_FIELDS},
            {"$set": {**whose, "kind": "order"}},
        ],
        [*sold_refunds(day), {"$set": {**whose, "kind": "refund"}}],
        [
            {"$match": {**here, "status": {"$in": list(OPEN)}}},
            {"$limit": MAX_OPEN},
            {"$group": {"_id": None, "n": {"$sum": 1}}},
            {"$set": {**whose, "kind": "open"}},
        ],
        [
            {"$match": {**here, "startedAt": {"$gte": wanted.starts[0], "$lt": wanted.starts[-1]}}},
            {"$match": {"status": {"$nin": sorted(GIVEN_UP)}}},
            {"$group": {"_id": {"$switch": {"branches": days}}, "orders": {"$sum": 1}, "cents": {"$sum": cents}}},
            {"$set": {**whose, "kind": "day"}},
        ],
    ]


async def sold_out(
    db: Database, restaurant_id: str, location_ids: Sequence[ObjectId | str], now: datetime
) -> list[tuple[ObjectId | str, Any]]:
    """The locations and names of the dishes that are off, or sold out for a while, at most 500.

    Index: restaurantId, locationId.
    """
    for_a_while = {"$and": [{"$eq": [{"$type": "$$this.soldOutUntil"}, "date"]}, {"$gt": ["$$this.soldOutUntil", now]}]}
    off = {"$filter": {"input": "$items", "cond": {"$or": [{"$ne": ["$$this.isAvailable", True]}, for_a_while]}}}
    steps: list[dict[str, Any]] = [
        {"$match": {"restaurantId": restaurant_id, "locationId": {"$in": list(location_ids)}}},
        {"$match": {**IN_USE, "available": {"$ne": False}, "items": {"$type": "array"}}},
        {"$project": {"locationId": 1, "items": off}},
        {"$unwind": "$items"},
        {"$limit": MAX_SOLD_OUT},
        {"$project": {"_id": 0, "locationId": 1, "name": "$items.name"}},
    ]
    with piece():
        found = await (await db.menus.aggregate(steps, batchSize=MAX_SOLD_OUT)).to_list(MAX_SOLD_OUT)
    return [(row["locationId"], row.get("name")) for row in found]
