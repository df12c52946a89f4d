"""Who of a restaurant's people gets pushes (collection `push_tokens`; the original's `subscriptions`)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from shared.documents.pushes import OldSubscriptions, PushToken
from shared.store.mongo.client import Database, Session, piece

MAX_OF_PERSON = 10
"""How many phones and browsers a person has; the one that was not seen for longest makes room."""

MAX_OF_RESTAURANT = 2000
MAX_OLD = 20
"""How many of the original's documents a restaurant may have: it writes one, but nothing held it to that."""

_OLD_FIELDS = ("fcmAndroid", "fcmWeb")


def token_id(token: str) -> str:
    """The id of a token, which may stand where the token itself may not."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


async def put(db: Database, token: str, *, user_id: str, platform: str, restaurant_id: str, now: datetime) -> None:
    """The person wants pushes of the restaurant there. A token that was another's is this person's alone from now on;
    of more than ten of a person, the oldest go. Indexes: _id; userId, seenAt."""
    known = {"$cond": [{"$eq": ["$userId", {"$literal": user_id}]}, {"$ifNull": ["$restaurantIds", []]}, []]}
    fields = {
        "token": {"$literal": token},
        "userId": {"$literal": user_id},
        "platform": {"$literal": platform},
        "restaurantIds": {"$setUnion": [known, [{"$literal": restaurant_id}]]},
        "createdAt": {"$ifNull": ["$createdAt", now]},
        "seenAt": now,
    }
    with piece():
        await db.push_tokens.update_one({"_id": token_id(token)}, [{"$set": fields}], upsert=True)
        mine = db.push_tokens.find({"userId": user_id}, {"_id": 1}).sort("seenAt", -1)
        rows = await mine.skip(MAX_OF_PERSON).to_list(MAX_OF_RESTAURANT)
    if rows:
        await forget(db, [row["_id"] for row in rows])


async def forget_of_person(db: Database, token: str, user_id: str) -> bool:
    """The person wants no more pushes there; False where the token is none of theirs (index: _id)."""
    with piece():
        deleted = await db.push_tokens.delete_one({"_id": token_id(token), "userId": user_id})
    return deleted.deleted_count == 1


async def leave(db: Database, user_id: str, restaurant_ids: Sequence[str], session: Session) -> None:
    """The person gets no more pushes of these restaurants; a token without any goes (index: userId, seenAt)."""
    with piece():
        await db.push_tokens.update_many(
            {"userId": user_id}, {"$pullAll": {"restaurantIds": list(restaurant_ids)}}, session=session
        )
        await db.push_tokens.delete_many({"userId": user_id, "restaurantIds": []}, session=session)


async def forget_person(db: Database, user_id: str, session: Session) -> None:
    """The person is no more (index: userId, seenAt)."""
    await db.push_tokens.delete_many({"userId": user_id}, session=session)


async def any_of_restaurant(db: Database, restaurant_id: str) -> bool:
    """Whether anybody wants pushes of the restaurant (indexes: restaurantIds; restaurantId)."""
    with piece():
        if await db.push_tokens.find_one({"restaurantIds": restaurant_id}, {"_id": 1}) is not None:
            return True
        old = await db.subscriptions.find_one({"restaurantId": restaurant_id}, {"_id": 1})
    return old is not None


async def of_restaurant(db: Database, restaurant_id: str) -> list[PushToken]:
    """The tokens that want pushes of the restaurant, at most 2,000 (index: restaurantIds)."""
    with piece():
        found = await db.push_tokens.find({"restaurantIds": restaurant_id}).to_list(MAX_OF_RESTAURANT)
    return [PushToken.model_validate(row) for row in found]


async def old_of_restaurant(db: Database, restaurant_id: str) -> list[str]:
    """The tokens that the original kept of the restaurant. What has no colon in it is no token (contract 3.11).

    Index: restaurantId.
    """
    with piece():
        rows = await db.subscriptions.find({"restaurantId": restaurant_id}).to_list(MAX_OLD)
    documents = [OldSubscriptions.model_validate(row) for row in rows]
    tokens = dict.fromkeys(token for one in documents for token in (*one.fcm_android, *one.fcm_web) if ":" in token)
    return list(tokens)[:MAX_OF_RESTAURANT]


async def forget(db: Database, ids: Sequence[str]) -> None:
    """These tokens are no more (index: _id)."""
    with piece():
        await db.push_tokens.delete_many({"_id": {"$in": list(ids)}})


async def forget_old(db: Database, restaurant_id: str, tokens: Sequence[str]) -> None:
    """Take these tokens out of what the original kept of the restaurant (index: restaurantId)."""
    with piece():
        for name in _OLD_FIELDS:
            # $pull refuses a field that is there and no list.
            lists = {"restaurantId": restaurant_id, name: {"$type": "array"}}
            await db.subscriptions.update_many(lists, {"$pullAll": {name: list(tokens)}})
