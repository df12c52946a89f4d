"""Invitations to a restaurant's people (collection `invitations`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.documents.people import Invitation
from shared.store.mongo.client import Database, Session, piece

MAX_LISTED = 500


async def insert(db: Database, document: dict[str, Any], session: Session) -> None:
    """Store a new invitation."""
    with piece():
        await db.invitations.insert_one(document, session=session)


async def open_of_restaurant(
    db: Database, restaurant_id: str, now: datetime, session: Session | None = None
) -> list[Invitation]:
    """The invitations that can still be taken, at most 500 (index: restaurantId, takenAt)."""
    query = {"restaurantId": restaurant_id, "takenAt": None, "expiresAt": {"$gt": now}}
    with piece():
        found = await db.invitations.find(query, session=session).to_list(MAX_LISTED)
    return [Invitation.model_validate(row) for row in found]


async def by_token_hash(db: Database, token_hash: str, session: Session | None = None) -> Invitation | None:
    """The invitation whose token has this hash, taken or not (index: tokenHash)."""
    with piece():
        found = await db.invitations.find_one({"tokenHash": token_hash}, session=session)
    return Invitation.model_validate(found) if found else None


async def take(db: Database, invitation: Invitation, user_id: str, now: datetime, session: Session) -> None:
    """Mark it as taken by this person, in the transaction that read it (index: _id)."""
    with piece():
        await db.invitations.update_one(
            {"_id": invitation.id}, {"$set": {"takenAt": now, "takenBy": user_id}}, session=session
        )


async def revoke(
    db: Database, restaurant_id: str, invitation_id: ObjectId | str, session: Session
) -> Invitation | None:
    """Delete an invitation of the restaurant that nobody has taken; returns what it was (index: _id)."""
    query = {"_id": invitation_id, "restaurantId": restaurant_id, "takenAt": None}
    with piece():
        found = await db.invitations.find_one_and_delete(query, session=session)
    return Invitation.model_validate(found) if found else None
