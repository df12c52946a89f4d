"""The people who may sign in, and what they may do where (collection `users`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.documents.people import User
from shared.domain.roles import LADDER, Membership
from shared.store.mongo.client import Database, piece


async def by_user_id(db: Database, user_id: str) -> User | None:
    """The person with this id of the sign-in service (index: userId)."""
    return await _one(db, {"userId": user_id})


async def by_email(db: Database, email: str) -> User | None:
    """The person with this e-mail address, exactly as stored (index: email)."""
    return await _one(db, {"email": email})


async def _one(db: Database, query: Mapping[str, Any]) -> User | None:
    with piece():
        found = await db.users.find_one(query)
    return User.model_validate(found) if found else None


def memberships(user: User) -> dict[str, Membership]:
    """What the person may do, by restaurant id.

    A restaurant of `restaurants` without a membership is an owner's: only the original server makes such rows. A
    membership whose role nobody knows is none, and so is its restaurant.
    """
    mine = {each: Membership("owner") for each in user.restaurants}
    for row in user.memberships:
        if row.role in LADDER:
            locations = None if row.location_ids is None else frozenset(row.location_ids)
            mine[row.restaurant_id] = Membership(row.role, locations)
        else:
            mine.pop(row.restaurant_id, None)
    return mine
