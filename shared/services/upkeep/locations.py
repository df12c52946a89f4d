"""What the people of a location must look at, kept up to date by the reconciler's timer.

Opening hours that cannot be read close a location for good, and nobody sees why. Every ten minutes the locations are
read, and each of these gets an entry in `attention`, which ends when its hours can be read. `health/ready` tells how
many there are: it runs in another process, so the number lies in the database.
"""

from __future__ import annotations

import logging

from pydantic import ValidationError

from shared.app import App
from shared.documents.places import Location
from shared.domain.hours_faults import unreadable
from shared.services.limits import declines
from shared.services.printing import watching
from shared.store.support import attention_entries, checkup

log = logging.getLogger("orderbuddy.upkeep")

EVERY_MINUTES = 10
AT_MOST = 1000
_SENTENCES = 3


async def look_after(app: App) -> None:
    """End what is over, look at printers that do not print, and every ten minutes look at all opening hours."""
    await declines.end_quiet(app)
    await watching.look(app)
    if app.clock.now().minute % EVERY_MINUTES == 0:
        await look_at_hours(app)


async def look_at_hours(app: App) -> int:
    """Write an entry for each location whose opening hours cannot be read, and end those of the others.

    Returns how many there are, counted up to a thousand.
    """
    now, many = app.clock.now(), 0
    async for row in checkup.locations(app.db):
        wrong = _wrong(row)
        if not wrong:
            continue
        many += 1
        await attention_entries.write(
            app.db,
            "hours",
            row["_id"],
            restaurant_id=str(row.get("restaurantId") or ""),
            location_id=row["_id"],
            reason=" ".join(["Its opening hours cannot be read.", *wrong[:_SENTENCES]]),
            count=len(wrong),
            at=now,
        )
        if many == AT_MOST:
            log.warning("the opening hours of %d locations or more cannot be read", many)
            return many
    ended = await attention_entries.end_older(app.db, "hours", now, at=now)
    if many or ended:
        log.warning("the opening hours of %d locations cannot be read, those of %d can be read again", many, ended)
    return many


def _wrong(row: dict[str, object]) -> list[str]:
    """What cannot be read of a location that is to take orders."""
    try:
        location = Location.model_validate(row)
    except ValidationError:
        return ["The location itself cannot be read."]
    return unreadable(location) if location.is_active else []
