"""Restaurants, as their own people read and change them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.documents.places import StoredRestaurant
from shared.store.mongo.client import Database, Session, piece

_FIELDS = {"name": 1, "concept": 1, "logo": 1, "tagline": 1, "website": 1, "createdAt": 1, "updatedAt": 1}


async def one(db: Database, restaurant_id: str, session: Session | None = None) -> StoredRestaurant | None:
    """A restaurant with all that it says of itself (index: _id)."""
    with piece():
        found = await db.restaurants.find_one({"_id": restaurant_id}, _FIELDS, session=session)
    return StoredRestaurant.model_validate(found) if found else None


async def change(
    db: Database, restaurant_id: str, fields: Mapping[str, Any], updated_at: str, session: Session
) -> None:
    """Set fields of a restaurant (index: _id). `updated_at`: an ISO text, as the original stores it."""
    change = {"$set": {**fields, "updatedAt": updated_at}}
    await db.restaurants.update_one({"_id": restaurant_id}, change, session=session)
