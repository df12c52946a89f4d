"""A restaurant's locations, as its own people read and change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from shared.documents.places import StoredLocation, StoredPrinter, StoredPrinters
from shared.store.mongo.client import Database, Session, piece
from shared.store.places import LOCATION_FIELDS

MAX_OF_RESTAURANT = 200
MAX_SUMMARIES = 5000

_FIELDS = {
    **LOCATION_FIELDS,
    "isMobile": 1,
    "supportedLanguages": 1,
    "address": 1,
    "contact": 1,
    "alertNumbers": 1,
    "dailySummary": 1,
}


async def of_restaurant(
    db: Database, restaurant_id: str, only: Sequence[ObjectId | str] | None = None
) -> list[StoredLocation]:
    """The locations of a restaurant, the oldest first; `only` these, if given (index: restaurantId)."""
    query: dict[str, Any] = {"restaurantId": restaurant_id}
    if only is not None:
        query["_id"] = {"$in": list(only)}
    with piece():
        found = await db.locations.find(query, _FIELDS).sort("_id", 1).limit(MAX_OF_RESTAURANT).to_list()
    return [StoredLocation.model_validate(row) for row in found]


async def one(db: Database, restaurant_id: str, location_id: ObjectId | str) -> StoredLocation | None:
    """A location, if it is this restaurant's (index: _id)."""
    with piece():
        found = await db.locations.find_one({"_id": location_id, "restaurantId": restaurant_id}, _FIELDS)
    return StoredLocation.model_validate(found) if found else None


async def with_daily_summary(db: Database) -> list[StoredLocation]:
    """The locations whose owners want their day by mail, at most five thousand (index: dailySummary)."""
    with piece():
        found = await db.locations.find({"dailySummary": True}, _FIELDS).to_list(MAX_SUMMARIES)
    return [StoredLocation.model_validate(row) for row in found]


async def as_stored(
    db: Database, restaurant_id: str, location_id: ObjectId | str, session: Session
) -> dict[str, Any] | None:
    """What is read of a location, as it is stored, if it is this restaurant's (index: _id)."""
    query = {"_id": location_id, "restaurantId": restaurant_id}
    return await db.locations.find_one(query, _FIELDS, session=session)


async def change(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    fields: Mapping[str, Any],
    *,
    at: datetime,
    session: Session,
) -> StoredLocation | None:
    """Set fields of a location, if it is this restaurant's, and count up its version; returns it as it is then (index:
    _id)."""
    changed = await db.locations.find_one_and_update(
        {"_id": location_id, "restaurantId": restaurant_id},
        {"$set": {**fields, "updatedAt": at}, "$inc": {"version": 1}},
        _FIELDS,
        return_document=ReturnDocument.AFTER,
        session=session,
    )
    return StoredLocation.model_validate(changed) if changed else None


async def has_slug(db: Database, restaurant_id: str, slug: str, session: Session) -> bool:
    """Whether a location of the restaurant has this slug (index: restaurantId)."""
    query = {"restaurantId": restaurant_id, "locationSlug": slug}
    return await db.locations.find_one(query, {"_id": 1}, session=session) is not None


async def count(db: Database, restaurant_id: str, session: Session) -> int:
    """How many locations a restaurant has, counted up to the most that it may have (index: restaurantId)."""
    return await db.locations.count_documents({"restaurantId": restaurant_id}, limit=MAX_OF_RESTAURANT, session=session)


async def insert(db: Database, document: dict[str, Any], session: Session) -> None:
    """Insert a location."""
    await db.locations.insert_one(document, session=session)


async def printers(
    db: Database, restaurant_id: str, location_id: ObjectId | str, session: Session | None = None
) -> list[StoredPrinter] | None:
    """A location's printers; None where it is not this restaurant's (index: _id)."""
    query = {"_id": location_id, "restaurantId": restaurant_id}
    with piece():
        found = await db.locations.find_one(query, {"printers": 1}, session=session)
    return StoredPrinters.model_validate(found).printers if found else None


async def add_printer(
    db: Database, restaurant_id: str, location_id: ObjectId | str, row: dict[str, Any], session: Session
) -> None:
    """Add a printer's row to a location (index: _id). A stored null becomes a list."""
    query = {"_id": location_id, "restaurantId": restaurant_id}
    listed = {"$cond": [{"$isArray": "$printers"}, "$printers", []]}
    # A literal: what a person typed is no expression.
    grown = {"$concatArrays": [listed, [{"$literal": row}]]}
    await db.locations.update_one(query, [{"$set": {"printers": grown}}], session=session)
