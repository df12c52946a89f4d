"""Restaurants, locations, origins, stations and campaigns, as diners and screens ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.documents.places import Campaign, Location, Origin, Restaurant, Station
from shared.ids import stored_id
from shared.store.mongo.client import Database, Session, piece

MAX_RELATED = 200

# Never read more of a location than its class holds: the merchant's credentials stay in the database.
LOCATION_FIELDS = {
    "restaurantId": 1,
    "locationSlug": 1,
    "name": 1,
    "timezone": 1,
    "isActive": 1,
    "autoAcceptOrder": 1,
    "workingHours": 1,
    "specialDays": 1,
    "orderTiming": 1,
    "staffLanguage": 1,
    "pausedUntil": 1,
    "waitMinutes": 1,
    "paceSchedule": 1,
    "acceptWithinMinutes": 1,
    "readyWhenAllDone": 1,
    "ageing": 1,
    "businessDayStartsAt": 1,
    "version": 1,
    "printers": 1,
    "expoSeenAt": 1,
    "payment.acceptPayment": 1,
    "payment.emergepayWalletsPublicId": 1,
}


ORIGIN_FIELDS = {"restaurantId": 1, "locationId": 1, "label": 1, "type": 1}
"""What is read of an origin. Its picture of the code stays in the database: it is larger than all the rest."""

_FIELDS_OF = {"origins": ORIGIN_FIELDS}
"""What is read of a collection that is joined, where that is not all."""


def lookup_of_location(
    collection: str,
    *,
    location: str,
    name: str,
    also: dict[str, Any] | None = None,
    fields: dict[str, int] | None = None,
) -> dict[str, Any]:
    """The aggregation step that joins what belongs to the location whose id is in the field `location`, as `name`.

    `also` is what must hold besides, `fields` what is read of it (all). Index of it: restaurantId, locationId.
    """
    belongs = {"$expr": {"$and": [{"$eq": ["$restaurantId", "$$restaurant"]}, {"$eq": ["$locationId", "$$location"]}]}}
    steps: list[dict[str, Any]] = [{"$match": belongs | (also or {})}, {"$sort": {"_id": 1}}, {"$limit": MAX_RELATED}]
    return {
        "$lookup": {
            "from": collection,
            "let": {"location": location, "restaurant": "$restaurantId"},
            "pipeline": [*steps, {"$project": fields}] if fields else steps,
            "as": name,
        }
    }


async def restaurant(db: Database, restaurant_id: str) -> Restaurant | None:
    """A restaurant by id."""
    with piece():
        found = await db.restaurants.find_one({"_id": restaurant_id}, {"name": 1, "concept": 1, "logo": 1})
    return Restaurant.model_validate(found) if found else None


async def location(db: Database, restaurant_id: str, location_id: ObjectId | str) -> Location | None:
    """A location by id, if it is this restaurant's."""
    with piece():
        found = await db.locations.find_one({"_id": location_id, "restaurantId": restaurant_id}, LOCATION_FIELDS)
    return Location.model_validate(found) if found else None


async def origin(db: Database, origin_id: ObjectId | str) -> Origin | None:
    """An origin by id."""
    with piece():
        found = await db.origins.find_one({"_id": origin_id}, ORIGIN_FIELDS)
    return Origin.model_validate(found) if found else None


async def running_campaign(
    db: Database, restaurant_id: str, location_id: ObjectId | str, origin_id: ObjectId | str
) -> Campaign | None:
    """The running campaign of an origin, if both are this location's (index: campaign_origin_lookup)."""
    query = {"originId": origin_id, "restaurantId": restaurant_id, "locationId": location_id, "isActive": True}
    with piece():
        found = await db.campaigns.find_one(query)
    return Campaign.model_validate(found) if found else None


async def station(
    db: Database, restaurant_id: str, location_id: ObjectId | str, station_id: ObjectId | str
) -> Station | None:
    """A station by id, if it is this location's."""
    with piece():
        found = await db.stations.find_one(
            {"_id": station_id, "restaurantId": restaurant_id, "locationId": location_id}
        )
    return Station.model_validate(found) if found else None


