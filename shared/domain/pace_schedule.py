"""What a location's schedule says of its pace: when diners' orders are paused, and when orders take longer (rules 17).

A row names weekdays and times of their wall, the end not included. One that ends at or before its start runs past
midnight. A time that is skipped when clocks change is the moment of the jump; of one that is shown twice the first
counts. A row that cannot be read says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from shared.documents.places import PaceRow, PaceSettings
from shared.domain.hours_texts import end, start, weekday, zone
from shared.domain.spans import Spans
from shared.domain.wall_clock import MINUTES_OF_DAY, first_shown

LONGEST_WAIT = 240
"""The most minutes that a schedule may add to the time at which orders are ready."""

_DAYS = range(-2, 9)
"""The days, from today on, on which a row may begin that concerns today, or a pause that goes on from it."""

_Times = tuple[tuple[str, ...], str, str]
"""The weekdays, the start and the end of a row, as stored."""


def pauses(settings: PaceSettings, now: datetime) -> Spans:
    """When the schedule pauses diners' orders, around `now`."""
    rows = tuple(_times(row) for row in settings.pace_schedule if row.pause)
    return _spans(now.astimezone(UTC).date(), settings.timezone, rows) if rows else Spans()


def wait_minutes(settings: PaceSettings, now: datetime) -> int:
    """How many minutes longer orders take at `now`: what the location's people say or what its schedule says, whichever
    is more."""
    today = now.astimezone(UTC).date()
    scheduled = (
        min(row.wait_minutes, LONGEST_WAIT)
        for row in settings.pace_schedule
        if row.wait_minutes is not None and _spans(today, settings.timezone, (_times(row),)).end_at(now) is not None
    )
    return max(0, settings.wait_minutes, *scheduled)


def is_readable(row: PaceRow) -> bool:
    """Whether a row says when it holds, and what then."""
    says = row.pause or (row.wait_minutes is not None and row.wait_minutes > 0)
    days = row.days and all(weekday(day) is not None for day in row.days)
    return bool(says and days and start(row.from_) is not None and end(row.to) is not None)


def _times(row: PaceRow) -> _Times:
    return tuple(row.days), row.from_, row.to


@lru_cache(maxsize=1024)
def _spans(today: date, timezone: str, rows: tuple[_Times, ...]) -> Spans:
    return Spans.of(pair for row in rows for pair in _pairs(today, timezone, row))


def _pairs(today: date, timezone: str, row: _Times) -> Iterator[tuple[datetime, datetime]]:
    days, from_, to = row
    tz, first, last = zone(timezone), start(from_), end(to)
    numbers = {weekday(day) for day in days}
    if tz is None or first is None or last is None or None in numbers:
        return
    finish = last if last > first else last + MINUTES_OF_DAY
    for offset in _DAYS:
        if (today + timedelta(days=offset)).weekday() in numbers:
            midnight = offset * MINUTES_OF_DAY
            yield first_shown(today, midnight + first, tz), first_shown(today, midnight + finish, tz)
