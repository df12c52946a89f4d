"""How many portions of a dish were sold on a day, and how often a campaign was used: counted with the claim.

A dish's count has the id `<locationId>.<local day>.<item id>`. It is made before the transaction, so that the first two
claims of a day do not fight over it. It is changed only inside a transaction.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import UpdateOne

from shared.documents.checkouts import Taken
from shared.store import campaign_uses
from shared.store.mongo.client import Database, Session, piece

KEPT_FOR = timedelta(days=3)

_DAY = re.compile(r"\.[0-9]{4}-[0-9]{2}-[0-9]{2}\.")


@dataclass(frozen=True, slots=True)
class Portions:
    """Portions of one dish to take from today's `limit`, under the id of its count."""

    count_id: str
    item_id: str
    many: int
    limit: int


class SoldOutError(Exception):
    """There are fewer portions left than wanted."""

    def __init__(self, item_id: str) -> None:
        super().__init__(item_id)
        self.item_id = item_id


def count_id(location_id: ObjectId | str, day: str, item_id: str) -> str:
    """The id of a dish's count."""
    return f"{location_id}.{day}.{item_id}"


def item_of(count_id: str) -> str:
    """The id of the dish whose count this is."""
    found = _DAY.search(count_id)
    return count_id[found.end() :] if found else ""


async def sold(db: Database, count_ids: Collection[str]) -> dict[str, int]:
    """How many portions were sold, by the id of the count; counts that do not exist are left out."""
    with piece():
        found = await db.stock.find({"_id": {"$in": list(count_ids)}}).to_list(len(count_ids))
    return {count["_id"]: count["n"] for count in found}


async def open_counts(db: Database, count_ids: Sequence[str], now: datetime) -> None:
    """Make the counts that do not exist yet, at 0."""
    fresh = {"$setOnInsert": {"n": 0, "purgeAt": now + KEPT_FOR}}
    with piece():
        await db.stock.bulk_write([UpdateOne({"_id": one}, fresh, upsert=True) for one in count_ids], ordered=False)


async def take(db: Database, portions: Sequence[Portions], session: Session) -> None:
    """Take portions, in the claim's transaction. Raises SoldOutError, which must undo the transaction."""
    # In one order everywhere: two carts with the same dishes must not wait for each other.
    for one in sorted(portions, key=lambda one: one.count_id):
        enough = {"_id": one.count_id, "n": {"$lte": one.limit - one.many}}
        result = await db.stock.update_one(enough, {"$inc": {"n": one.many}}, session=session)
        if result.modified_count == 0:
            raise SoldOutError(one.item_id)


async def use_campaign(db: Database, campaign_id: ObjectId | str, session: Session) -> bool:
    """Count one more use, in the claim's transaction; False where the campaign is off or used up by now."""
    has_uses_left = {"$or": [{"$not": [{"$isNumber": "$maxUses"}]}, {"$lt": [{"$ifNull": ["$uses", 0]}, "$maxUses"]}]}
    query: dict[str, Any] = {"_id": campaign_id, "isActive": True, "$expr": has_uses_left}
    result = await db.campaigns.update_one(query, {"$inc": {"uses": 1}}, session=session)
    return result.modified_count == 1


async def give_back(db: Database, checkout_id: ObjectId, session: Session, *, portions: bool = True) -> None:
    """Give back what the claim took, once, in the transaction that ends the order or its checkout.

    `portions`: whether they go back, too. The checkout forgets what it took in the same transaction. Its version stays:
    this is no move.
    """
    found = await db.checkouts.find_one_and_update(
        {"_id": checkout_id, "taken": {"$exists": True}},
        {"$unset": {"taken": ""}},
        projection={"taken": 1},
        session=session,
    )
    if found is None:
        return
    taken = Taken.model_validate(found["taken"])
    for one in sorted(taken.portions, key=lambda one: one.id) if portions else ():
        await db.stock.update_one({"_id": one.id}, {"$inc": {"n": -one.many}}, session=session)
    if taken.campaign_id is not None:
        await db.campaigns.update_one({"_id": taken.campaign_id}, {"$inc": {"uses": -1}}, session=session)
    if taken.phone_use is not None:
        await campaign_uses.give_back(db, taken.phone_use, session)
