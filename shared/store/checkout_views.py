"""What a claim and a driver must know of one checkout, each read in one round trip.

Round trips are the largest cost of a placement: each takes 0.2 to 0.3 ms of CPU on this side alone. The checkout is
read first and its order after it. So where the checkout is seen as placed, its order is seen, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from shared.documents.checkouts import Checkout
from shared.documents.orders import Preview
from shared.documents.payments import Payment
from shared.documents.places import Location
from shared.domain.payment_states import MOST_ATTEMPTS
from shared.store import payments
from shared.store.mongo.client import Database, piece, unawaited
from shared.store.places import LOCATION_FIELDS


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A checkout as a claim sees it.

    `placed`: its order exists. `location`: None where it is gone, or belongs to another restaurant. `attempts`: the
    attempts to pay for it; empty where the claim does not pay.
    """

    checkout: Checkout
    placed: bool
    preview: Preview | None
    location: Location | None
    attempts: list[Payment]


@dataclass(frozen=True, slots=True)
class DriverView:
    """A checkout as a driver sees it.

    `preview`: the stored document, which the order copies. `payment`: that of the claim's attempt, None for an unpaid
    claim.
    """

    checkout: Checkout
    preview: dict[str, Any] | None
    payment: Payment | None


def _joined(collection: str, local: str, name: str, fields: dict[str, int] | None = None) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"$project": fields}] if fields else []
    return {"$lookup": {"from": collection, "localField": local, "foreignField": "_id", "pipeline": steps, "as": name}}


_LOCATION = _joined("locations", "locationId", "location", LOCATION_FIELDS)
_PREVIEW = _joined("orders_preview", "_id", "preview")
_ORDER = _joined("orders", "_id", "order", {"_id": 1})


_ATTEMPTS = {
    "$lookup": {
        "from": "payments",
        "localField": "_id",
        "foreignField": "previewId",
        "pipeline": [{"$sort": {"attempt": 1}}, {"$limit": MOST_ATTEMPTS}],
        "as": "attempts",
    }
}


async def for_claim(db: Database, preview_id: ObjectId, *, paid: bool) -> ClaimView | None:
    """What a claim must know; None where there is no checkout. `paid`: read the attempts to pay, too.

    The payments are read last. So where the checkout is seen as open, every payment of it is seen.
    """
    rows = await _read(db, [preview_id], [_ORDER, _PREVIEW, _LOCATION, *([_ATTEMPTS] if paid else [])])
    if not rows:
        return None
    found = rows[0]
    return ClaimView(
        checkout=Checkout.model_validate(found),
        placed=bool(found["order"]),
        preview=Preview.model_validate(found["preview"][0]) if found["preview"] else None,
        location=_location(found),
        attempts=[Payment.model_validate(row) for row in found.get("attempts", ())],
    )


async def for_driver(db: Database, preview_id: ObjectId) -> DriverView | None:
    """What placing an order must know, read anew; None where there is no checkout. A paid one takes two round trips."""
    return (await for_drivers(db, [preview_id])).get(preview_id)


async def for_drivers(db: Database, preview_ids: Sequence[ObjectId]) -> dict[ObjectId, DriverView]:
    """What placing several orders must know, read anew, by the preview's id. Previews without a checkout are left out.

    All of it is read as the primary has it at this moment: a claim or an approval that was made a moment ago must be
    seen.
    """
    db = unawaited(db)
    found = await _read(db, preview_ids, [_PREVIEW])
    claimed = [Checkout.model_validate(row) for row in found]
    paid = [one.id for one in claimed if one.state == "claimed" and one.claim and one.claim.kind != "none"]
    attempts = await payments.of_previews(db, paid) if paid else {}
    return {
        checkout.id: DriverView(
            checkout=checkout,
            preview=row["preview"][0] if row["preview"] else None,
            payment=_of_claim(checkout, attempts.get(checkout.id, ())),
        )
        for checkout, row in zip(claimed, found, strict=True)
    }


def _of_claim(checkout: Checkout, attempts: Sequence[Payment]) -> Payment | None:
    return next((one for one in attempts if checkout.claim and one.attempt == checkout.claim.attempt), None)


async def _read(db: Database, preview_ids: Sequence[ObjectId], joins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with piece():
        cursor = await db.checkouts.aggregate([{"$match": {"_id": {"$in": list(preview_ids)}}}, *joins])
        return await cursor.to_list(len(preview_ids))


def _location(found: dict[str, Any]) -> Location | None:
    here = found["location"]
    return Location.model_validate(here[0]) if here and here[0].get("restaurantId") == found["restaurantId"] else None
