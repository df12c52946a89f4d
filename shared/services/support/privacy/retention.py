"""What is not kept for ever: it goes by itself, a bounded part each night (rules 24.6).

Most collections say with each document when it goes (`purgeAt`, an index of MongoDB's own). This does the rest.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.documents.base import moment_of
from shared.services.support.privacy.erasing import forget
from shared.services.support.privacy.finding import Named, Progress
from shared.store.support import privacy

PREVIEWS_KEPT = timedelta(days=30)
ATTENTION_KEPT = timedelta(days=400)
SECONDS = 120.0
BY_HAND_SECONDS = 3600.0
BATCH = 500
MOST_COUNTED = 20_000

Place = tuple[str, ObjectId]


@dataclass(slots=True)
class Retained:
    """What went, or would go: previews; orders that lost their diner; orders that lost the rows of their history;
    entries of attention that people had seen to. `done`: False where more is left for next time."""

    previews: int = 0
    orders: int = 0
    histories: int = 0
    attention: int = 0
    done: bool = True


@dataclass(frozen=True, slots=True)
class _Run:
    """One run. `until`: as `time.monotonic` counts."""

    app: App
    retained: Retained
    until: float
    progress: Progress
    dry_run: bool

    def before(self, kept: timedelta) -> datetime:
        return self.app.clock.now() - kept

    @property
    def is_over(self) -> bool:
        """The time is up; then something may be left."""
        if time.monotonic() > self.until:
            self.retained.done = False
        return not self.retained.done


def days(number: int | None) -> timedelta | None:
    """How long something is kept; None for ever."""
    return None if number is None else timedelta(days=number)


async def keep_no_longer(app: App, progress: Progress, *, dry_run: bool = False, seconds: float = SECONDS) -> Retained:
    """Remove old previews and entries of attention, take the diners out of orders that are old enough, and the rows out
    of their histories, for some time at most.

    Orders keep their diner for ever unless `DINERS_KEPT_DAYS` is set, and their history unless `HISTORY_KEPT_DAYS` is.
    """
    run = _Run(app, Retained(), time.monotonic() + seconds, progress, dry_run)
    await _previews(run)
    run.retained.attention = await privacy.seen_to(app.db, run.before(ATTENTION_KEPT), delete=not dry_run)
    diners, histories = days(app.settings.diners_kept_days), days(app.settings.history_kept_days)
    if diners is not None:
        run.retained.orders = await _orders(run, _Kept("upTo", "erasedAt", diners, _forget_diners))
    if histories is not None:
        run.retained.histories = await _orders(run, _Kept("historyUpTo", "historyGone", histories, _forget_histories))
    return run.retained


async def _previews(run: _Run) -> None:
    """Carts that nobody else removes: the original wrote them. What somebody wants placed since a month waits for a
    person, and is not forgotten under their hands."""
    before, db, after = run.before(PREVIEWS_KEPT), run.app.db, None
    while found := await privacy.previews(db, after):
        after = found[-1]["_id"]
        old = [row["_id"] for row in found if row.get("purgeAt") is None and _is_before(row, before)]
        kept = await privacy.claimed(db, old) if old else set()
        gone = [one for one in old if one not in kept]
        run.retained.previews += len(gone) if run.dry_run or not gone else await privacy.delete_previews(db, gone)
        run.progress("previews", run.retained.previews, run.retained.previews)
        if run.is_over:
            return


def _is_before(stored: dict[str, Any], moment: datetime) -> bool:
    began = moment_of(stored.get("startedAt"))
    return began is not None and began < moment


@dataclass(frozen=True, slots=True)
class _Kept:
    """What orders keep for so long. `reached`: where it is stored how far each location has come. `mark`: the field of
    an order that says it is gone. `forget`: lets it go."""

    reached: str
    mark: str
    time: timedelta
    forget: Callable[[App, list[ObjectId], Place], Awaitable[int]]


async def _orders(run: _Run, kept: _Kept) -> int:
    """Location by location. How far each has come is kept, so that no night looks at the same orders again."""
    many, after = 0, None
    while found := await privacy.places(run.app.db, after):
        after = found[-1]["_id"]
        for row in found:
            place = (str(row.get("restaurantId", "")), row["_id"])
            many += await _oddly_dated(run, kept, place)
            many += await _orders_of(run, kept, place, row.get(kept.reached))
            run.progress("orders", many, many)
            if run.is_over:
                return many
    return many


async def _oddly_dated(run: _Run, kept: _Kept, place: Place) -> int:
    many, before, most = 0, run.before(kept.time), MOST_COUNTED if run.dry_run else BATCH
    while found := await privacy.oddly_dated_orders(run.app.db, place, before, most, kept.mark):
        many += len(found)
        if run.dry_run or run.is_over:
            break
        await kept.forget(run.app, [row["_id"] for row in found], place)
    return many


async def _orders_of(run: _Run, kept: _Kept, place: Place, since: datetime | None) -> int:
    db, many, before = run.app.db, 0, run.before(kept.time)
    while found := await privacy.old_orders(db, place, since, before, limit=BATCH, without=kept.mark):
        if run.dry_run:
            many += len(found)
            since = found[-1]["startedAt"] + timedelta(milliseconds=1)
        else:
            many += await kept.forget(run.app, [row["_id"] for row in found], place)
            since = found[-1]["startedAt"]
        if run.is_over:
            return many
    if not run.dry_run and since is not None:
        await privacy.reach(db, place[1], kept.reached, since)
    return many


async def _forget_diners(app: App, order_ids: list[ObjectId], place: Place) -> int:
    return await forget(app, [Named("orders", order_id, place[0]) for order_id in order_ids])


async def _forget_histories(app: App, order_ids: list[ObjectId], _place: Place) -> int:
    await privacy.delete_history(app.db, order_ids)
    return len(order_ids)
