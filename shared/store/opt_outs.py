"""Who wants no texts any more (collection `text_opt_outs`). A key is a digest of the two numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.store.mongo.client import Database, piece

MOST_HEARD = 50
KEPT_FOR = timedelta(days=365)
"""How long it is kept that somebody wants texts again."""


async def is_stopped(db: Database, key: str) -> bool:
    """Whether no more texts are wanted (index: _id)."""
    with piece():
        found = await db.text_opt_outs.find_one({"_id": key}, {"stopped": 1})
    return found is not None and found.get("stopped") is True


async def hear(db: Database, key: str, message_id: str, at: datetime, *, stopped: bool) -> bool:
    """Keep what a message says; False where that very message has counted before (index: _id)."""
    change = _change(at, stopped=stopped)
    change["$push"] = {"heard": {"$each": [message_id], "$slice": -MOST_HEARD}}
    try:
        with piece():
            await db.text_opt_outs.update_one({"_id": key, "heard": {"$ne": message_id}}, change, upsert=True)
    except DuplicateKeyError:
        return False
    return True


async def stop(db: Database, key: str, at: datetime) -> None:
    """The service says that no more texts are wanted (index: _id)."""
    with piece():
        await db.text_opt_outs.update_one({"_id": key}, _change(at, stopped=True), upsert=True)


def _change(at: datetime, *, stopped: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {"stopped": stopped, "at": at}
    if stopped:
        return {"$set": fields, "$unset": {"purgeAt": ""}}
    return {"$set": {**fields, "purgeAt": at + KEPT_FOR}}
