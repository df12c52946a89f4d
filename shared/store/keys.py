"""Keys of requests and their answers (collection `request_keys`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.documents.keys import KeptKey
from shared.store.mongo.client import Database, piece


async def take(db: Database, kept: KeptKey) -> KeptKey | None:
    """Keep a key that is used for the first time; what is there already, where it is not (index: _id)."""
    try:
        with piece():
            await db.request_keys.insert_one(kept.model_dump(by_alias=True, exclude_defaults=True))
    except DuplicateKeyError:
        with piece():
            found = await db.request_keys.find_one({"_id": kept.id})
        # Where it was dropped in between, whoever asks now is told to come again.
        return KeptKey.model_validate(found) if found else kept
    return None


async def take_over(db: Database, seen: KeptKey, run: str, now: datetime) -> bool:
    """Take a running key over from a run that seems dead; False where somebody else did (index: _id)."""
    with piece():
        result = await db.request_keys.update_one(
            {"_id": seen.id, "state": "running", "run": seen.run}, {"$set": {"run": run, "takenAt": now}}
        )
    return result.modified_count == 1


async def finish(db: Database, key: str, run: str, fields: Mapping[str, Any]) -> None:
    """Keep the answer of a run, if the key is still its own (index: _id)."""
    with piece():
        await db.request_keys.update_one({"_id": key, "run": run}, {"$set": {**fields, "state": "done"}})


async def drop(db: Database, key: str, run: str) -> None:
    """Forget a key whose answer is not kept, if it is still this run's (index: _id)."""
    with piece():
        await db.request_keys.delete_one({"_id": key, "run": run, "state": "running"})
