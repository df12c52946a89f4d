"""A location's stations, as its people read and make them."""

from __future__ import annotations

from collections.abc import Mapping
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


async def one(
    db: Database, restaurant_id: str, location_id: ObjectId | str, station_id: ObjectId | str, session: Session
) -> Station | None:
    """A station of the location (index: _id)."""
    query = {"_id": station_id, "restaurantId": restaurant_id, "locationId": location_id}
    found = await db.stations.find_one(query, session=session)
    return Station.model_validate(found) if found else None


async def change(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    station_id: ObjectId | str,
    *,
    fields: Mapping[str, Any],
    session: Session,
) -> None:
    """Set fields of a station of the location (index: _id)."""
    query = {"_id": station_id, "restaurantId": restaurant_id, "locationId": location_id}
    await db.stations.update_one(query, {"$set": dict(fields)}, session=session)


async def delete(
    db: Database, restaurant_id: str, location_id: ObjectId | str, station_id: ObjectId | str, session: Session
) -> None:
    """Delete a station of the location (index: _id)."""
    query = {"_id": station_id, "restaurantId": restaurant_id, "locationId": location_id}
    await db.stations.delete_one(query, session=session)


async def take_from_printers(
    db: Database, restaurant_id: str, location_id: ObjectId | str, station_id: str, session: Session
) -> None:
    """No printer of the location prints what this station cooks any more (index: _id)."""
    await db.locations.update_one(
        {"_id": location_id, "restaurantId": restaurant_id},
        {"$pull": {"printers.$[row].stationIds": station_id}},
        array_filters=[{"row.stationIds": station_id}],
        session=session,
    )
