"""The people who may sign in, and what they may do where (collection `users`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pymongo
from pymongo.errors import DuplicateKeyError

from shared.documents.people import User
from shared.domain.roles import LADDER, Membership
from shared.store.mongo.client import Database, piece


async def by_user_id(db: Database, user_id: str) -> User | None:
    """The person with this id of the sign-in service (index: userId)."""
    return await _one(db, {"userId": user_id})


async def by_email(db: Database, email: str) -> User | None:
    """The person with this e-mail address, exactly as stored (index: email)."""
    return await _one(db, {"email": email})


async def by_phone(db: Database, phone: str) -> User | None:
    """The person with this phone number (E.164), exactly as stored (index: phoneNumber)."""
    return await _one(db, {"phoneNumber": phone})


async def ensure(
    db: Database, user_id: str, *, email: str | None, phone: str | None, joined_at: datetime, now: datetime
) -> User:
    """Store a person who has signed in, who may do nothing anywhere yet; of one who is stored, fill what is missing.

    `email` and `phone` proved to be theirs (index: userId).
    """
    known = {name: value for name, value in (("email", email), ("phoneNumber", phone)) if value is not None}
    fields: dict[str, Any] = {name: {"$ifNull": [f"${name}", value]} for name, value in known.items()}
    fields |= {name: {"$ifNull": [f"${name}", {"$literal": []}]} for name in ("restaurants", "memberships")}
    fields |= {"createdAt": {"$ifNull": ["$createdAt", joined_at]}, "updatedAt": now}
    while True:
        try:
            with piece():
                found = await db.users.find_one_and_update(
                    {"userId": user_id}, [{"$set": fields}], upsert=True, return_document=pymongo.ReturnDocument.AFTER
                )
        except DuplicateKeyError:
            # Two requests of one new person: the other one has stored them.
            continue
        return User.model_validate(found)


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
