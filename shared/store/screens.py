"""The kitchen's screens (collection `screens`) and what each has shown (collection `draws`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo import UpdateOne

from shared.documents.places import Location, Station
from shared.documents.screens import Draw, Screen
from shared.store.mongo.client import Database, piece

MAX_LISTED = 200
MAX_DRAWS = 10_000
KEPT_FOR = timedelta(days=2)
DRAWS_KEPT_FOR = timedelta(days=7)


async def see(db: Database, screen: Screen) -> None:
    """A screen was seen (index: _id)."""
    fields = screen.model_dump(by_alias=True, exclude={"id"})
    with piece():
        await db.screens.update_one({"_id": screen.id}, {"$set": fields}, upsert=True)


async def see_station(db: Database, station: Station, at: datetime) -> None:
    """A screen of the station was seen (index: _id)."""
    query = {"_id": station.id, "restaurantId": station.restaurant_id, "locationId": station.location_id}
    with piece():
        await db.stations.update_one(query, {"$max": {"screenSeenAt": at}})


async def see_expo(db: Database, location: Location, at: datetime) -> None:
    """A screen of the whole location was seen (index: _id)."""
    query = {"_id": location.id, "restaurantId": location.restaurant_id}
    with piece():
        await db.locations.update_one(query, {"$max": {"expoSeenAt": at}})


async def of_location(db: Database, restaurant_id: str, location_id: ObjectId | str, since: datetime) -> list[Screen]:
    """A location's screens that were seen since then, the last one first, at most 200 (index: restaurantId, locationId,
    seenAt)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id, "seenAt": {"$gte": since}}
    with piece():
        found = await db.screens.find(query).sort("seenAt", -1).to_list(MAX_LISTED)
    return [Screen.model_validate(row) for row in found]


async def draw(db: Database, screen: Screen, shown: Mapping[ObjectId, int], at: datetime) -> None:
    """Keep that a screen has shown these orders, each at this seq (index: _id)."""
    writes = []
    for order_id, seq in shown.items():
        first = {
            "restaurantId": screen.restaurant_id,
            "locationId": screen.location_id,
            "orderId": order_id,
            "stationId": screen.station_id,
            "screenId": screen.screen_id,
            "at": at,
            "purgeAt": at + DRAWS_KEPT_FOR,
        }
        change = {"$setOnInsert": first, "$max": {"seq": seq}}
        writes.append(UpdateOne({"_id": f"{order_id}:{screen.station_id}:{screen.screen_id}"}, change, upsert=True))
    with piece():
        await db.draws.bulk_write(writes, ordered=False)


async def draws_of(db: Database, order_ids: Sequence[ObjectId]) -> list[Draw]:
    """Which screens have shown these orders, at most 10,000 (index: orderId)."""
    with piece():
        found = await db.draws.find({"orderId": {"$in": list(order_ids)}}).to_list(MAX_DRAWS)
    return [Draw.model_validate(row) for row in found]


def screen_key(location_id: ObjectId | str, station_id: str, screen_id: str) -> str:
    """The id of a screen's document."""
    return f"{location_id}:{station_id}:{screen_id}"
