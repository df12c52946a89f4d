"""The history of orders, one row per change, which is also the outbox of what screens are told (rules 6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import UpdateMany, UpdateOne

from shared.documents.orders import Order, OrderEvent
from shared.domain.reaching import REACHING
from shared.store.mongo.client import Database, Session, piece

MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one row. `groups`: those that it reached. `gave_up`: the service refuses it for good."""

    row: OrderEvent
    groups: list[str]
    gave_up: bool = False


def row(
    order: dict[str, Any],
    seq: int,
    kind: str,
    payload: dict[str, Any],
    *,
    by: str,
    at: datetime,
    reaches: bool = False,
) -> dict[str, Any]:
    """The document of one change of `order`. `reaches`: texts, mails or pushes go out of this deployment."""
    return {
        "_id": f"{order['_id']}:{seq}",
        "orderId": order["_id"],
        "restaurantId": order["restaurantId"],
        "locationId": order["locationId"],
        "seq": seq,
        "type": kind,
        "payload": payload,
        "by": by,
        "createdAt": at,
        "publishedAt": None,
        "sentTo": [],
        "tries": 0,
        **({"reach": True} if reaches and kind in REACHING else {}),
        **({"trace": order["trace"]} if order.get("trace") else {}),
    }


def whose_of(order: Order) -> dict[str, Any]:
    """What a row says of the order that it belongs to."""
    return {
        "_id": order.id,
        "restaurantId": order.restaurant_id,
        "locationId": order.location_id,
        "trace": order.trace,
    }


def row_of(
    order: Order, kind: str, payload: Mapping[str, Any], *, by: str, at: datetime, reaches: bool
) -> dict[str, Any]:
    """The document of the next change of an order as it was seen, for its stations, too."""
    whose = whose_of(order)
    told = {"stations": [{"stationId": route.station_id} for route in order.routing], **payload}
    return row(whose, (order.version or 0) + 1, kind, told, by=by, at=at, reaches=reaches)


async def insert(db: Database, rows: Sequence[dict[str, Any]], session: Session) -> None:
    """Insert rows, in the transaction of the change that they tell of."""
    await db.order_events.insert_many(rows, session=session)


async def after(db: Database, order_id: ObjectId, seq: int) -> list[OrderEvent]:
    """An order's rows with a higher `seq`, in order (index: orderId, seq)."""
    with piece():
        cursor = db.order_events.find({"orderId": order_id, "seq": {"$gt": seq}}).sort("seq", 1)
        found = await cursor.to_list(MAX_ROWS)
    return [OrderEvent.model_validate(document) for document in found]


async def unpublished(db: Database, order_id: ObjectId) -> list[OrderEvent]:
    """An order's rows that are not published yet, in order (index: orderId, seq)."""
    with piece():
        cursor = db.order_events.find({"orderId": order_id, "publishedAt": None}).sort("seq", 1)
        found = await cursor.to_list(MAX_ROWS)
    return [OrderEvent.model_validate(document) for document in found]


async def record(db: Database, sent: Sequence[Sent], refused: Sequence[OrderEvent], now: datetime) -> None:
    """Store what was sent, of any orders, and one more try for each refused row, in one round trip.

    Rows that reached the same groups are one update: the first rows of an order do.
    """
    alike: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for one in sent:
        alike.setdefault((one.gave_up, tuple(one.groups)), []).append(one.row.id)
    updates: list[UpdateMany | UpdateOne] = [
        UpdateMany(
            {"_id": {"$in": ids}},
            {
                "$set": {"publishedAt": now, **({"gaveUp": True} if gave_up else {})},
                "$addToSet": {"sentTo": {"$each": list(groups)}},
            },
        )
        for (gave_up, groups), ids in alike.items()
    ]
    updates += [UpdateOne({"_id": row.id}, {"$inc": {"tries": 1}}) for row in refused]
    if updates:
        with piece():
            await db.order_events.bulk_write(updates, ordered=False)


async def orders_waiting(
    db: Database, created_before: datetime, limit: int, *, but: Collection[ObjectId] = ()
) -> list[ObjectId]:
    """Orders, except `but`, with unpublished rows from before `created_before` (index: publishedAt, createdAt)."""
    query: dict[str, Any] = {"publishedAt": None, "createdAt": {"$lt": created_before}}
    if but:
        query["orderId"] = {"$nin": list(but)}
    with piece():
        found = await db.order_events.find(query, {"orderId": 1}).sort("createdAt", 1).to_list(limit)
    return list(dict.fromkeys(document["orderId"] for document in found))


async def reaching(db: Database, created_before: datetime, limit: int) -> list[OrderEvent]:
    """Rows from before `created_before` of which people are still to be told, the oldest first (index: reach,
    createdAt)."""
    query = {"reach": True, "createdAt": {"$lt": created_before}}
    with piece():
        found = await db.order_events.find(query).sort("createdAt", 1).to_list(limit)
    return [OrderEvent.model_validate(document) for document in found]


async def reached(db: Database, row_ids: Sequence[str]) -> None:
    """Somebody has seen to it that people are told of these rows (index: _id)."""
    with piece():
        await db.order_events.update_many({"_id": {"$in": list(row_ids)}}, {"$unset": {"reach": ""}})
