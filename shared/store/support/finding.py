"""Searching for an order or a checkout by what a person has at hand. Rare, bounded, and never a collection scan."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.documents.orders import Order, Preview
from shared.store.mongo.client import Database, piece

MAX_FOUND = 20
MAX_READ = 5_000

_FIELDS = {
    "restaurantId": 1,
    "locationId": 1,
    "orderCode": 1,
    "status": 1,
    "startedAt": 1,
    "totalPriceCents": 1,
    "tipCents": 1,
    "version": 1,
    "customer": 1,
}


async def orders_of_location(
    db: Database,
    restaurant_id: str,
    location_id: ObjectId | str,
    *,
    since: datetime,
    code: str | None,
    phone_tail: str | None,
) -> list[Order]:
    """A location's orders since `since` with this code, or whose phone ends with `phone_tail`; the newest 20.

    Reads all orders since then (index: restaurantId, locationId, startedAt).
    """
    either: list[dict[str, Any]] = [{"orderCode": code}] if code else []
    if phone_tail:
        either.append({"customer.phone": ends_with(phone_tail)})
    query = {"restaurantId": restaurant_id, "locationId": location_id, "startedAt": {"$gte": since}, "$or": either}
    with piece():
        found = await db.orders.find(query, _FIELDS).sort("startedAt", -1).to_list(MAX_FOUND)
    return [Order.model_validate(row) for row in found]


async def being_placed(db: Database, until: datetime) -> list[ObjectId]:
    """Claimed previews that the sweeper looks at by `until` (index: nextWakeAt)."""
    query = {"nextWakeAt": {"$lte": until, "$type": "date"}, "state": "claimed"}
    with piece():
        found = await db.checkouts.find(query, {"_id": 1}).to_list(MAX_READ)
    return [row["_id"] for row in found]


async def tried_to_be_paid(db: Database, since: datetime) -> list[ObjectId]:
    """Previews with an attempt to pay that began since `since`, the newest first (index: beganAt)."""
    with piece():
        cursor = db.payments.find({"beganAt": {"$gte": since}}, {"previewId": 1}).sort("beganAt", -1)
        found = await cursor.to_list(MAX_READ)
    return list(dict.fromkeys(row["previewId"] for row in found))


async def previews_by_phone(db: Database, preview_ids: list[ObjectId], phone_tail: str) -> list[Preview]:
    """Those of these previews whose phone ends like this, at most 20."""
    query = {"_id": {"$in": preview_ids}, "customer.phone": ends_with(phone_tail)}
    with piece():
        found = await db.orders_preview.find(query).to_list(MAX_FOUND)
    return [Preview.model_validate(row) for row in found]


def ends_with(digits: str) -> re.Pattern[str]:
    """A pattern for phones that end with these digits, with anything but digits between them."""
    return re.compile(r"\D*".join(digits) + r"\D*$")
