"""When a location takes orders, in its own time zone (contract 3.7).

A day may have several periods. One that ends at or before its start runs past midnight. Minutes count, both ends
included: open until 17:00 is open at 17:00:59.

Periods that touch or overlap are one, also over midnight and from Sunday to Monday. The minutes after opening and
before closing in which no orders are taken are counted on the wall, from the joined period. So a location that is open
day and night always takes orders.

What cannot be read is closed: no hours, a time that is none, a zone that does not exist, no order timing. What is
written in another way and still clear is read (`hours_texts`).

On days when clocks change, the wall's word counts: open while the wall shows a time of the period. A time that is
skipped is the moment of the jump. Of a time that is shown twice, a period begins at the first and ends with the second.
What lies between belongs to it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.documents.places import Location
from shared.domain.hours_texts import end, periods, start, weekday, zone
from shared.domain.wall_clock import MINUTES_OF_DAY, first_shown, last_shown

_MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY
_WEEKS = range(-2, 4)
"""Weeks in which a period may begin that concerns today; this week is 0. A joined period may be a week long."""

_BEHIND = 2 * MINUTES_OF_DAY
"""A wall may be a day behind UTC."""

_AHEAD = 16 * MINUTES_OF_DAY
"""An opening once a week is found in any case, even where the next one falls into an hour that is skipped."""

_Row = tuple[str, str | None, str | None]
"""A weekday with the start and the end of one period, as stored."""

_Period = tuple[int, int]
"""The first and the last minute of a period, from Monday's midnight on."""


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


def local_day(location: Location, now: datetime) -> date:
    """The date on the location's wall, or UTC's where its zone is unknown."""
    return day_in(location.timezone, now)


def day_in(timezone: str, now: datetime) -> date:
    """The date in a zone (an IANA name), or UTC's where the zone is unknown."""
    return now.astimezone(zone(timezone) or UTC).date()


def day_begins(timezone: str, now: datetime) -> datetime:
    """When the date on the wall of a zone (an IANA name) began, in UTC; where the zone is unknown, UTC's date."""
    return first_shown(day_in(timezone, now), 0, zone(timezone) or ZoneInfo("UTC"))


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


def is_paused(location: Location, now: datetime) -> bool:
    """Whether the location's people have paused diners' orders. The counter goes on."""
    return location.paused_until is not None and now < location.paused_until


def takes_orders(location: Location, now: datetime) -> bool:
    """Whether diners may order at `now`: the location is on, open, and not paused."""
    return location.is_active and is_open(location, now) and not is_paused(location, now)


def takes_orders_at(location: Location, now: datetime) -> datetime | None:
    """When diners may order next, in UTC; None where that is now, or not within two weeks. A pause that ends while it
    is closed lasts until it opens."""
    if not location.is_active or takes_orders(location, now):
        return None
    start = location.paused_until if location.paused_until is not None and is_paused(location, now) else now
    return start if is_open(location, start) else opens_at(location, start)


def _spans(location: Location, now: datetime) -> _Spans:
    timing = location.order_timing
    after, before = timing.accept_orders_after_minutes, timing.stop_orders_before_minutes
    if after is None or before is None:
        return _Spans((), ())
    # What the spans follow from is compared by value: each request reads its location anew.
    rows = tuple(
        (day.day, first, last) for day in location.working_hours if day.is_open for first, last in periods(day)
    )
    return _spans_around(now.astimezone(UTC).date(), location.timezone, rows, max(0, after), max(0, before))


@lru_cache(maxsize=1024)
def _spans_around(day: date, timezone: str, rows: tuple[_Row, ...], after: int, before: int) -> _Spans:
    tz = zone(timezone)
    if tz is None:
        return _Spans((), ())
    week = list(_accepting(_joined(_periods(rows)), after, before))
    today = day.weekday() * MINUTES_OF_DAY
    found = sorted(
        (first_shown(day, begin - today, tz), last_shown(day, finish - today, tz))
        for n in _WEEKS
        for begin, finish in ((first + n * _MINUTES_OF_WEEK, last + n * _MINUTES_OF_WEEK) for first, last in week)
        if finish >= today - _BEHIND and begin <= today + _AHEAD
    )
    starts: list[datetime] = []
    ends: list[datetime] = []
    for begin, finish in found:
        if finish <= begin:
            continue
        if ends and begin <= ends[-1]:
            # Where a time is shown twice, the next one may begin before this one has ended.
            ends[-1] = max(ends[-1], finish)
        else:
            starts.append(begin)
            ends.append(finish)
    return _Spans(tuple(starts), tuple(ends))


def _periods(rows: Iterable[_Row]) -> Iterator[_Period]:
    """The periods that can be read; one from Sunday to Monday ends after the week's last minute."""
    for name, start_time, end_time in rows:
        day, first, last = weekday(name), start(start_time), end(end_time)
        if day is None or first is None or last is None:
            continue
        midnight = day * MINUTES_OF_DAY
        yield midnight + first, midnight + (last if last > first else last + MINUTES_OF_DAY)


def _joined(found: Iterable[_Period]) -> list[_Period]:
    """The periods of a week with those joined that touch or overlap; the last one may go on into the next week."""
    joined: list[_Period] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    while len(joined) > 1 and joined[0][0] + _MINUTES_OF_WEEK <= joined[-1][1] + 1:
        _, last = joined.pop(0)
        joined[-1] = (joined[-1][0], max(joined[-1][1], last + _MINUTES_OF_WEEK))
    return joined


def _accepting(joined: Iterable[_Period], after: int, before: int) -> Iterator[_Period]:
    """The periods without the minutes after opening and before closing. One that fills the week has neither."""
    for first, last in joined:
        if last - first + 1 >= _MINUTES_OF_WEEK:
            yield 0, _MINUTES_OF_WEEK
        elif first + after <= last - before:
            yield first + after, last - before
