"""What changes of orders and of menus leave to be done (collection `duties`)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument, UpdateOne

from shared.documents.duties import MENU_CHANGED, OPEN_STATES, TOLD_AFTER, Duty
from shared.store.mongo.client import Database, Session, piece

KEPT_FOR = timedelta(days=30)

_OPEN = {"$in": list(OPEN_STATES)}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a duty ended: its state, and for messages why, and the id that the service gave it."""

    state: str
    outcome: str = ""
    provider_id: str = ""


DONE = Ended("done")
_RUN_BYTES = 8


def key(kind: str, target: ObjectId | str) -> str:
    """The id of the duty of this kind about an order or something else."""
    return f"{kind}:{target}"


def due(kind: str, order_id: ObjectId, at: datetime, *, trace: str | None = None) -> dict[str, Any]:
    """The document of an order's duty that is to be done at `at`. `trace`: as the order has it."""
    kept = {} if trace is None else {"trace": trace}
    return {
        "_id": key(kind, order_id),
        "orderId": order_id,
        "kind": kind,
        "state": "due",
        "tries": 0,
        "nextAt": at,
        **kept,
    }


def due_at(
    kind: str,
    target: ObjectId | str,
    at: datetime,
    *,
    restaurant_id: str,
    location_id: ObjectId | str,
    menu_id: ObjectId | str | None = None,
    item_id: str | None = None,
) -> dict[str, Any]:
    """The document of a location's duty that is to be done at `at`. `target`: what makes its id."""
    document = {
        "_id": key(kind, target),
        "restaurantId": restaurant_id,
        "locationId": location_id,
        "menuId": menu_id,
        "itemId": item_id,
        "kind": kind,
        "state": "due",
        "tries": 0,
        "nextAt": at,
    }
    return {name: value for name, value in document.items() if value is not None}


def menu_changed(
    place: tuple[str, ObjectId | str], menu_id: ObjectId | str | None, at: datetime, *, by_itself: bool = False
) -> dict[str, Any]:
    """The document of the duty to tell diners of a menu that changes at `at`; of several menus with None.

    `place`: the restaurant and the location. `by_itself`: nobody changes it then; the time has come.
    """
    target = menu_id or place[1]
    return due_at(
        MENU_CHANGED,
        f"{target}:{at:%Y-%m-%dT%H:%M:%S.%f}" if by_itself else target,
        at + TOLD_AFTER,
        restaurant_id=place[0],
        location_id=place[1],
        menu_id=menu_id,
    )


async def insert(db: Database, documents: Sequence[dict[str, Any]], session: Session) -> None:
    """Insert duties, in the transaction of the change that they follow."""
    await db.duties.insert_many(documents, session=session)


async def renew(db: Database, document: dict[str, Any], session: Session) -> None:
    """Make a duty due, in the transaction of the change that it follows, also where it is there already.

    Whoever is doing it at this moment does not end it by that.
    """
    fields = {name: value for name, value in document.items() if name != "_id"}
    renewed = {"$set": fields, "$unset": {"claimedAt": "", "run": "", "purgeAt": ""}}
    await db.duties.update_one({"_id": document["_id"]}, renewed, upsert=True, session=session)


async def insert_once(db: Database, document: dict[str, Any]) -> bool:
    """Insert a duty, unless there is one with its id, done or not; whether it was inserted."""
    fields = {name: value for name, value in document.items() if name != "_id"}
    with piece():
        result = await db.duties.update_one({"_id": document["_id"]}, {"$setOnInsert": fields}, upsert=True)
    return result.upserted_id is not None


async def get(db: Database, duty_id: str) -> Duty | None:
    """A duty by id."""
    with piece():
        found = await db.duties.find_one({"_id": duty_id})
    return Duty.model_validate(found) if found else None


async def ids_due(db: Database, kinds: Collection[str], now: datetime, limit: int) -> list[str]:
    """The ids of duties of these kinds whose time has come, also of those whose claimer did not finish (index: state,
    nextAt)."""
    query = {"state": _OPEN, "nextAt": {"$lte": now}, "kind": {"$in": list(kinds)}}
    with piece():
        found = await db.duties.find(query, {"_id": 1}).sort("nextAt", 1).to_list(limit)
    return [row["_id"] for row in found]


