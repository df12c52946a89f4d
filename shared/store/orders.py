"""Orders, and the counter that their codes come from."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pydantic import ValidationError
from pymongo import ReturnDocument

from shared.documents.orders import Order
from shared.documents.places import PaceSettings
from shared.domain import order_states
from shared.store.mongo.client import Database, MovedError, Session, piece

log = logging.getLogger("orderbuddy.store")

MAX_OPEN_ORDERS = 500
MAX_MADE = 30
MAX_WAITING = 200
COUNTER_KEPT_FOR = timedelta(days=3)

_PROGRESS = {
    "restaurantId": 1,
    "locationId": 1,
    "status": 1,
    "version": 1,
    "startedAt": 1,
    "updatedAt": 1,
    "waitingAt": 1,
    "refundedCents": 1,
    "meta.acceptedAt": 1,
}

_OF_PACE = ("timezone", "pausedUntil", "waitMinutes", "paceSchedule")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an order stands: its status and its `seq`. For a checkout that is no order yet: its state, and 0."""

    state: str
    seq: int


async def get(db: Database, order_id: ObjectId, session: Session | None = None) -> Order | None:
    """An order by id."""
    with piece():
        found = await db.orders.find_one({"_id": order_id}, session=session)
    return Order.model_validate(found) if found else None


async def the(db: Database, order_id: ObjectId, session: Session | None = None) -> Order:
    """An order that there is: orders are never deleted. Raises LookupError."""
    found = await get(db, order_id, session)
    if found is None:
        raise LookupError(f"order {order_id} is gone")
    return found


async def progress(db: Database, order_id: ObjectId) -> Order | None:
    """An order by id, with only the fields that say how far it is."""
    with piece():
        found = await db.orders.find_one({"_id": order_id}, _PROGRESS)
    return Order.model_validate(found) if found else None


async def standings(db: Database, order_ids: Sequence[ObjectId]) -> dict[ObjectId, Standing]:
    """Where each of these orders stands; those that are not placed are left out."""
    with piece():
        found = await db.orders.find({"_id": {"$in": list(order_ids)}}, {"status": 1, "version": 1}).to_list(
            len(order_ids)
        )
    return {order["_id"]: Standing(str(order.get("status") or ""), order.get("version") or 0) for order in found}


async def whole(db: Database, order_ids: Sequence[ObjectId]) -> dict[ObjectId, Order]:
    """These orders by id; those that there are not are left out."""
    with piece():
        found = await db.orders.find({"_id": {"$in": list(order_ids)}}).to_list(len(order_ids))
    return {row["_id"]: Order.model_validate(row) for row in found}


async def exists(db: Database, order_id: ObjectId) -> bool:
    """Whether the order is placed."""
    with piece():
        return await db.orders.find_one({"_id": order_id}, {"_id": 1}) is not None


