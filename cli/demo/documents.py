"""The demo as documents, in the shape of the collections (contract 2.0), and how they get into a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from bson import ObjectId
from emoji import is_emoji
from pymongo import ReplaceOne

from cli.demo.places import PEOPLE, RESTAURANTS, WEEKDAYS, Campaign, Location, Restaurant, demo_id
from shared.domain.menu_import import MenuTarget, ParsedFile, parse, read_menu
from shared.store.mongo.client import Database, piece

# Fixed, so that seeding again finds every document as it left it.
MADE_AT = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)

_FOLDER = Path(__file__).parent
_QR_STYLE = {
    "width": 300,
    "height": 300,
    "type": "svg",
    "data": "default",
    "margin": 10,
    "qrOptions": {"typeNumber": 0, "errorCorrectionLevel": "Q"},
    "imageOptions": {"hideBackgroundDots": True, "imageSize": 0.4, "margin": 5, "crossOrigin": "anonymous"},
    "dotsOptions": {"color": "#000000", "type": "square"},
    "backgroundOptions": {"color": "#ffffff"},
    "cornersSquareOptions": {"color": "#000000", "type": "square"},
    "cornersDotOptions": {"color": "#000000", "type": "square"},
    "shape": "square",
}

Documents = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a collection's demo documents."""

    created: int
    changed: int
    kept: int


Seeded = Mapping[str, Counts]


async def write(db: Database) -> Seeded:
    """Put every demo document into its place by id; nothing else in the database is touched."""
    result = {}
    for collection, rows in documents().items():
        with piece():
            done = await db[collection].bulk_write(
                [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows], ordered=True
            )
        created, changed = len(done.upserted_ids or {}), done.modified_count
        result[collection] = Counts(created, changed, len(rows) - created - changed)
    return result


def documents() -> Documents:
    """All demo documents by collection."""
    result: Documents = {
        name: [] for name in ("restaurants", "locations", "menus", "stations", "origins", "campaigns", "users")
    }
    for restaurant in RESTAURANTS:
        result["restaurants"].append(_restaurant(restaurant))
        for location in restaurant.locations:
            _add_location(result, restaurant, location)
    result["users"] = [
        {
            "_id": demo_id("user", person.key),
            "userId": person.user_id,
            "email": person.email,
            "restaurants": [restaurant.id for restaurant in person.restaurants],
            "memberships": [
                {"restaurantId": restaurant.id, "role": person.role, "locationIds": None}
                for restaurant in person.restaurants
            ],
            "createdAt": MADE_AT,
            "updatedAt": MADE_AT,
        }
        for person in PEOPLE
    ]
    return result


def _restaurant(restaurant: Restaurant) -> dict[str, Any]:
    # Times are texts here because the original wrote them so (contract 2.1).
    made_at = MADE_AT.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "_id": restaurant.id,
        "name": restaurant.name,
        "concept": restaurant.concept,
        "logo": "",
        "tagline": restaurant.tagline,
        "website": restaurant.website,
        "createdAt": made_at,
        "updatedAt": made_at,
    }


def _add_location(result: Documents, restaurant: Restaurant, location: Location) -> None:
    here = {"restaurantId": restaurant.id, "locationId": location.id}
    result["locations"].append(_location(restaurant, location))
    for menu in location.menus:
        result["menus"].append(_menu(menu.file, restaurant.id, location.id, menu.slug))
    for station in location.stations:
        tags = list(station.tags)
        result["stations"].append({"_id": location.station_id(station), **here, "name": station.name, "tags": tags})
    for origin in location.origins:
        origin_id = location.origin_id(origin)
        result["origins"].append(
            {
                "_id": origin_id,
                **here,
                "label": origin.label,
                "type": origin.type,
                # Where it leads to is the app's setting: the app draws it.
                "qrCode": "",
                "qrCodeId": location.origin_code(origin),
                "ownCode": True,
            }
        )
        if origin.campaign is not None:
            result["campaigns"].append(
                {
                    "_id": demo_id("campaign", origin.campaign.name),
                    **here,
                    "originId": origin_id,
                    "name": origin.campaign.name,
                    **_reward(origin.campaign),
                    "isActive": True,
                    "createdAt": MADE_AT,
                    "updatedAt": MADE_AT,
                }
            )


def _reward(campaign: Campaign) -> dict[str, Any]:
    if campaign.percent_off:
        return {"type": "percent", "reward": {"percentOff": campaign.percent_off}}
    return {"type": "flat", "reward": {"flatOffCents": campaign.flat_off_cents}}


def _location(restaurant: Restaurant, location: Location) -> dict[str, Any]:
    alerts = [location.alert_number] if location.alert_number else []
    return {
        "_id": location.id,
        "restaurantId": restaurant.id,
        "locationSlug": location.slug,
        "name": location.name,
        "address": location.address,
        "timezone": location.timezone,
        "isActive": True,
        "isMobile": location.mobile,
        "autoAcceptOrder": location.auto_accept,
        "contact": {"email": location.email},
        "payment": _payment(location),
        "workingHours": [
            {"day": day, "isOpen": hours is not None, "startTime": hours and hours[0], "endTime": hours and hours[1]}
            for day, hours in zip(WEEKDAYS, location.hours, strict=True)
        ],
        "orderTiming": {
            "acceptOrdersAfterMinutes": location.accept_after_minutes,
            "stopOrdersBeforeMinutes": location.stop_before_minutes,
        },
        "alertNumbers": [{"_id": demo_id("alert", number), "phoneNumber": number} for number in alerts],
        "printers": [],
        "qrCodeStyle": _QR_STYLE,
        "qrCodeImage": "",
        "qrCodeId": str(demo_id("qr", location.key)),
        "supportedLanguages": ["en", "es", "pt"],
        "createdAt": MADE_AT,
        "updatedAt": MADE_AT,
    }


def _payment(location: Location) -> dict[str, Any]:
    if not location.takes_payment:
        return {"acceptPayment": False}
    # Only the local stand-in of the gateway takes these. In plain text, as the original's locations have them.
    return {
        "acceptPayment": True,
        "emergepayWalletsPublicId": "demo-wallets-not-real",
        "oid": "demo-merchant",
        "auth": "test-key-demo-merchant",
    }


def _menu(file: str, restaurant_id: str, location_id: ObjectId, slug: str) -> dict[str, Any]:
    imported = read_menu(_parsed(file), MenuTarget(restaurant_id, location_id, slug), is_emoji)
    assert imported.document is not None, f"{file} holds no menu"
    return {**imported.document, "createdAt": MADE_AT, "updatedAt": MADE_AT}


@cache
def _parsed(file: str) -> ParsedFile:
    return parse((_FOLDER / file).read_bytes())
