"""What is not kept for ever: it goes by itself, a bounded part each day (rules 24.6).

Most collections say with each document when it goes (`purgeAt`, an index of MongoDB's own). This does the rest.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from shared.app import App
from shared.services.support.privacy.erasing import forget
from shared.services.support.privacy.finding import Named, Progress
from shared.store.support import privacy

PREVIEWS_KEPT = timedelta(days=30)
SECONDS = 120.0
BY_HAND_SECONDS = 3600.0
BATCH = 500
MOST_COUNTED = 20_000


@dataclass(slots=True)
class Retained:
    """What went, or would go: previews; orders that lost their diner. `done`: False where more is
    left for next time."""

    previews: int = 0
    orders: int = 0
    done: bool = True


async def keep_no_longer(app: App, progress: Progress, *, dry_run: bool = False, seconds: float = SECONDS) -> Retained:
    """Remove old previews, and take the diners out of orders that are old enough, for some time at most.

    Orders keep their diner for ever unless `DINERS_KEPT_DAYS` is set.
    """
    retained = Retained()
    until = time.monotonic() + seconds
    await _previews(app, retained, until, progress, dry_run=dry_run)
    days = app.settings.diners_kept_days
    if days is not None:
        await _orders(app, retained, until, progress, before=app.clock.now() - timedelta(days=days), dry_run=dry_run)
    return retained


async def _previews(app: App, retained: Retained, until: float, progress: Progress, *, dry_run: bool) -> None:
    before = app.clock.now() - PREVIEWS_KEPT
    if dry_run:
        retained.previews = len(await privacy.old_previews(app.db, before, MOST_COUNTED))
        return
    while ids := await privacy.old_previews(app.db, before, BATCH):
        retained.previews += await privacy.delete_previews(app.db, ids)
        progress("previews", retained.previews, retained.previews)
        if time.monotonic() > until:
            retained.done = False
            return


async def _orders(
    app: App, retained: Retained, until: float, progress: Progress, *, before: datetime, dry_run: bool
) -> None:
    """Location by location. How far each has come is kept, so that no night looks at the same orders again."""
    after: ObjectId | None = None
    while found := await privacy.places(app.db, after):
        after = found[-1]["_id"]
        for row in found:
            place = (str(row.get("restaurantId", "")), row["_id"])
            await _orders_of(app, retained, until, place, row.get("upTo"), before=before, dry_run=dry_run)
            progress("orders", retained.orders, retained.orders)
            if not retained.done:
                return


async def _orders_of(
    app: App,
    retained: Retained,
    until: float,
    place: tuple[str, ObjectId],
    since: datetime | None,
    *,
    before: datetime,
    dry_run: bool,
) -> None:
    while found := await privacy.old_orders(app.db, place, since, before, BATCH):
        if dry_run:
            retained.orders += len(found)
            since = found[-1]["startedAt"] + timedelta(milliseconds=1)
        else:
            retained.orders += await forget(app, [Named("orders", row["_id"], place[0]) for row in found])
            since = found[-1]["startedAt"]
        if time.monotonic() > until:
            retained.done = False
            return
    if not dry_run and since is not None:
        await privacy.reach(app.db, place[1], since)
