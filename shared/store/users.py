"""The people who may sign in, and what they may do where (collection `users`).

`memberships` and `restaurants` are always written in one update: a restaurant that stands in the second alone is an
owner's, so a half-written change would make one (rules 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pymongo
from pymongo.errors import DuplicateKeyError

from shared.documents.people import User
from shared.domain.roles import LADDER, Membership
from shared.store.mongo.client import Database, Session, piece

MAX_PEOPLE = 500
"""How many people a restaurant has at most, those who are invited included."""


async def by_user_id(db: Database, user_id: str, session: Session | None = None) -> User | None:
    """The person with this id of the sign-in service (index: userId)."""
    return await _one(db, {"userId": user_id}, session)


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


async def _one(db: Database, query: Mapping[str, Any], session: Session | None = None) -> User | None:
    with piece():
        found = await db.users.find_one(query, session=session)
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


async def of_restaurant(db: Database, restaurant_id: str, session: Session | None = None) -> list[User]:
    """The people who have something to do with a restaurant, at most a thousand.

    Indexes: restaurants; memberships.restaurantId.
    """
    query = {"$or": [{"restaurants": restaurant_id}, {"memberships.restaurantId": restaurant_id}]}
    with piece():
        found = await db.users.find(query, session=session).to_list(2 * MAX_PEOPLE)
    return [User.model_validate(row) for row in found]


async def hold_people(db: Database, restaurant_id: str, session: Session) -> bool:
    """Let no other transaction change the restaurant's people until this one ends; False where there is no restaurant.

    What the transaction reads of them afterwards is what it decides by. Index: _id.
    """
    with piece():
        held = await db.restaurants.update_one({"_id": restaurant_id}, {"$inc": {"peopleVersion": 1}}, session=session)
    return held.matched_count == 1


async def put_membership(
    db: Database, user_id: str, restaurant_id: str, membership: Membership, *, now: datetime, session: Session
) -> None:
    """Make the person's membership in the restaurant this one, in place of the one before.

    One update for both fields (index: userId).
    """
    locations = None if membership.locations is None else sorted(membership.locations)
    row = {"restaurantId": restaurant_id, "role": membership.role, "locationIds": locations}
    restaurant = {"$literal": restaurant_id}
    known = {"$in": [restaurant, _others("restaurants", "", [])]}
    both = {
        "memberships": {
            "$concatArrays": [_others("memberships", ".restaurantId", [restaurant_id]), [{"$literal": row}]]
        },
        # In its place where it is there: clients show the restaurants in this order.
        "restaurants": {"$concatArrays": [_others("restaurants", "", []), {"$cond": [known, [], [restaurant]]}]},
    }
    with piece():
        await db.users.update_one(
            {"userId": user_id}, [{"$set": both | {"updatedAt": now}}, {"$unset": "leavingAt"}], session=session
        )


async def end_memberships(
    db: Database,
    user_id: str,
    restaurant_ids: Sequence[str],
    *,
    now: datetime,
    session: Session,
    leaves: bool = False,
) -> None:
    """End the person's memberships in these restaurants. One update for both fields (index: userId).

    `leaves`: the account is to go, too.
    """
    both = {
        "memberships": _others("memberships", ".restaurantId", restaurant_ids),
        "restaurants": _others("restaurants", "", restaurant_ids),
    }
    with piece():
        await db.users.update_one(
            {"userId": user_id},
            [{"$set": both | {"updatedAt": now} | ({"leavingAt": now} if leaves else {})}],
            session=session,
        )


def _others(field: str, key: str, restaurant_ids: Iterable[str]) -> dict[str, Any]:
    """The list in the field without what is about these restaurants; an empty one for what is no list."""
    return {
        "$filter": {
            "input": {"$cond": [{"$isArray": f"${field}"}, f"${field}", []]},
            "cond": {"$not": [{"$in": [f"$$this{key}", {"$literal": list(restaurant_ids)}]}]},
        }
    }


async def leaving(db: Database, limit: int) -> list[str]:
    """The user ids of those whose account is to go (index: leavingAt)."""
    with piece():
        found = await db.users.find({"leavingAt": {"$exists": True}}, {"userId": 1}).to_list(limit)
    return [str(row["userId"]) for row in found]


async def delete_without_memberships(db: Database, user_id: str) -> bool:
    """Forget the person who belongs to no restaurant; False where there is no such person (index: userId)."""
    none: dict[str, Any] = {"restaurants": {"$in": [None, []]}, "memberships": {"$in": [None, []]}}
    with piece():
        deleted = await db.users.delete_one({"userId": user_id, **none})
    return deleted.deleted_count == 1
