"""Campaigns, as a location's people read and change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from shared.documents.places import StoredCampaign
from shared.store.mongo.client import Database, Session, piece
from shared.store.places import MAX_RELATED

MAX_OF_LOCATION = 1000
MAX_RUNNING = MAX_RELATED
"""How many of them may be on: so many are read with a cart."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The orders that came by a campaign. `total` is in cents; `customers` are told apart by their name."""

    orders: int = 0
    total: int = 0
    customers: int = 0


async def of_location(
    db: Database, restaurant_id: str, location_id: ObjectId | str, *, limit: int, after: tuple[datetime, Any] | None
) -> list[StoredCampaign]:
    """A location's campaigns, the newest first, one more than `limit` (index: restaurantId, locationId).

    `after`: the time and the id of the last one that was seen.
    """
    query: dict[str, Any] = {"restaurantId": restaurant_id, "locationId": location_id}
    if after is not None:
        at, key = after
        query["$or"] = [{"createdAt": {"$lt": at}}, {"createdAt": at, "_id": {"$lt": key}}]
    with piece():
        found = await db.campaigns.find(query).sort([("createdAt", -1), ("_id", -1)]).limit(limit + 1).to_list()
    return [StoredCampaign.model_validate(row) for row in found]


async def one(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    campaign_id: ObjectId | str,
    session: Session | None = None,
) -> StoredCampaign | None:
    """A campaign, if it is this location's (index: _id)."""
    query = {"_id": campaign_id, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.campaigns.find_one(query, session=session)
    return StoredCampaign.model_validate(found) if found else None


async def count(
    db: Database, restaurant_id: str, location_id: ObjectId | str, session: Session, *, running: bool = False
) -> int:
    """How many campaigns a location has, or has on, counted up to the most (index: restaurantId, locationId)."""
    query: dict[str, Any] = {"restaurantId": restaurant_id, "locationId": location_id}
    if running:
        query["isActive"] = True
    return await db.campaigns.count_documents(query, limit=MAX_OF_LOCATION, session=session)


async def insert(db: Database, document: dict[str, Any], session: Session) -> None:
    """Insert a campaign. Raises DuplicateKeyError where its origin has one."""
    await db.campaigns.insert_one(document, session=session)


async def change(
    db: Database, campaign_id: ObjectId | str, fields: Mapping[str, Any], at: datetime, session: Session
) -> StoredCampaign:
    """Set fields of a campaign and count its version up; returns it as it is then (index: _id)."""
    found = await db.campaigns.find_one_and_update(
        {"_id": campaign_id},
        {"$set": {**fields, "updatedAt": at}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
        session=session,
    )
    return StoredCampaign.model_validate(found)


async def delete(db: Database, campaign_id: ObjectId | str, session: Session) -> None:
    """Delete a campaign (index: _id)."""
    await db.campaigns.delete_one({"_id": campaign_id}, session=session)


async def uses_origin(db: Database, origin_id: ObjectId | str, session: Session) -> bool:
    """Whether a campaign that is on has this origin (index: campaign_origin_lookup)."""
    found = await db.campaigns.find_one({"originId": origin_id, "isActive": True}, {"_id": 1}, session=session)
    return found is not None


async def summary(db: Database, restaurant_id: str, location_id: ObjectId | str, origin_id: str) -> Summary:
    """What the orders of an origin come to, whatever their status (index: restaurantId, locationId, origin.id)."""
    steps: list[dict[str, Any]] = [
        {"$match": {"restaurantId": restaurant_id, "locationId": location_id, "origin.id": origin_id}},
        {
            "$group": {
                "_id": "$customer.name",
                "orders": {"$sum": 1},
                "total": {"$sum": {"$cond": [{"$isNumber": "$totalPriceCents"}, "$totalPriceCents", 0]}},
            }
        },
        {
            "$group": {
                "_id": None,
                "orders": {"$sum": "$orders"},
                "total": {"$sum": "$total"},
                "customers": {"$sum": 1},
            }
        },
    ]
    with piece():
        found = await (await db.orders.aggregate(steps)).to_list(1)
    if not found:
        return Summary()
    return Summary(int(found[0]["orders"]), int(found[0]["total"]), int(found[0]["customers"]))
