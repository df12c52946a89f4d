"""Previews: priced carts, inserted once and never repriced (rules 2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.documents.orders import Preview
from shared.store.mongo.client import Database, Session, piece, unawaited


async def insert(db: Database, preview: dict[str, Any], session: Session | None = None) -> None:
    """Insert a new preview. Outside a transaction its checkout must follow, and makes the preview durable with it."""
    target = db if session is not None else unawaited(db)
    with piece():
        await target.orders_preview.insert_one(preview, session=session)


async def get(db: Database, preview_id: ObjectId) -> Preview | None:
    """A preview by id."""
    found = await stored(db, preview_id)
    return Preview.model_validate(found) if found else None


async def stored(db: Database, preview_id: ObjectId) -> dict[str, Any] | None:
    """A preview as MongoDB holds it: an order copies it field by field."""
    with piece():
        return await db.orders_preview.find_one({"_id": preview_id})


async def delete_unclaimed(db: Database, preview_id: ObjectId) -> None:
    """Delete a preview whose id nobody was told, because the same cart already has one."""
    with piece():
        await db.orders_preview.delete_one({"_id": preview_id})


async def purge_at(db: Database, preview_ids: Sequence[ObjectId], when: datetime, session: Session) -> None:
    """Have previews purged at `when`, in the transaction that puts their checkouts at rest."""
    query = {"_id": {"$in": list(preview_ids)}}
    await db.orders_preview.update_many(query, {"$set": {"purgeAt": when}}, session=session)
