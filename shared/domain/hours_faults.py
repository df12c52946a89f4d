"""What of a location's hours cannot be read, in sentences for whoever looks after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.documents.places import Location, SpecialDay
from shared.domain.hours_texts import day_of, end, periods, start, weekday, zone
from shared.domain.pace_schedule import is_readable
from shared.text import one_line

_SHOWN = 60


def unreadable(location: Location) -> list[str]:
    """What of the location's opening hours, special days and schedule cannot be read: sentences for whoever looks after
    it.

    Hours that cannot be read count as closed. A special day without a date and a row of the schedule say nothing. Rows
    of days that are switched off are not looked at.
    """
    return list(_unreadable(location))


def _unreadable(location: Location) -> Iterator[str]:
    if not location.timezone.strip():
        yield "It has no time zone."
    elif zone(location.timezone) is None:
        yield f"Its time zone {_quoted(location.timezone)} is unknown."
    timing = location.order_timing
    if timing.accept_orders_after_minutes is None or timing.stop_orders_before_minutes is None:
        yield "Its order timing is missing."
    for row in location.working_hours:
        if not row.is_open:
            continue
        if weekday(row.day) is None:
            yield f"{_quoted(row.day)} is no weekday."
        yield from _unreadable_times(row.day, periods(row))
    for special in location.special_days:
        yield from _unreadable_special(special)
    for number, pace in enumerate(location.pace_schedule, 1):
        if not is_readable(pace):
            yield f"Row {number} of its schedule for pauses and wait times does not say when or what."


def _unreadable_special(special: SpecialDay) -> Iterator[str]:
    if day_of(special.date) is None:
        yield f"{_quoted(special.date)} is no date of a special day."
    elif not special.closed:
        yield from _unreadable_times(special.date, [(one.start_time, one.end_time) for one in special.periods])


def _unreadable_times(day: str, of_day: Iterable[tuple[str | None, str | None]]) -> Iterator[str]:
    for first, last in of_day:
        if start(first) is None:
            yield f"{_quoted(day)} begins at {_quoted(first)}, which is no time of a day."
        if end(last) is None:
            yield f"{_quoted(day)} ends at {_quoted(last)}, which is no time of a day."


def _quoted(text: str | None) -> str:
    return "nothing" if text is None else f'"{one_line(text)[:_SHOWN]}"'
