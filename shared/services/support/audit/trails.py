"""The audit of the trails: each restaurant's chain is whole (rules 15)."""

from __future__ import annotations

from shared.documents.trail import TrailEntry, TrailHead
from shared.domain.invariants import TRAIL, Difference
from shared.domain.trail import Chain
from shared.services.support.audit.report import Progress, Report
from shared.store.mongo.client import Database
from shared.store.support import audit_trail as store


async def check(db: Database, report: Report, progress: Progress) -> None:
    """Follow the chain of each restaurant, as of one moment."""
    restaurants = await store.restaurants(db)
    report.compared["trails"] = 0
    for number, restaurant_id in enumerate(restaurants, start=1):
        await _chain(db, restaurant_id, report)
        report.compared["trails"] = number
        progress("trails", number, len(restaurants))


async def _chain(db: Database, restaurant_id: str, report: Report) -> None:
    chain = Chain()
    async with db.client.start_session(snapshot=True) as session:
        raw = await store.head(db, restaurant_id, session)
        head = report.read(TrailHead, raw) if raw else None
        async for stored in store.rows(db, restaurant_id, session):
            entry = report.read(TrailEntry, stored)
            if entry is not None:
                report.add(Difference(TRAIL, f"row {entry.id}", fault) for fault in chain.faults_of(entry))
        report.add(Difference(TRAIL, f"the trail of {restaurant_id}", fault) for fault in chain.faults_at_end(head))
