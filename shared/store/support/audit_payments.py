"""Payments in batches, with what each belongs to, for the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.store.mongo.client import Database, piece
from shared.store.support.audit import MAX_FOUND, PLACE_FIELDS, Raw, by_id

ON_THEIR_WAY = ("intent", "sent", "unknown", "approved", "voiding", "refunding")
"""The states in which a payment does not stay."""


@dataclass(frozen=True, slots=True)
class PaymentBatch:
    """Some payments, and what they belong to by id, as of one moment."""

    payments: Sequence[Raw]
    previews: Mapping[Any, Raw]
    checkouts: Mapping[Any, Raw]
    orders: Mapping[Any, Raw]
    locations: Mapping[Any, Raw]


async def payment_batch(db: Database, ids: Sequence[Any]) -> PaymentBatch:
    """The payments with these ids, their previews, checkouts, orders and locations, as of one moment."""
    with_total = {**PLACE_FIELDS, "totalPriceCents": 1}
    with piece():
        async with db.client.start_session(snapshot=True) as session:
            found = await db.payments.find({"_id": {"$in": ids}}, session=session).to_list(len(ids))
            of = {payment.get("previewId") for payment in found}
            previews = await by_id(db, "orders_preview", of, session, with_total)
            checkouts = await by_id(db, "checkouts", of, session, PLACE_FIELDS)
            orders = await by_id(db, "orders", of, session, with_total)
            places = {payment.get("locationId") for payment in found}
            locations = await by_id(db, "locations", places, session, {"restaurantId": 1})
    return PaymentBatch(found, previews, checkouts, orders, locations)


async def count_on_their_way(db: Database) -> int:
    """How many payments are not at rest, 1,000 at most (index: state)."""
    with piece():
        return await db.payments.count_documents({"state": {"$in": list(ON_THEIR_WAY)}}, limit=MAX_FOUND)


async def merchants(db: Database) -> set[str]:
    """The merchants of all locations, as the gateway's ids of them."""
    with piece():
        return {oid for oid in await db.locations.distinct("payment.oid") if isinstance(oid, str)}