async def location_with_stations(
    db: Database, restaurant_id: str, location_id: ObjectId | str
) -> tuple[Location, list[Station]] | None:
    """A location and its stations, read anew, in one round trip: what a kitchen screen needs."""
    found = await _location_with(db, restaurant_id, location_id, {"stations": {}})
    if found is None:
        return None
    return Location.model_validate(found), [Station.model_validate(row) for row in found["stations"]]


@dataclass(frozen=True, slots=True)
class Selling:
    """A location with its stations, its switched-on campaigns and its origins, at most 200 of each."""

    location: Location
    stations: list[Station]
    campaigns: list[Campaign]
    origins: list[Origin]


async def location_that_sells(db: Database, restaurant_id: str, location_id: ObjectId | str) -> Selling | None:
    """A location with what an order needs beside the menus, in one round trip."""
    related = {"stations": {}, "campaigns": {"isActive": True}, "origins": {}}
    found = await _location_with(db, restaurant_id, location_id, related)
    if found is None:
        return None
    return Selling(
        Location.model_validate(found),
        [Station.model_validate(row) for row in found["stations"]],
        [Campaign.model_validate(row) for row in found["campaigns"]],
        [Origin.model_validate(row) for row in found["origins"]],
    )


async def _location_with(
    db: Database, restaurant_id: str, location_id: ObjectId | str, related: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    """The location's document with its documents of other collections.

    `related`: from which collections, and what must hold of each document.
    """
    steps: list[dict[str, Any]] = [
        {"$match": {"_id": location_id, "restaurantId": restaurant_id}},
        {"$project": LOCATION_FIELDS},
        *(
            lookup_of_location(name, location="$_id", name=name, also=also, fields=_FIELDS_OF.get(name))
            for name, also in related.items()
        ),
    ]
    with piece():
        found = await (await db.locations.aggregate(steps)).to_list(1)
    return found[0] if found else None


async def restaurants(db: Database, restaurant_ids: Sequence[str]) -> list[Restaurant]:
    """Those of these restaurants that are stored, in the order of the ids (index: _id)."""
    with piece():
        rows = await db.restaurants.find(
            {"_id": {"$in": list(restaurant_ids)}}, {"name": 1, "concept": 1, "logo": 1}
        ).to_list(len(restaurant_ids) or 1)
    found = {row["_id"]: Restaurant.model_validate(row) for row in rows}
    return [found[each] for each in restaurant_ids if each in found]


async def insert_restaurant(db: Database, document: dict[str, Any], session: Session) -> None:
    """Store a new restaurant. Raises DuplicateKeyError where its id is taken."""
    with piece():
        await db.restaurants.insert_one(document, session=session)


async def locations_among(db: Database, restaurant_id: str, location_ids: Iterable[str]) -> set[str]:
    """Those of these ids that are locations of the restaurant, as they are stored (index: _id)."""
    ids = [stored_id(each) for each in location_ids]
    with piece():
        found = await db.locations.find({"_id": {"$in": ids}, "restaurantId": restaurant_id}, {"_id": 1}).to_list(
            len(ids)
        )
    return {str(row["_id"]) for row in found}


async def stations_among(
    db: Database, restaurant_id: str, location_id: ObjectId | str, station_ids: Iterable[str]
) -> set[str]:
    """Those of these ids that are stations of the location, as they are stored (index: _id)."""
    ids = [stored_id(each) for each in station_ids]
    query = {"_id": {"$in": ids}, "restaurantId": restaurant_id, "locationId": location_id}
    with piece():
        found = await db.stations.find(query, {"_id": 1}).to_list(len(ids) or 1)
    return {str(row["_id"]) for row in found}


async def change_location(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    fields: Mapping[str, Any],
    *,
    at: datetime,
    session: Session,
) -> dict[str, Any] | None:
    """Set fields of a location, if it is this restaurant's, and count up its version; returns what is read of it as it
    was before (index: _id)."""
    return await db.locations.find_one_and_update(
        {"_id": location_id, "restaurantId": restaurant_id},
        {"$set": {**fields, "updatedAt": at}, "$inc": {"version": 1}},
        LOCATION_FIELDS,
        session=session,
    )


async def restaurant_of(db: Database, location_id: ObjectId | str) -> str | None:
    """The id of the restaurant that a location belongs to; None where there is no such location (index: _id)."""
    with piece():
        found = await db.locations.find_one({"_id": location_id}, {"restaurantId": 1})
    return str(found.get("restaurantId") or "") if found else None
