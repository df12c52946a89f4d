"""Orders that a kitchen's screen is still to show (rules 22). Their version stays: no row tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from shared.documents.orders import Order
from shared.domain.order_states import ACCEPTED
from shared.store.mongo.client import Database, MovedError, Session, piece
from shared.store.orders import readable


async def due(db: Database, before: datetime, limit: int) -> list[Order]:
    """Orders that must have been shown by then, the most urgent first (index: showBy)."""
    with piece():
        found = await db.orders.find({"showBy": {"$lte": before, "$type": "date"}}).sort("showBy", 1).to_list(limit)
    return readable(found)


async def settle(db: Database, order_ids: Sequence[ObjectId]) -> None:
    """Nobody looks at these orders any more: they were shown, or are not to be shown now (index: _id)."""
    with piece():
        await db.orders.update_many({"_id": {"$in": list(order_ids)}}, {"$set": {"showBy": None}})


async def mark(db: Database, order_id: ObjectId, at: datetime, session: Session) -> None:
    """No screen has shown an order that is still to be made (index: _id). Raises MovedError where it has moved on."""
    query = {"_id": order_id, "status": ACCEPTED, "showBy": {"$ne": None}}
    change = {"$set": {"notDrawnSince": at, "showBy": None}}
    result = await db.orders.update_one(query, change, session=session)
    if result.modified_count != 1:
        raise MovedError


async def unmark(db: Database, order_id: ObjectId, session: Session) -> None:
    """It was shown after all (index: _id). Raises MovedError where it is marked no more."""
    query = {"_id": order_id, "notDrawnSince": {"$ne": None}}
    result = await db.orders.update_one(query, {"$set": {"notDrawnSince": None}}, session=session)
    if result.modified_count != 1:
        raise MovedError


async def marked(db: Database, order_ids: Sequence[ObjectId]) -> list[Order]:
    """Those of these orders that no screen had shown in time (index: _id)."""
    query = {"_id": {"$in": list(order_ids)}, "notDrawnSince": {"$ne": None}}
    with piece():
        found = await db.orders.find(query).to_list(len(order_ids) or 1)
    return readable(found)
