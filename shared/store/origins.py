"""A location's origins with their codes, as its people read and change them, and as a scanned code finds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from shared.documents.origins import ScannedOrigin, StoredOrigin, StyledLocation
from shared.store.mongo.client import Database, Session, piece
from shared.store.places import ORIGIN_FIELDS

MAX_OF_LOCATION = 1000

FIELDS = {**ORIGIN_FIELDS, "qrCodeId": 1, "qrCode": 1, "ownCode": 1, "version": 1}
_WITHOUT_PICTURE = {name: 1 for name in FIELDS if name != "qrCode"}
_STYLE_FIELDS = {"name": 1, "timezone": 1, "qrCodeStyle": 1, "qrCodeImage": 1}


async def of_location(
    db: Database, restaurant_id: str, location_id: ObjectId | str, *, pictures: bool = True
) -> list[StoredOrigin]:
    """A location's origins, one more than it may have at most (index: restaurantId, locationId)."""
    fields = FIELDS if pictures else _WITHOUT_PICTURE
    query = {"restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.origins.find(query, fields).sort("_id", 1).limit(MAX_OF_LOCATION + 1).to_list()
    return [StoredOrigin.model_validate(row) for row in found]


async def one(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    origin_id: ObjectId | str,
    session: Session | None = None,
) -> StoredOrigin | None:
    """An origin, if it is this location's (index: _id)."""
    query = {"_id": origin_id, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.origins.find_one(query, FIELDS, session=session)
    return StoredOrigin.model_validate(found) if found else None


async def with_code(
    db: Database, restaurant_id: str, location_id: ObjectId | str, code: str, session: Session
) -> StoredOrigin | None:
    """The location's origin that has this code (index: qrCodeId)."""
    query = {"qrCodeId": _stored(code), "restaurantId": restaurant_id, "locationId": location_id}
    found = await db.origins.find_one(query, FIELDS, session=session)
    return StoredOrigin.model_validate(found) if found else None


async def count(db: Database, restaurant_id: str, location_id: ObjectId | str, session: Session) -> int:
    """How many origins a location has, counted up to the most (index: restaurantId, locationId)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id}
    return await db.origins.count_documents(query, limit=MAX_OF_LOCATION, session=session)


async def labels_among(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    labels: Collection[str],
    session: Session | None = None,
) -> set[str]:
    """Those of these labels that the location has already (index: restaurantId, locationId, label)."""
    query = {"restaurantId": restaurant_id, "locationId": location_id, "label": {"$in": list(labels)}}
    with piece():
        found = await db.origins.find(query, {"label": 1}, session=session).limit(MAX_OF_LOCATION).to_list()
    return {row["label"] for row in found}


async def insert(db: Database, documents: Sequence[dict[str, Any]], session: Session) -> None:
    """Insert origins. Raises DuplicateKeyError where one of our codes is taken."""
    await db.origins.insert_many(documents, session=session)


async def change(
    db: Database,
    origin_id: ObjectId | str,
    fields: Mapping[str, Any],
    session: Session,
    *,
    without: Collection[str] = (),
) -> StoredOrigin:
    """Set fields of an origin, drop those in `without`, and count its version up; returns it as it is then (index:
    _id)."""
    change: dict[str, Any] = {"$set": dict(fields), "$inc": {"version": 1}}
    if without:
        change["$unset"] = dict.fromkeys(without, "")
    found = await db.origins.find_one_and_update(
        {"_id": origin_id}, change, FIELDS, return_document=ReturnDocument.AFTER, session=session
    )
    return StoredOrigin.model_validate(found)


async def delete(db: Database, origin_id: ObjectId | str, session: Session) -> None:
    """Delete an origin (index: _id)."""
    await db.origins.delete_one({"_id": origin_id}, session=session)


async def scanned(db: Database, code: str) -> ScannedOrigin | None:
    """The origin that a code leads to, with what following it needs, in one round trip (index: qrCodeId).

    The original's codes are not unique: one of ours comes first, then the oldest.
    """
    steps: list[dict[str, Any]] = [
        {"$match": {"qrCodeId": _stored(code)}},
        {"$sort": {"ownCode": -1, "_id": 1}},
        {"$limit": 1},
        {"$project": {"restaurantId": 1, "locationId": 1, "ownCode": 1}},
        _joined("restaurants", "restaurantId", "restaurant", "name"),
        _joined("locations", "locationId", "location", "timezone"),
        {
            "$set": {
                "restaurantName": {"$first": "$restaurant.name"},
                "timezone": {"$first": "$location.timezone"},
            }
        },
        {"$unset": ["restaurant", "location"]},
    ]
    with piece():
        found = await (await db.origins.aggregate(steps)).to_list(1)
    return ScannedOrigin.model_validate(found[0]) if found else None


def _stored(code: str) -> Any:
    """A code as it may be stored: the original stored one of digits as a number."""
    return {"$in": [code, int(code)]} if code.isascii() and code.isdigit() and len(code) < 16 else code


def _joined(collection: str, by: str, name: str, field: str) -> dict[str, Any]:
    fields = [{"$project": {field: 1}}]
    return {"$lookup": {"from": collection, "localField": by, "foreignField": "_id", "pipeline": fields, "as": name}}


async def styled(
    db: Database, restaurant_id: str, location_id: ObjectId | str, session: Session | None = None
) -> StyledLocation | None:
    """How a location's codes look, if it is this restaurant's (index: _id)."""
    query = {"_id": location_id, "restaurantId": restaurant_id}
    with piece():
        found = await db.locations.find_one(query, _STYLE_FIELDS, session=session)
    return StyledLocation.model_validate(found) if found else None


async def types(
    db: Database, restaurant_id: str, location_id: ObjectId | str, origin_ids: Sequence[ObjectId | str]
) -> dict[str, str]:
    """The types of those of these origins that are the location's, by the text of their id (index: _id)."""
    query = {"_id": {"$in": list(origin_ids)}, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.origins.find(query, {"type": 1}).to_list(len(origin_ids) or 1)
    return {str(row["_id"]): str(row.get("type") or "") for row in found}
