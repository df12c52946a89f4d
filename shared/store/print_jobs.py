"""Tickets that wait for printers (collection `print_jobs`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from shared.documents.printing import PrintJob
from shared.domain.printing import KEPT_FOR
from shared.ids import new_id
from shared.store.mongo.client import Database, Session, piece

MAX_OVERDUE = 500
"""How many printers with tickets that wait for long are looked at together."""


def _young(now: datetime) -> dict[str, Any]:
    """A moment of the last day. The type is said so that the index serves it, which holds such moments only."""
    return {"$gt": now - KEPT_FOR, "$type": "date"}


def document(
    printer_id: ObjectId | str, order: Mapping[str, Any], *, at: datetime, by: str, copy: bool = False
) -> dict[str, Any]:
    """The document of an order's ticket. `order`: the order's own document. `by`: who made it, as rows say it."""
    return {
        "_id": new_id(),
        "printerId": printer_id,
        "restaurantId": order["restaurantId"],
        "locationId": order["locationId"],
        "orderId": order["_id"],
        "orderCode": order["orderCode"],
        "state": "queued",
        "copy": copy,
        "doubt": False,
        "sends": 0,
        "by": by,
        "createdAt": at,
        "waitingSince": at,
        "purgeAt": at + KEPT_FOR,
    }


async def insert(db: Database, documents: Sequence[dict[str, Any]], session: Session) -> None:
    """Insert tickets, in the transaction of what brings them."""
    await db.print_jobs.insert_many(documents, session=session)


async def get(db: Database, printer_id: ObjectId | str, job_id: ObjectId) -> PrintJob | None:
    """A ticket by id, if it is this printer's (index: _id)."""
    with piece():
        found = await db.print_jobs.find_one({"_id": job_id, "printerId": printer_id})
    return PrintJob.model_validate(found) if found else None


async def next_of(db: Database, printer_id: ObjectId | str, now: datetime) -> PrintJob | None:
    """A printer's oldest ticket that is not at its end, a day old at most (index: printerId, waitingSince, _id)."""
    query = {"printerId": printer_id, "waitingSince": _young(now)}
    with piece():
        found = await db.print_jobs.find(query).sort([("waitingSince", 1), ("_id", 1)]).to_list(1)
    return PrintJob.model_validate(found[0]) if found else None


async def change(db: Database, job: PrintJob, fields: Mapping[str, Any]) -> bool:
    """Change a ticket as it was seen; a field of None is removed. False where it moved meanwhile (index: _id)."""
    seen = {"_id": job.id, "state": job.state, "sends": job.sends, "doubt": job.doubt}
    kept = {name: value for name, value in fields.items() if value is not None}
    gone = {name: "" for name, value in fields.items() if value is None}
    with piece():
        done = await db.print_jobs.update_one(seen, {"$set": kept, **({"$unset": gone} if gone else {})})
    return done.matched_count == 1


async def page(
    db: Database, printer_id: ObjectId | str, limit: int, before: tuple[datetime, ObjectId] | None
) -> list[PrintJob]:
    """A printer's tickets, the newest first, older than the row `before` (index: printerId, createdAt, _id)."""
    query: dict[str, Any] = {"printerId": printer_id}
    if before is not None:
        at, last = before
        query["$or"] = [{"createdAt": {"$lt": at}}, {"createdAt": at, "_id": {"$lt": last}}]
        query["createdAt"] = {"$lte": at}
    with piece():
        found = await db.print_jobs.find(query).sort([("createdAt", -1), ("_id", -1)]).to_list(limit)
    return [PrintJob.model_validate(row) for row in found]


async def count_waiting(
    db: Database, printer_ids: Sequence[ObjectId | str], now: datetime
) -> dict[ObjectId | str, int]:
    """How many tickets wait for each of these printers (index: printerId, waitingSince, _id)."""
    steps: list[dict[str, Any]] = [
        {"$match": {"printerId": {"$in": list(printer_ids)}, "waitingSince": _young(now)}},
        {"$group": {"_id": "$printerId", "many": {"$sum": 1}}},
    ]
    with piece():
        found = await (await db.print_jobs.aggregate(steps)).to_list(len(printer_ids) or 1)
    return {row["_id"]: int(row["many"]) for row in found}


@dataclass(frozen=True, slots=True)
class Overdue:
    """A printer with tickets that wait for long, and how many."""

    printer_id: ObjectId | str
    many: int


async def overdue(db: Database, made_before: datetime, now: datetime) -> list[Overdue]:
    """The printers with tickets from before `made_before` that wait (index: waitingSince, printerId)."""
    steps: list[dict[str, Any]] = [
        {"$match": {"waitingSince": {"$lte": made_before, **_young(now)}}},
        {"$group": {"_id": "$printerId", "many": {"$sum": 1}}},
        {"$limit": MAX_OVERDUE},
    ]
    with piece():
        found = await (await db.print_jobs.aggregate(steps)).to_list(MAX_OVERDUE)
    return [Overdue(row["_id"], int(row["many"])) for row in found]


async def drop_of(db: Database, printer_id: ObjectId | str, now: datetime, session: Session) -> None:
    """Nothing waits for this printer any more (index: printerId, waitingSince, _id)."""
    query = {"printerId": printer_id, "waitingSince": _young(now)}
    await db.print_jobs.update_many(
        query, {"$set": {"state": "dropped"}, "$unset": {"waitingSince": "", "notBefore": ""}}, session=session
    )
