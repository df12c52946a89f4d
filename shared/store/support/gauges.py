"""How much waits in the database, for telemetry: a timer asks once a minute, no request does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.store.mongo.client import Database, piece

COUNTED_UP_TO = 10_000
"""More is as bad, and would cost more to count."""


async def payments(db: Database, states: Sequence[str]) -> dict[str, int]:
    """How many payments are in each of these states (index: state)."""
    return {state: await _count(db, "payments", {"state": state}) for state in states}


async def duties(db: Database, states: Sequence[str]) -> dict[str, int]:
    """How many duties are in each of these states (index: state, nextAt)."""
    return {state: await _count(db, "duties", {"state": state}) for state in states}


async def overdue_checkouts(db: Database, before: datetime) -> int:
    """How many checkouts should have been looked at before then (index: nextWakeAt, claim.kind)."""
    return await _count(db, "checkouts", {"nextWakeAt": {"$lt": before, "$type": "date"}})


async def unpublished_rows(db: Database) -> int:
    """How many changes of orders no screen has been told of yet (index: publishedAt, createdAt)."""
    return await _count(db, "order_events", {"publishedAt": None})


async def _count(db: Database, collection: str, query: dict[str, Any]) -> int:
    with piece():
        return await db[collection].count_documents(query, limit=COUNTED_UP_TO)
