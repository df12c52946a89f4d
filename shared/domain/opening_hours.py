"""When a location takes orders, in its own time zone (contract 3.7, rules 17).

A day may have several periods. One that ends at or before its start runs past midnight. Minutes count, both ends
included: open until 17:00 is open at 17:00:59. A special day has its own periods, or none, in the place of its
weekday's: what begins on its date. A night that began the day before goes on.

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

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.documents.places import Location
from shared.domain.hours_texts import day_of, end, periods, start, weekday, zone
from shared.domain.pace_schedule import pauses
from shared.domain.spans import Spans
from shared.domain.wall_clock import MINUTES_OF_DAY, first_shown, last_shown

_DAY = timedelta(days=1)

_BEHIND = 2 * MINUTES_OF_DAY
"""A wall may be a day behind UTC."""

_AHEAD = 16 * MINUTES_OF_DAY
"""An opening once a week is found in any case, even where the next one falls into an hour that is skipped."""

_FIRST, _LAST = -9, 24
"""The days, from today on, whose periods are looked at. Further ones concern today only by being joined to these: what
goes on for so long has no margin anywhere near."""

_STEP = timedelta(days=14)
_STEPS = 27
"""Where special days close a location for weeks, its next opening is looked for a year ahead."""

_TURNS = 64
"""How often a pause and a closing may follow each other before nobody looks further."""

_Written = tuple[str | None, str | None]
"""The start and the end of one period, as stored."""

_Row = tuple[str, _Written]
"""A weekday with one period."""

_Special = tuple[date, tuple[_Written, ...]]
"""A date with its own periods."""

_Period = tuple[int, int]
"""The first and the last minute of a period, from today's midnight on."""


def day_in(timezone: str, now: datetime) -> date:
    """The date in a zone (an IANA name), or UTC's where the zone is unknown."""
    return now.astimezone(zone(timezone) or UTC).date()


def day_begins(timezone: str, now: datetime) -> datetime:
    """When the date on the wall of a zone (an IANA name) began, in UTC; where the zone is unknown, UTC's date."""
    return first_shown(day_in(timezone, now), 0, zone(timezone) or ZoneInfo("UTC"))


def is_open(location: Location, now: datetime) -> bool:
    """Whether orders are taken at `now`."""
    return _spans(location, now).end_at(now) is not None


def opens_at(location: Location, now: datetime) -> datetime | None:
    """When orders are taken next, in UTC; None where that is now, or not within two weeks.

    Where special days close the location for so long, it is looked for within a year.
    """
    spans = _spans(location, now)
    if spans.end_at(now) is not None:
        return None
    found = spans.next_start(now)
    for step in range(1, _STEPS if location.special_days else 0):
        if found is not None:
            break
        found = _spans(location, now + step * _STEP).next_start(now)
    return found


def is_paused(location: Location, now: datetime) -> bool:
    """Whether diners' orders are paused, by the location's people or by its schedule. The counter goes on."""
    return _paused_until(location, now) is not None


def takes_orders(location: Location, now: datetime) -> bool:
    """Whether diners may order at `now`: the location is on, open, and not paused."""
    return location.is_active and is_open(location, now) and not is_paused(location, now)


def takes_orders_at(location: Location, now: datetime) -> datetime | None:
    """When diners may order next, in UTC; None where that is now, or not within two weeks. A pause that ends while it
    is closed lasts until it opens."""
    if not location.is_active or takes_orders(location, now):
        return None
    moment: datetime | None = now
    for _ in range(_TURNS):
        if moment is None:
            break
        paused = _paused_until(location, moment)
        if paused is None and is_open(location, moment):
            return moment
        moment = opens_at(location, moment) if paused is None else paused
    return None


def _paused_until(location: Location, now: datetime) -> datetime | None:
    """Until when a pause goes on; None where there is none."""
    by_hand = location.paused_until
    return by_hand if by_hand is not None and now < by_hand else pauses(location, now).end_at(now)


def _spans(location: Location, now: datetime) -> Spans:
    timing = location.order_timing
    after, before = timing.accept_orders_after_minutes, timing.stop_orders_before_minutes
    if after is None or before is None:
        return Spans()
    today = now.astimezone(UTC).date()
    # What the spans follow from is compared by value: each request reads its location anew.
    rows = tuple((day.day, period) for day in location.working_hours if day.is_open for period in periods(day))
    return _spans_around(today, location.timezone, rows, _special(location, today), (max(0, after), max(0, before)))


def _special(location: Location, today: date) -> tuple[_Special, ...]:
    """The special days that are looked at. One without a period that can be read is closed."""
    found = {}
    for special in location.special_days:
        day = day_of(special.date)
        if day is not None and _FIRST <= (day - today).days <= _LAST:
            found[day] = () if special.closed else tuple((one.start_time, one.end_time) for one in special.periods)
    return tuple(found.items())


@lru_cache(maxsize=1024)
def _spans_around(
    today: date, timezone: str, rows: tuple[_Row, ...], special: tuple[_Special, ...], margins: tuple[int, int]
) -> Spans:
    tz = zone(timezone)
    if tz is None:
        return Spans()
    joined = _joined(_periods(today, rows, dict(special)))
    return Spans.of(
        (first_shown(today, begin, tz), last_shown(today, finish, tz))
        for begin, finish in _accepting(joined, *margins)
        if finish >= -_BEHIND and begin <= _AHEAD
    )


def _periods(today: date, rows: Iterable[_Row], special: dict[date, tuple[_Written, ...]]) -> Iterator[_Period]:
    """The periods that can be read, of all days that are looked at."""
    weekly: list[list[_Written]] = [[] for _ in range(7)]
    for name, written in rows:
        number = weekday(name)
        if number is not None:
            weekly[number].append(written)
    for offset in range(_FIRST, _LAST + 1):
        day = today + offset * _DAY
        midnight = offset * MINUTES_OF_DAY
        for start_time, end_time in special.get(day, weekly[day.weekday()]):
            first, last = start(start_time), end(end_time)
            if first is not None and last is not None:
                yield midnight + first, midnight + (last if last > first else last + MINUTES_OF_DAY)


def _joined(found: Iterable[_Period]) -> list[_Period]:
    """The periods with those joined that touch or overlap."""
    joined: list[_Period] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _accepting(joined: Iterable[_Period], after: int, before: int) -> Iterator[_Period]:
    """The periods without the minutes after opening and before closing. One that reaches over the days that are looked
    at has neither there."""
    for first, last in joined:
        begin = first if first < (_FIRST + 1) * MINUTES_OF_DAY else first + after
        finish = last if last >= _LAST * MINUTES_OF_DAY else last - before
        if begin <= finish:
            yield begin, finish
