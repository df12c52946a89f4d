"""Setting merchants' credentials, and sealing these and webhooks' secrets. A person runs this; all locations and
webhooks are read, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bson import ObjectId

from shared.documents.merchants import MerchantLocation
from shared.documents.webhooks import Webhook
from shared.store.merchants import MERCHANT_FIELDS
from shared.store.mongo.client import Database, piece

PAGE = 100
NOT_AT_REST = ("sent", "unknown", "lost", "approved", "voiding", "refunding")
"""The gateway must still be asked about these payments, with the credentials that they were made with."""


async def with_auth(db: Database) -> AsyncIterator[MerchantLocation]:
    """Every location that holds a bearer token, in clear or sealed. One that changes meanwhile may come as it was."""
    # Ids are of two types, and MongoDB compares only those of one.
    for last in ("", ObjectId(b"\0" * 12)):
        page = await _page(db, last)
        while page:
            for found in page:
                yield found
            page = await _page(db, page[-1].id)


async def _page(db: Database, last: ObjectId | str) -> list[MerchantLocation]:
    query = {"_id": {"$gt": last}, "payment.auth": {"$type": "string", "$ne": ""}}
    with piece():
        found = await db.locations.find(query, MERCHANT_FIELDS).sort("_id", 1).limit(PAGE).to_list()
    return [MerchantLocation.model_validate(row) for row in found]


async def webhooks(db: Database) -> AsyncIterator[Webhook]:
    """Every webhook, with its sealed secrets. One that changes meanwhile may come as it was (index: _id)."""
    last = ObjectId(b"\0" * 12)
    while True:
        with piece():
            page = await db.webhooks.find({"_id": {"$gt": last}}).sort("_id", 1).limit(PAGE).to_list()
        if not page:
            return
        for row in page:
            yield Webhook.model_validate(row)
        last = page[-1]["_id"]


async def replace_secret(db: Database, webhook_id: ObjectId, *, old: str, new: str) -> bool:
    """Replace a webhook's sealed secret by the same one, sealed anew; False where it is not there any more (index:
    _id)."""
    with piece():
        done = await db.webhooks.update_one({"_id": webhook_id, "keys.sealed": old}, {"$set": {"keys.$.sealed": new}})
    return done.modified_count == 1


async def replace_auth(db: Database, location_id: ObjectId | str, *, old: str, new: str) -> bool:
    """Replace a stored token by the same token in another form; False where another is stored by now."""
    with piece():
        done = await db.locations.update_one({"_id": location_id, "payment.auth": old}, {"$set": {"payment.auth": new}})
    return done.modified_count == 1


async def set_merchant(db: Database, restaurant_id: str, location_id: ObjectId | str, *, oid: str, auth: str) -> bool:
    """Set a location's merchant, and leave its other payment settings; False where there is no such location."""
    # A pipeline, since the original may have stored no settings at all, or null.
    merged = {"$mergeObjects": ["$payment", {"oid": {"$literal": oid}, "auth": {"$literal": auth}}]}
    with piece():
        done = await db.locations.update_one(
            {"_id": location_id, "restaurantId": restaurant_id}, [{"$set": {"payment": merged}}]
        )
    return done.matched_count == 1


async def payments_not_at_rest(db: Database, location_id: ObjectId | str) -> int:
    """How many payments of a location are being taken or given back."""
    with piece():
        return await db.payments.count_documents({"locationId": location_id, "state": {"$in": list(NOT_AT_REST)}})
