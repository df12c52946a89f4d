"""What would go now, and what goes by itself, of all that is not kept for ever (rules 24.6). It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.app import App
from shared.integrations.files import FilesUnavailable
from shared.services.files import sweeping
from shared.services.support.privacy import retention
from shared.services.support.privacy.finding import Progress
from shared.store.support import purging

By = Literal["this command", "orderbuddy files sweep", "MongoDB"]
"""Who removes it; each has a timer of its own, too."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing. `goes`: how many would go now; None where that cannot be said. `before`: what is older goes;
    None where age alone does not tell, or where it is kept for ever. `left`: how many go by themselves later, the first
    and the last of them at these moments."""

    what: str
    by: By
    goes: int | None = 0
    before: datetime | None = None
    left: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Every kind, in the order of who removes it. `done`: False where there are more orders than an hour can count."""

    kinds: list[Kind]
    done: bool


async def forecast(app: App, progress: Progress) -> Forecast:
    """Look at everything that is not kept for ever."""
    told = await retention.keep_no_longer(app, progress, dry_run=True, seconds=retention.BY_HAND_SECONDS)
    now, settings = app.clock.now(), app.settings
    mine = [
        ("previews without a date of their own", told.previews, retention.PREVIEWS_KEPT),
        ("diners of orders", told.orders, retention.days(settings.diners_kept_days)),
        ("histories of orders", told.histories, retention.days(settings.history_kept_days)),
        ("entries of attention that ended", told.attention, retention.ATTENTION_KEPT),
    ]
    kinds = [
        *(Kind(what, "this command", goes, now - kept if kept else None) for what, goes, kept in mine),
        *await _files(app),
        *[
            Kind(f"{one.collection}: {one.what}", "MongoDB", None, None, one.count, one.first, one.last)
            for one in await purging.left_to_mongodb(app.db)
        ],
    ]
    return Forecast(kinds, told.done)


async def _files(app: App) -> list[Kind]:
    if not app.files.is_set_up:
        return []
    swept = await sweeping.sweep(app, dry_run=True)
    pictures = Kind("pictures that nothing names", "orderbuddy files sweep", len(swept.removed))
    try:
        sent = len(await sweeping.sweep_incoming(app, dry_run=True))
    except FilesUnavailable:
        # The store is not asked for pictures: only the database.
        return [pictures, Kind("files that nobody finished sending", "orderbuddy files sweep", None)]
    before = sweeping.sent_before()
    return [pictures, Kind("files that nobody finished sending", "orderbuddy files sweep", sent, before)]
