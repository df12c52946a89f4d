"""The users who may sign in, and their restaurants (collection `users`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.store.mongo.client import Database, piece


@dataclass(frozen=True, slots=True)
class User:
    """A member of staff. `restaurants` are the ids of the restaurants this person belongs to."""

    user_id: str
    email: str
    restaurants: tuple[str, ...]


async def by_email(db: Database, email: str) -> User | None:
    """The user with this e-mail address, exactly as stored (index users.email)."""
    with piece():
        found = await db.users.find_one({"email": email}, {"userId": 1, "email": 1, "restaurants": 1})
    return _user(found) if found else None


def _user(document: dict[str, Any]) -> User:
    restaurants = document.get("restaurants")
    return User(
        user_id=str(document.get("userId") or document["_id"]),
        email=str(document.get("email") or ""),
        restaurants=tuple(str(each) for each in restaurants) if isinstance(restaurants, list) else (),
    )