async def insert(db: Database, placed: Sequence[dict[str, Any]], session: Session) -> None:
    """Insert orders, in the placing transaction. Raises DuplicateKeyError for a single one, else BulkWriteError."""
    if len(placed) == 1:
        await db.orders.insert_one(placed[0], session=session)
    else:
        await db.orders.insert_many(placed, session=session)


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

    An order that cannot be read is logged and left out, so that it does not hide the others.
    Index: restaurantId, locationId, status, startedAt.
    """
    query = {"restaurantId": restaurant_id, "locationId": location_id, "status": {"$in": list(statuses)}}
    with piece():
        # MongoDB's own first batch holds 101: more would take more round trips.
        cursor = db.orders.find(query, batch_size=MAX_OPEN_ORDERS).sort("startedAt", -1)
        found = await cursor.to_list(MAX_OPEN_ORDERS)
    return readable(reversed(found))


async def of_kitchen(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    *,
    made_since: datetime,
    waiting_since: datetime,
) -> tuple[list[Order], PaceSettings]:
    """A location's newest 30 orders that the kitchen made, and its newest 200 open ones, with only their times; and its
    own settings of its pace. What was cleared off the screens was not made then.

    One round trip. Index: restaurantId, locationId, status, startedAt.
    """
    made = (order_states.READY_FOR_PICKUP, order_states.PICKED_UP)
    waiting = (order_states.CREATED, order_states.ACCEPTED)

    def newest(statuses: Sequence[str], since: datetime, limit: int) -> list[dict[str, Any]]:
        query = {
            "restaurantId": restaurant_id,
            "locationId": location_id,
            "status": {"$in": list(statuses)},
            "startedAt": {"$gte": since},
            "clearedAt": None,
        }
        fields = {"status": 1, "startedAt": 1, "meta.acceptedAt": 1, "items.completedAt": 1}
        return [{"$match": query}, {"$sort": {"startedAt": -1}}, {"$limit": limit}, {"$project": fields}]

    steps = [
        *newest(made, made_since, MAX_MADE),
        {"$unionWith": {"coll": "orders", "pipeline": newest(waiting, waiting_since, MAX_WAITING)}},
        {
            "$unionWith": {
                "coll": "locations",
                "pipeline": [
                    {"$match": {"_id": location_id, "restaurantId": restaurant_id}},
                    {"$project": {"_id": 0, "pace": {name: f"${name}" for name in _OF_PACE}}},
                ],
            }
        },
    ]
    with piece():
        found = await (await db.orders.aggregate(steps)).to_list(MAX_MADE + MAX_WAITING + 1)
    pace: dict[str, Any] = next((one["pace"] for one in found if "pace" in one), {})
    return readable(one for one in found if "pace" not in one), PaceSettings.model_validate(pace)


def readable(documents: Iterable[dict[str, Any]]) -> list[Order]:
    """The orders that can be read; the others are logged, so that they do not hide these."""
    found = []
    for document in documents:
        try:
            found.append(Order.model_validate(document))
        except ValidationError as error:
            log.error("order %s cannot be read: %s", document["_id"], error)
    return found


async def among(
    db: Database, restaurant_id: str, location_id: ObjectId | str, order_ids: Iterable[ObjectId]
) -> list[ObjectId]:
    """Those of these orders that are this location's (index: _id)."""
    ids = list(order_ids)
    query = {"_id": {"$in": ids}, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.orders.find(query, {"_id": 1}).to_list(len(ids) or 1)
    return [row["_id"] for row in found]


async def place_of(db: Database, order_id: ObjectId) -> tuple[str, str] | None:
    """The ids of an order's restaurant and location; None where there is no such order."""
    with piece():
        found = await db.orders.find_one({"_id": order_id}, {"restaurantId": 1, "locationId": 1})
    return None if found is None else (str(found.get("restaurantId") or ""), str(found.get("locationId") or ""))


async def change(
    db: Database,
    order: Order,
    fields: Mapping[str, Any],
    *,
    rows: int,
    at: datetime,
    session: Session,
    only: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Change an order, in the transaction that inserts the `rows` rows which tell of it.

    `fields`: paths and values; `only`: which items a path with `$[...]` means. Raises MovedError where the order has
    another status or version than when it was seen. An order of the original server has no version: the first change
    gives it one.
    """
    result = await db.orders.update_one(
        {"_id": order.id, "status": order.status, "version": order.version},
        {"$set": {**fields, "version": (order.version or 0) + rows, "updatedAt": at}},
        array_filters=list(only) or None,
        session=session,
    )
    if result.modified_count != 1:
        raise MovedError


async def keep_refund(
    db: Database,
    order_id: ObjectId,
    refund: Mapping[str, Any],
    refunded_cents: int,
    *,
    at_counter: Mapping[str, Any] | None = None,
    session: Session,
) -> None:
    """Keep one more refund of an order, and the sum of all, in the transaction that moves the order.

    `at_counter`: what is kept of it with the payment at the counter, where it was paid there.
    """
    push: dict[str, Any] = {"refunds": refund, **({"counter.refunds": at_counter} if at_counter else {})}
    change = {"$push": push, "$set": {"refundedCents": refunded_cents}}
    await db.orders.update_one({"_id": order_id}, change, session=session)


async def follow_payment(
    db: Database,
    order: Order,
    *,
    refunded_cents: int,
    declined: Collection[str],
    more: Mapping[str, Any] | None,
    at: datetime,
    session: Session,
) -> None:
    """Say of an order what its payment says by now: the sum, which refunds were declined, and one more, if any.

    It adds 1 to the version, for the row that tells of it. Raises MovedError where the order moved since it was seen.
    """
    kept = [
        {**one, "declined": True} if one["_id"] in declined else one
        for one in (refund.model_dump(by_alias=True, exclude_defaults=True) for refund in order.refunds)
    ]
    change = {
        "$set": {
            "refunds": [*kept, *([] if more is None else [more])],
            "refundedCents": refunded_cents,
            "updatedAt": at,
        },
        "$inc": {"version": 1},
    }
    result = await db.orders.update_one({"_id": order.id, "version": order.version}, change, session=session)
    if result.modified_count != 1:
        raise MovedError


async def placed_among(db: Database, order_ids: Sequence[ObjectId]) -> list[ObjectId]:
    """Those of these orders that are placed."""
    with piece():
        found = await db.orders.find({"_id": {"$in": list(order_ids)}}, {"_id": 1}).to_list(len(order_ids))
    return [order["_id"] for order in found]


async def take_numbers(db: Database, location_id: ObjectId | str, day: str, many: int, now: datetime) -> int:
    """Take the next `many` numbers of a location's business date, and return the first (from 0). Gaps are fine.

    Call it before the placing transaction: inside, all transactions of a location would fight for the counter.
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
