"""The credentials of locations at the payment gateway, as a payment needs them."""

from __future__ import annotations

from bson import ObjectId

from shared.documents.merchants import MerchantLocation
from shared.store.mongo.client import Database, piece

MAX_LOCATIONS = 200

MERCHANT_FIELDS = {"restaurantId": 1, "payment.acceptPayment": 1, "payment.oid": 1, "payment.auth": 1}


async def of_location(db: Database, restaurant_id: str, location_id: ObjectId | str) -> MerchantLocation | None:
    """A location's credentials, if it is this restaurant's."""
    with piece():
        found = await db.locations.find_one({"_id": location_id, "restaurantId": restaurant_id}, MERCHANT_FIELDS)
    return MerchantLocation.model_validate(found) if found else None


async def paying(db: Database, restaurant_id: str) -> list[MerchantLocation]:
    """Those of a restaurant's locations that take payment, 200 at most (index: restaurantId)."""
    query = {"restaurantId": restaurant_id, "payment.acceptPayment": True}
    with piece():
        found = await db.locations.find(query, MERCHANT_FIELDS).limit(MAX_LOCATIONS).to_list()
    return [MerchantLocation.model_validate(row) for row in found]
