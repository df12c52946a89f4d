"""Whether this MongoDB has transactions: a standalone has none."""

from __future__ import annotations

from shared.store.mongo.client import Database, piece


async def has_transactions(db: Database) -> bool:
    """Whether this is a replica set or a sharded cluster, not a standalone. Raises pymongo's errors."""
    with piece():
        hello = await db.client.admin.command("hello")
    return "setName" in hello or hello.get("msg") == "isdbgrid"
