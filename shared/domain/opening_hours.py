"""When a location takes orders, in its own time zone (contract 3.7).

A day may have several periods; one that ends at or before its start runs past midnight. Minutes count, both ends
included: open until 17:00 is open at 17:00:59. Minutes after opening and before closing in which no orders are taken
are counted on the wall, in every period. What cannot be read is closed: no hours, a time that is no `HH:MM`, a zone
that does not exist, no order timing.

On days when clocks change, the wall's word counts: open while the wall shows a time of the period. So a time that is
skipped is the moment of the jump, and of a time that is shown twice a period begins at the first and ends with the
second; what lies between belongs to it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.documents.places import Location, WorkingDay

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")
_DAY = 24 * 60
_MINUTE = timedelta(minutes=1)
_DAYS_BEHIND = 2
"""A period of yesterday may run past midnight, and a wall may be a day behind UTC."""

_DAYS_AHEAD = 15
"""An opening once a week is found in any case, even where the next one falls into an hour that is skipped."""

_Row = tuple[str, str | None, str | None]
"""A weekday with the start and the end of one period, as stored."""


@dataclass(frozen=True, slots=True)
class _Spans:
    """Moments in UTC between which orders are taken: sorted, apart, the end not included."""

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]

    def at(self, now: datetime) -> int:
        """The number of the last span that began by `now`; -1 where none did."""
        return bisect_right(self.starts, now) - 1

    def holds(self, index: int, now: datetime) -> bool:
        """Whether that span has not ended by `now`."""
        return index >= 0 and now < self.ends[index]


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of this IANA name, or None."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def local_day(location: Location, now: datetime) -> date:
    """The date on the location's wall, or UTC's where its zone is unknown."""
    return day_in(location.timezone, now)


def day_in(timezone: str, now: datetime) -> date:
    """The date in a zone (an IANA name), or UTC's where the zone is unknown."""
    return now.astimezone(zone(timezone) or UTC).date()


def is_open(location: Location, now: datetime) -> bool:
    """Whether orders are taken at `now`."""
    spans = _spans(location, now)
    return spans.holds(spans.at(now), now)


def opens_at(location: Location, now: datetime) -> datetime | None:
    """When orders are taken next, in UTC; None where that is now, or not within two weeks."""
    spans = _spans(location, now)
    index = spans.at(now)
    if spans.holds(index, now) or index + 1 == len(spans.starts):
        return None
    return spans.starts[index + 1]


def _spans(location: Location, now: datetime) -> _Spans:
    timing = location.order_timing
    after, before = timing.accept_orders_after_minutes, timing.stop_orders_before_minutes
    if after is None or before is None:
        return _Spans((), ())
    # What the spans follow from is compared by value: each request reads its location anew.
    rows = tuple(row for day in location.working_hours if day.is_open for row in _rows(day))
    return _spans_around(now.astimezone(UTC).date(), location.timezone, rows, after, before)


def _rows(day: WorkingDay) -> Iterable[_Row]:
    """The periods of one row: its list of periods, where it has one, else its start and end."""
    if day.periods:
        return [(day.day, period.start_time, period.end_time) for period in day.periods]
    return [(day.day, day.start_time, day.end_time)]


@lru_cache(maxsize=1024)
def _spans_around(day: date, timezone: str, rows: tuple[_Row, ...], after: int, before: int) -> _Spans:
    tz = zone(timezone)
    if tz is None:
        return _Spans((), ())
    week = list(_periods(rows, max(0, after), max(0, before)))
    found = sorted(
        (_moment(local, first, tz), _end(local, last, tz))
        for local in (day + timedelta(days=n) for n in range(-_DAYS_BEHIND, _DAYS_AHEAD + 1))
        for weekday, first, last in week
        if weekday == local.weekday()
    )
    starts: list[datetime] = []
    ends: list[datetime] = []
    for start, end in found:
        if end <= start:
            continue
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return _Spans(tuple(starts), tuple(ends))


def _periods(rows: Iterable[_Row], after: int, before: int) -> Iterator[tuple[int, int, int]]:
    """Weekday, first and last minute in which orders are taken, from the day's midnight on."""
    for name, start_time, end_time in rows:
        start, end = _minutes(start_time), _minutes(end_time)
        weekday = name.strip().lower()
        if start is None or end is None or weekday not in _WEEKDAYS:
            continue
        first = start + after
        last = (end if end > start else end + _DAY) - before
        if first <= last:
            yield _WEEKDAYS.index(weekday), first, last


def _minutes(text: str | None) -> int | None:
    match = _TIME.match(text or "")
    return int(match[1]) * 60 + int(match[2]) if match else None


def _moment(day: date, minutes: int, tz: ZoneInfo) -> datetime:
    """When the wall first shows this minute of the day; where it is skipped, the moment of the jump."""
    wall = _wall(day, minutes)
    first, second = (wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first <= second else _jump(second, first, tz)


def _end(day: date, minutes: int, tz: ZoneInfo) -> datetime:
    """When the wall has last shown this minute of the day; where it is skipped, the moment of the jump."""
    wall = _wall(day, minutes)
    first, second = (wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    return second + _MINUTE if first <= second else _jump(second, first, tz)


def _wall(day: date, minutes: int) -> datetime:
    days, rest = divmod(minutes, _DAY)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60))


def _jump(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The moment between two at which the zone's clock jumps, to the second."""
    offset = before.astimezone(tz).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, tz).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
