"""The orders of one location as its board reads them, each list in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from shared.documents.orders import Order
from shared.domain.order_states import GIVEN_UP, OPEN, READY_FOR_PICKUP
from shared.store.mongo.client import Database, piece
from shared.store.orders import MAX_OPEN_ORDERS, readable

MAX_OF_DAY = 2000
MAX_READY = 50
MAX_GIVEN_UP = 100
GIVEN_UP_LOOKED_BACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Board:
    """A location's zone (an IANA name), its orders since a moment, and the older ones that are still open.

    The oldest come first.
    """

    timezone: str
    since: list[Order]
    older: list[Order]


async def of_location(
    db: Database, restaurant_id: str, location_id: ObjectId | str, since: datetime, *, older: bool
) -> Board | None:
    """A location's newest 2000 orders since `since`, and, where asked for, the newest 500 older ones still open.

    None where there is no such location. One round trip. Indexes: restaurantId, locationId, startedAt; restaurantId,
    locationId, status, startedAt.
    """
    here = {"restaurantId": restaurant_id, "locationId": location_id}

    def newest(query: dict[str, Any], limit: int) -> list[dict[str, Any]]:
        return [{"$match": {**here, **query}}, {"$sort": {"startedAt": -1}}, {"$limit": limit}]

    steps = newest({"startedAt": {"$gte": since}}, MAX_OF_DAY)
    if older:
        still_open = newest({"status": {"$in": list(OPEN)}, "startedAt": {"$lt": since}}, MAX_OPEN_ORDERS)
        steps.append({"$unionWith": {"coll": "orders", "pipeline": still_open}})
    itself = [
        {"$match": {"_id": location_id, "restaurantId": restaurant_id}},
        {"$project": {"timezone": 1, "isLocation": {"$literal": True}}},
    ]
    steps.append({"$unionWith": {"coll": "locations", "pipeline": itself}})
    most = MAX_OF_DAY + MAX_OPEN_ORDERS + 1
    with piece():
        # MongoDB's own first batch holds 101: more would take more round trips.
        found = await (await db.orders.aggregate(steps, batchSize=most)).to_list(most)
    location = next((one for one in found if one.get("isLocation") is True), None)
    if location is None:
        return None
    in_order = readable(one for one in reversed(found) if one is not location)
    return Board(
        str(location.get("timezone") or ""),
        [order for order in in_order if order.began_at >= since],
        [order for order in in_order if order.began_at < since],
    )


async def ready(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[Order]:
    """The last 50 orders of a location that became ready, and are so still, the last first.

    Those of the original server, which keeps no such time, come after them. Index: restaurantId, locationId, readyAt.
    """
    query = {"restaurantId": restaurant_id, "locationId": location_id, "status": READY_FOR_PICKUP}
    with piece():
        found = await db.orders.find(query).sort("readyAt", -1).to_list(MAX_READY)
    return readable(found)


async def given_up(db: Database, restaurant_id: str, location_id: ObjectId | str, since: datetime) -> list[Order]:
    """A location's newest 100 orders that the kitchen had, and that were given up since `since`, the oldest first.

    Only those of the last days are looked at. Index: restaurantId, locationId, status, startedAt.
    """
    query = {
        "restaurantId": restaurant_id,
        "locationId": location_id,
        "status": {"$in": sorted(GIVEN_UP)},
        "startedAt": {"$gte": since - GIVEN_UP_LOOKED_BACK},
        "endedAt": {"$gte": since},
        "meta.acceptedAt": {"$ne": None},
    }
    with piece():
        found = await db.orders.find(query).sort("startedAt", -1).to_list(MAX_GIVEN_UP)
    return readable(reversed(found))
