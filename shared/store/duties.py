"""What changes of orders leave to be done (collection `duties`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from shared.documents.duties import OPEN_STATES, OrderDuty
from shared.store.mongo.client import Database, Session, piece

KEPT_FOR = timedelta(days=30)

_OPEN = {"$in": list(OPEN_STATES)}


def key(kind: str, order_id: ObjectId) -> str:
    """The id of an order's duty of this kind."""
    return f"{kind}:{order_id}"


def due(kind: str, order_id: ObjectId, at: datetime) -> dict[str, Any]:
    """The document of a duty that is to be done at `at`."""
    return {"_id": key(kind, order_id), "orderId": order_id, "kind": kind, "state": "due", "tries": 0, "nextAt": at}


async def insert(db: Database, documents: Sequence[dict[str, Any]], session: Session) -> None:
    """Insert duties, in the transaction of the change that they follow."""
    await db.duties.insert_many(documents, session=session)


async def get(db: Database, duty_id: str) -> OrderDuty | None:
    """A duty by id."""
    with piece():
        found = await db.duties.find_one({"_id": duty_id})
    return OrderDuty.model_validate(found) if found else None


async def ids_due(db: Database, kinds: Collection[str], now: datetime, limit: int) -> list[str]:
    """The ids of duties of these kinds whose time has come, also of those whose claimer did not finish (index: state,
    nextAt)."""
    query = {"state": _OPEN, "nextAt": {"$lte": now}, "kind": {"$in": list(kinds)}}
    with piece():
        found = await db.duties.find(query, {"_id": 1}).sort("nextAt", 1).to_list(limit)
    return [row["_id"] for row in found]


async def claim(db: Database, duty_id: str, now: datetime, *, again_at: datetime) -> OrderDuty | None:
    """Claim a duty whose time has come; None where somebody else was faster. Where nobody finishes it, it is due again
    at `again_at`."""
    with piece():
        found = await db.duties.find_one_and_update(
            {"_id": duty_id, "state": _OPEN, "nextAt": {"$lte": now}},
            {"$set": {"state": "claimed", "claimedAt": now, "nextAt": again_at}, "$inc": {"tries": 1}},
            return_document=ReturnDocument.AFTER,
        )
    return OrderDuty.model_validate(found) if found else None


async def finish(db: Database, claimed: OrderDuty, now: datetime, *, again_at: datetime | None = None) -> bool:
    """End what was claimed, or put it off until `again_at`; False where it is another's by now."""
    query = {"_id": claimed.id, "state": "claimed", "tries": claimed.tries}
    with piece():
        ended = await db.duties.update_one(query, _end("done", now) if again_at is None else _put_off(again_at))
    return ended.modified_count == 1


async def drop(db: Database, kind: str, order_id: ObjectId, now: datetime, session: Session) -> None:
    """There is nothing left to be done, in the transaction of the change that says so."""
    await db.duties.update_one({"_id": key(kind, order_id), "state": _OPEN}, _end("dropped", now), session=session)


def _end(state: str, now: datetime) -> dict[str, Any]:
    return {"$set": {"state": state, "purgeAt": now + KEPT_FOR}, "$unset": {"nextAt": ""}}


def _put_off(again_at: datetime) -> dict[str, Any]:
    return {"$set": {"state": "due", "nextAt": again_at}}
