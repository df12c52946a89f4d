"""When a menu, or a section of one, is served, in its location's time zone (rules 16).

Times mean what opening hours mean by them (`opening_hours`): minutes count, both ends included; one that ends at or
before its start runs past midnight, and belongs to the day on which it began, whatever the dates say of the next one.
What is stored and cannot be read is not served; what cannot be read is not stored (`faults`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from shared.documents.menu import Menu, Schedule
from shared.domain.hours_texts import day_of, end, start, weekday, zone
from shared.domain.opening_hours import day_in
from shared.domain.spans import Spans
from shared.domain.wall_clock import MINUTES_OF_DAY, first_shown, last_shown
from shared.errors import MENU_NOT_AVAILABLE, Problem

REFUSALS = (MENU_NOT_AVAILABLE,)

_LOOK_AHEAD_DAYS = 16
"""A serving once a week is found in any case, even where the next one falls into an hour that is skipped."""

_EVERY_DAY: Mapping[int, Sequence[tuple[int, int]]] = {day: [(0, MINUTES_OF_DAY - 1)] for day in range(7)}
"""All day, by weekday."""

_LAST_YEAR = 9000
"""From here on nothing can be added to a date any more."""

_Row = tuple[tuple[str, ...], str | None, str | None]
"""Weekdays with the start and the end of a serving, as stored."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Something is not served now. `until`: when it is, in UTC; None: not within two weeks. `sentence`: the same for
    people, "" where it is None."""

    until: datetime | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Resting:
    """What is not served at a moment, with when it is served next, in UTC; None: not within two weeks.

    `menus`: by menu id. `sections`: by menu id and category id. `timezone`: the location's.
    """

    now: datetime
    timezone: str = ""
    menus: Mapping[str, datetime | None] = field(default_factory=dict)
    sections: Mapping[tuple[str, str], datetime | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.menus or self.sections)

    def menu(self, menu: Menu) -> Rest | None:
        """The rest of the whole menu; None where it is served."""
        return self._rest(self.menus, str(menu.id))

    def section(self, menu: Menu, category_id: str) -> Rest | None:
        """The rest of one of its sections; None where it is served, or there is none."""
        return self._rest(self.sections, (str(menu.id), category_id))

    def _rest(self, of: Mapping[Any, datetime | None], key: Any) -> Rest | None:
        return Rest(of[key], self._when(of[key])) if key in of else None

    def _when(self, served_at: datetime | None) -> str:
        if served_at is None:
            return ""
        wall = served_at.astimezone(zone(self.timezone))
        if wall.date() == day_in(self.timezone, self.now):
            return f"It is served from {wall:%H:%M}."
        return f"It is served from {wall:%A}, {wall.day} {wall:%B}, {wall:%H:%M}."


def resting(menus: Sequence[Menu], timezone: str, now: datetime) -> Resting:
    """What of these menus is not served at `now`. `timezone`: the location's IANA name."""
    whole = {
        str(menu.id): serves_next(menu.schedule, timezone, now) for menu in menus if rests(menu.schedule, timezone, now)
    }
    sections = {
        (str(menu.id), section.id): serves_next(section.schedule, timezone, now)
        for menu in menus
        for section in menu.categories
        if rests(section.schedule, timezone, now)
    }
    return Resting(now, timezone, whole, sections)


def served_at(rests: Sequence[Rest]) -> dict[str, datetime | None]:
    """When all of it is served, as clients read it; null where nobody can say of some."""
    until = [rest.until for rest in rests if rest.until is not None]
    return {"servedAt": max(until) if len(until) == len(rests) else None}


def refuse_resting(menus: Iterable[Menu], resting: Resting) -> None:
    """Raises Problem MENU_NOT_AVAILABLE where one of the menus is not served now."""
    rests = [rest for menu in menus if (rest := resting.menu(menu)) is not None]
    if rests:
        when = served_at(rests)
        sentence = next((rest.sentence for rest in rests if rest.until == when["servedAt"]), "")
        raise Problem(MENU_NOT_AVAILABLE, f"{MENU_NOT_AVAILABLE.message} {sentence}".rstrip(), extra=when)


def rests(schedule: Schedule | None, timezone: str, now: datetime) -> bool:
    """Whether it is not served at `now`; without a schedule it always is."""
    if schedule is None:
        return False
    return _spans(schedule, timezone, now).end_at(now) is None


def serves_next(schedule: Schedule | None, timezone: str, now: datetime) -> datetime | None:
    """When it is served next, in UTC; None where that is now, or not within two weeks of now or of its first day."""
    if schedule is None or not rests(schedule, timezone, now):
        return None
    return _spans(schedule, timezone, now).next_start(now)


def faults(schedule: Schedule) -> Iterator[tuple[str, str]]:
    """What of a schedule cannot be read: the field and a sentence for each."""
    for index, row in enumerate(schedule.times):
        at = f"times.{index}"
        if not row.days:
            yield f"{at}.days", "There is no weekday."
        for number, name in enumerate(row.days):
            if weekday(name) is None:
                yield f"{at}.days.{number}", "This is no weekday."
        if start(row.start) is None:
            yield f"{at}.from", "This is no time of a day at which something can begin."
        if end(row.end) is None:
            yield f"{at}.to", "This is no time of a day."
    days = {"from": schedule.first_day, "to": schedule.last_day}
    unread = [name for name, text in days.items() if text is not None and _day(text) is None]
    for name in unread:
        yield name, "This is no date: write YYYY-MM-DD."
    first, last = _day(schedule.first_day), _day(schedule.last_day)
    if first is not None and last is not None and last < first:
        yield "to", "This is before its first day."


def _spans(schedule: Schedule, timezone: str, now: datetime) -> Spans:
    rows = tuple((tuple(row.days), row.start, row.end) for row in schedule.times)
    return _spans_around(day_in(timezone, now), timezone, rows, schedule.first_day, schedule.last_day)


@lru_cache(maxsize=1024)
def _spans_around(today: date, timezone: str, rows: tuple[_Row, ...], first: str | None, last: str | None) -> Spans:
    tz = zone(timezone)
    first_day, last_day = _day(first), _day(last)
    if tz is None or (first is not None and first_day is None) or (last is not None and last_day is None):
        return Spans()
    # What began yesterday may go on past midnight.
    begin = max(today - timedelta(days=1), first_day or date.min)
    finish = min(max(today, begin) + timedelta(days=_LOOK_AHEAD_DAYS), last_day or date.max)
    week = _week(rows) if rows else _EVERY_DAY
    return Spans.of(
        (first_shown(day, since, tz), last_shown(day, until, tz))
        for day in _days(begin, finish)
        for since, until in week.get(day.weekday(), ())
    )


def _week(rows: Sequence[_Row]) -> Mapping[int, Sequence[tuple[int, int]]]:
    """The servings that begin on each weekday, in minutes from its midnight."""
    week: dict[int, list[tuple[int, int]]] = {}
    for names, from_text, to_text in rows:
        first, last = start(from_text), end(to_text)
        if first is None or last is None:
            continue
        for day in {weekday(name) for name in names} - {None}:
            assert day is not None
            week.setdefault(day, []).append((first, last if last > first else last + MINUTES_OF_DAY))
    return week


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


def _day(text: str | None) -> date | None:
    """A date as `YYYY-MM-DD`, or None."""
    day = day_of(text or "")
    return day if day is not None and day.year < _LAST_YEAR else None
