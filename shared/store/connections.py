"""Which live connections of staff are open (collection `live_connections`): one document for each user of the live
service, who is a person or a device with one feed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from shared.store.mongo.client import Database, piece

MAX_OF_USER = 20
"""More of them are not told apart: the oldest are forgotten."""

KEPT_FOR = timedelta(days=2)


async def opened(db: Database, user: str, connection_id: str, at: datetime) -> None:
    """A connection is there (index: _id). Told twice, it stands there once; one that is known to be gone stays so, in
    whatever order and however often the service tells of it."""
    gone = {"$in": [{"$literal": connection_id}, {"$ifNull": ["$closed", []]}]}
    grown = {"$cond": [gone, _but("$open", connection_id), _with("$open", connection_id)]}
    with piece():
        await db.live_connections.update_one(
            {"_id": user}, [{"$set": {"open": grown, "purgeAt": at + KEPT_FOR}}], upsert=True
        )


async def closed(db: Database, user: str, connection_id: str, at: datetime) -> None:
    """A connection is gone (index: _id)."""
    left = {"open": _but("$open", connection_id), "closed": _with("$closed", connection_id)}
    with piece():
        await db.live_connections.update_one({"_id": user}, [{"$set": {**left, "purgeAt": at + KEPT_FOR}}], upsert=True)


def _but(where: str, connection_id: str) -> dict[str, Any]:
    return {"$filter": {"input": {"$ifNull": [where, []]}, "cond": {"$ne": ["$$this", {"$literal": connection_id}]}}}


def _with(where: str, connection_id: str) -> dict[str, Any]:
    """The connections there and this one, which is the newest."""
    return {"$slice": [{"$concatArrays": [_but(where, connection_id), [{"$literal": connection_id}]]}, -MAX_OF_USER]}


async def without(db: Database, users: Iterable[str]) -> set[str]:
    """Those of these users who had a connection lately, and have none now (index: _id)."""
    ids = list(users)
    with piece():
        found = await db.live_connections.find({"_id": {"$in": ids}, "open": []}, {"_id": 1}).to_list(len(ids) or 1)
    return {str(row["_id"]) for row in found}
