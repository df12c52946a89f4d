"""Which checkouts and payments of a restored database may have gone on after the moment that it was restored to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from shared.store.mongo.client import Database, piece

MAX_READ = 200_000


async def previews_not_at_rest(db: Database) -> list[ObjectId]:
    """Previews whose checkout is open or claimed (index: nextWakeAt)."""
    with piece():
        found = await db.checkouts.find({"nextWakeAt": {"$type": "date"}}, {"_id": 1}).to_list(MAX_READ)
    return [row["_id"] for row in found]


async def previews_paid_since(db: Database, since: datetime) -> list[ObjectId]:
    """Previews with an attempt to pay that began since `since` (index: beganAt)."""
    with piece():
        found = await db.payments.find({"beganAt": {"$gte": since}}, {"previewId": 1}).to_list(MAX_READ)
    return list(dict.fromkeys(row["previewId"] for row in found))


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """Where an order was placed, its status, and its payment ("" for none)."""

    restaurant_id: str
    location_id: ObjectId | str
    status: str
    payment_id: str
    tip_cents: int


async def order(db: Database, order_id: ObjectId) -> PaidOrder | None:
    """An order by id, with only the fields that say how it was paid."""
    fields = {"restaurantId": 1, "locationId": 1, "status": 1, "paymentId": 1, "tipCents": 1}
    with piece():
        found = await db.orders.find_one({"_id": order_id}, fields)
    if found is None:
        return None
    return PaidOrder(
        restaurant_id=str(found.get("restaurantId") or ""),
        location_id=found.get("locationId") or "",
        status=str(found.get("status") or ""),
        payment_id=str(found.get("paymentId") or ""),
        tip_cents=int(found.get("tipCents") or 0),
    )
