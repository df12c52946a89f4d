"""How many orders of one phone number had a campaign: counted with the claim, like portions.

A count has the id `<campaign>:<digest of the number>`. It is made before the transaction that changes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bson import ObjectId

from shared.store.mongo.client import Database, Session, piece

KEPT_FOR = timedelta(days=400)
"""How long a count is kept after its last use."""


def count_id(campaign_id: ObjectId | str, phone: str) -> str:
    """The id of a count. `phone`: a digest of the number."""
    return f"{campaign_id}:{phone}"


async def used(db: Database, key: str) -> int:
    """How many orders had it (index: _id)."""
    with piece():
        found = await db.campaign_uses.find_one({"_id": key}, {"n": 1})
    return int(found["n"]) if found else 0


async def open_count(db: Database, key: str, now: datetime) -> None:
    """Make the count at 0, where there is none (index: _id)."""
    with piece():
        await db.campaign_uses.update_one(
            {"_id": key}, {"$setOnInsert": {"n": 0, "purgeAt": now + KEPT_FOR}}, upsert=True
        )


async def use(db: Database, key: str, limit: int, now: datetime, session: Session) -> bool:
    """Count one more, in the claim's transaction; False where the number had it `limit` times (index: _id)."""
    change = {"$inc": {"n": 1}, "$set": {"purgeAt": now + KEPT_FOR}}
    result = await db.campaign_uses.update_one({"_id": key, "n": {"$lt": limit}}, change, session=session)
    return result.modified_count == 1


async def give_back(db: Database, key: str, session: Session) -> None:
    """Count one less, in the transaction that ends the order or its checkout (index: _id)."""
    await db.campaign_uses.update_one({"_id": key, "n": {"$gt": 0}}, {"$inc": {"n": -1}}, session=session)