async def claim(db: Database, duty_id: str, now: datetime, *, again_at: datetime) -> Duty | None:
    """Claim a duty whose time has come; None where somebody else was faster. Where nobody finishes it, it is due again
    at `again_at`."""
    run = secrets.token_hex(_RUN_BYTES)
    claimed = {"state": "claimed", "claimedAt": now, "nextAt": again_at, "run": run}
    with piece():
        found = await db.duties.find_one_and_update(
            {"_id": duty_id, "state": _OPEN, "nextAt": {"$lte": now}},
            {"$set": claimed, "$inc": {"tries": 1}},
            return_document=ReturnDocument.BEFORE,
        )
    if found is None:
        return None
    # Whoever had claimed it before and is gone may have done it.
    left = found.get("state") == "claimed"
    return Duty.model_validate({**found, **claimed, "tries": (found.get("tries") or 0) + 1, "left": left})


async def finish(
    db: Database, claimed: Duty, now: datetime, *, again_at: datetime | None = None, end: Ended = DONE
) -> bool:
    """End what was claimed, or put it off until `again_at`; False where it is another's by now."""
    query = {"_id": claimed.id, "state": "claimed", "tries": claimed.tries, "run": claimed.run or None}
    with piece():
        ended = await db.duties.update_one(query, _end(end, now) if again_at is None else _put_off(again_at))
    return ended.modified_count == 1


async def tell_delivery(db: Database, told: Mapping[str, tuple[str, Sequence[str]]]) -> None:
    """Keep what became of messages, by their duties' ids: a word, where nothing stands there, or a word that it follows
    (index: _id)."""
    updates = [
        UpdateOne({"_id": duty_id, "delivery": {"$in": [None, "", *before]}}, {"$set": {"delivery": word}})
        for duty_id, (word, before) in told.items()
    ]
    if updates:
        with piece():
            await db.duties.bulk_write(updates, ordered=False)


async def narrow(db: Database, claimed: Duty, remaining: Sequence[str]) -> None:
    """Of a push that is claimed: only these are still to get it (index: _id)."""
    query = {"_id": claimed.id, "state": "claimed", "tries": claimed.tries, "run": claimed.run or None}
    with piece():
        await db.duties.update_one(query, {"$set": {"remaining": list(remaining)}})


async def drop(db: Database, kind: str, target: ObjectId | str, now: datetime, session: Session) -> None:
    """There is nothing left to be done, in the transaction of the change that says so."""
    await db.duties.update_one({"_id": key(kind, target), "state": _OPEN}, _end(Ended("dropped"), now), session=session)


async def insert_missing(db: Database, documents: Sequence[dict[str, Any]]) -> None:
    """Insert those of these duties that are not there yet, done or not."""
    updates = [
        UpdateOne(
            {"_id": one["_id"]},
            {"$setOnInsert": {key: value for key, value in one.items() if key != "_id"}},
            upsert=True,
        )
        for one in documents
    ]
    with piece():
        await db.duties.bulk_write(updates, ordered=False)


def _end(end: Ended, now: datetime) -> dict[str, Any]:
    told = {"outcome": end.outcome, "providerId": end.provider_id}
    fields = {"state": end.state, "purgeAt": now + KEPT_FOR, **{name: value for name, value in told.items() if value}}
    return {"$set": fields, "$unset": {"nextAt": ""}}


def _put_off(again_at: datetime) -> dict[str, Any]:
    return {"$set": {"state": "due", "nextAt": again_at}}


async def delivered(db: Database, provider_id: str, delivery: str, *, before: Sequence[str]) -> bool | None:
    """Keep what a service says later of a message; None where no message has this id (index: providerId).

    `before`: what this may follow. Whatever else was said is kept, and False returned: news may come late, or twice.
    """
    query = {"providerId": provider_id}
    follows = {**query, "delivery": {"$in": [None, "", *before]}}
    with piece():
        kept = await db.duties.update_one(follows, {"$set": {"delivery": delivery}})
        if kept.matched_count:
            return True
        found = await db.duties.find_one(query, {"_id": 1})
    return False if found else None
