"""How many previews of one location may wait to be placed.

They are counted where they are, in an index of the open checkouts, and not in a counter that every preview, claim and
expiry would have to move. Each process keeps the number for a second, or for ten where it is far from the limit, and
adds what it lets through meanwhile. So the limit can be overrun by what other instances let through in that time: it
holds off a flood, it is no stock. A tap of the same cart opens nothing, and counts only until the next count.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.errors import TOO_MANY_PREVIEWS, Problem
from shared.memory.recent import Recent
from shared.memory.slots import Slot
from shared.store import limits

REFUSALS = (TOO_MANY_PREVIEWS,)

log = logging.getLogger("orderbuddy.limits")

COUNT_KEPT = timedelta(seconds=1)
COUNT_KEPT_FAR = timedelta(seconds=10)
"""How long a count is good that is below half of the limit."""

RETRY_SECONDS = 30
"""When to come back to a location with too many open previews: some are placed or expire all the time."""

MAX_KEPT = 500


@dataclass(slots=True)
class _Open:
    """A location's open previews: as counted at `counted_at`, and those that this process let through since."""

    count: int = 0
    counted_at: datetime | None = None
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)


OPEN: Slot[Recent[ObjectId | str, _Open]] = Slot(lambda: Recent(MAX_KEPT))


async def admit(app: App, location_id: ObjectId | str) -> None:
    """Let the location have one more open preview. Raises Problem TOO_MANY_PREVIEWS."""
    limit = app.settings.open_previews_per_location
    if limit == 0:
        return
    here = app.memory[OPEN].made(location_id, _Open)
    if _is_old(here, app.clock.now(), limit):
        async with here.counting:
            await _count_anew(app, here, location_id, limit)
    if here.count >= limit:
        log.info("too many open previews location=%r", location_id)
        raise Problem(TOO_MANY_PREVIEWS, retry_after=RETRY_SECONDS)
    here.count += 1


async def _count_anew(app: App, here: _Open, location_id: ObjectId | str, limit: int) -> None:
    now = app.clock.now()
    if not _is_old(here, now, limit):
        # Whoever was before at the lock has counted.
        return
    try:
        here.count = await limits.open_previews(app.db, location_id, now, limit)
    except PyMongoError as error:
        log.warning("not limited: the open previews could not be counted: %s", type(error).__name__)
        here.count = 0
    here.counted_at = now


def _is_old(here: _Open, now: datetime, limit: int) -> bool:
    kept = COUNT_KEPT_FAR if here.count < limit / 2 else COUNT_KEPT
    return here.counted_at is None or not timedelta() <= now - here.counted_at < kept
