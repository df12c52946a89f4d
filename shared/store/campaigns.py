"""Campaigns, as a location's people read and change them."""

from __future__ import annotations

from bson import ObjectId

from shared.store.mongo.client import Database, Session


async def uses_origin(db: Database, origin_id: ObjectId | str, session: Session) -> bool:
    """Whether a campaign that is on has this origin (index: campaign_origin_lookup)."""
    found = await db.campaigns.find_one({"originId": origin_id, "isActive": True}, {"_id": 1}, session=session)
    return found is not None
