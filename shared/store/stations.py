"""A location's stations, as its people read and make them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from shared.documents.places import Station
from shared.store.mongo.client import Database, Session, piece
from shared.store.places import MAX_RELATED

MAX_OF_LOCATION = MAX_RELATED


async def of_location(db: Database, restaurant_id: str, location_id: ObjectId | str) -> list[Station]:
    """A location's stations, the oldest first (index: restaurantId, locationId)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.stations.find(query).sort("_id", 1).limit(MAX_OF_LOCATION).to_list()
    return [Station.model_validate(row) for row in found]


async def count(db: Database, restaurant_id: str, location_id: ObjectId | str, session: Session) -> int:
    """How many stations a location has, counted up to the most (index: restaurantId, locationId)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id}
    return await db.stations.count_documents(query, limit=MAX_OF_LOCATION, session=session)


async def insert(db: Database, document: dict[str, Any], session: Session) -> None:
    """Insert a station."""
    await db.stations.insert_one(document, session=session)
