"""Printers that do not print while tickets wait: their location's people are told (rules 20)."""

from __future__ import annotations

import logging
from datetime import datetime

from shared.app import App
from shared.documents.printing import PrinterDoor
from shared.domain.printing import SILENT_AFTER
from shared.store import print_jobs, printers
from shared.store.support import attention_entries

log = logging.getLogger("orderbuddy.printing")

_WHY = {"paper_out": "has no paper", "cover_open": "is open", "error": "says that something is wrong with it"}


async def look(app: App) -> int:
    """Write an entry for each printer that has not asked for five minutes, or cannot print, while older tickets wait;
    end those of the others. Returns how many there are."""
    now = app.clock.now()
    overdue = {each.printer_id: each.many for each in await print_jobs.overdue(app.db, now - SILENT_AFTER, now)}
    doors = await printers.among(app.db, overdue) if overdue else []
    missed = [(door, why) for door in doors if (why := _why(door, now))]
    for door, why in missed:
        await attention_entries.write(
            app.db,
            "printer",
            str(door.id),
            restaurant_id=door.restaurant_id,
            location_id=door.location_id,
            reason=f"A printer {why}, and tickets wait for it.",
            count=overdue[door.id],
            at=now,
        )
    if missed:
        await printers.miss(app.db, [door.id for door, _ in missed], now)
        log.warning("%d printers do not print while tickets wait", len(missed))
    await attention_entries.end_older(app.db, "printer", now, at=now)
    return len(missed)


def _why(door: PrinterDoor, now: datetime) -> str:
    if not door.address_hash:
        return "has no address to ask at"
    if door.last_poll_at is None or now - door.last_poll_at > SILENT_AFTER:
        return "has not asked for five minutes"
    return _WHY.get(door.condition, "")
