"""The daily list: what the payments of a day (UTC) came to, written after the day is over (rules 1)."""

from __future__ import annotations

import logging
from datetime import timedelta

from shared.app import App
from shared.store.support import payment_days

log = logging.getLogger("orderbuddy.payment")


async def write_yesterday(app: App) -> bool:
    """Write yesterday's list, where it is not there yet. True where it was written now."""
    midnight = app.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    day = midnight - timedelta(days=1)
    if await payment_days.written(app.db, f"{day:%Y-%m-%d}"):
        return False
    attempts = await payment_days.summed_up(app.db, day, midnight)
    not_at_rest = await payment_days.not_at_rest(app.db)
    written = await payment_days.write(app.db, f"{day:%Y-%m-%d}", attempts, not_at_rest, app.clock.now())
    log.info("payments of %s: %s; %d not at rest", f"{day:%Y-%m-%d}", len(attempts), len(not_at_rest))
    return written
