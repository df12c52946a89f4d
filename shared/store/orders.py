"""Orders and the counter their codes come from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pydantic import ValidationError
from pymongo import ReturnDocument

from shared.documents.orders import Order
from shared.store.client import Database, Session, piece

log = logging.getLogger("orderbuddy.store")

MAX_OPEN_ORDERS = 500
COUNTER_KEPT_FOR = timedelta(days=3)


async def get(db: Database, order_id: ObjectId) -> Order | None:
    """An order by id."""
    with piece():
        found = await db.orders.find_one({"_id": order_id})
    return Order.model_validate(found) if found else None


async def exists(db: Database, order_id: ObjectId) -> bool:
    """Whether the order is placed."""
    with piece():
        return await db.orders.find_one({"_id": order_id}, {"_id": 1}) is not None


async def insert(db: Database, order: dict[str, Any], session: Session) -> None:
    """Insert an order, in the placing transaction."""
    await db.orders.insert_one(order, session=session)


async def of_location(
    db: Database, restaurant_id: str, location_id: ObjectId | str, order_id: ObjectId
) -> Order | None:
    """An order by id, if it is this location's."""
    with piece():
        found = await db.orders.find_one({"_id": order_id, "restaurantId": restaurant_id, "locationId": location_id})
    return Order.model_validate(found) if found else None


async def open_for_location(
    db: Database, restaurant_id: str, location_id: ObjectId | str, statuses: Sequence[str]
) -> list[Order]:
    """A location's orders in these statuses, the oldest first; of more than 500, the newest 500.

    One that cannot be read must not hide the others: it is logged and left out.
    Index: restaurantId, locationId, status, startedAt.
    """
    query = {"restaurantId": restaurant_id, "locationId": location_id, "status": {"$in": list(statuses)}}
    with piece():
        found = await db.orders.find(query).sort("startedAt", -1).to_list(MAX_OPEN_ORDERS)
    readable = []
    for document in reversed(found):
        try:
            readable.append(Order.model_validate(document))
        except ValidationError as error:
            log.error("order %s cannot be read: %s", document["_id"], error)
    return readable


async def placed_among(db: Database, order_ids: Sequence[ObjectId]) -> list[ObjectId]:
    """Those of these orders that are placed."""
    with piece():
        found = await db.orders.find({"_id": {"$in": list(order_ids)}}, {"_id": 1}).to_list(len(order_ids))
    return [order["_id"] for order in found]


async def take_numbers(db: Database, location_id: ObjectId | str, day: str, many: int, now: datetime) -> int:
    """Take the next `many` numbers of a location's day, and return the first (from 0); gaps are fine.

    Outside the placing transaction: inside, the counter would be a hot spot that makes transactions fight.
    """
    with piece():
        counter = await db.order_counters.find_one_and_update(
            {"_id": f"{location_id}.{day}"},
            {"$inc": {"n": many}, "$setOnInsert": {"purgeAt": now + COUNTER_KEPT_FOR}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
    assert counter is not None
    return int(counter["n"]) - many
