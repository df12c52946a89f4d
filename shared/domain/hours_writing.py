"""Opening hours as they are written down: what can be read, in one spelling (contract 2.2, rules 17).

A weekday's row holds the times of its first period, which is all that the original reads of it, and `periods` where
there are more. So the original never opens a location at a time that is not in its hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shared.api import hours as api
from shared.documents.places import Period, SpecialDay, WorkingDay
from shared.domain import field_faults
from shared.domain.field_faults import wrong
from shared.domain.hours_texts import WEEKDAYS, day_of, end, periods, start, weekday
from shared.domain.wall_clock import MINUTES_OF_DAY

REFUSALS = field_faults.REFUSALS

MAX_ROWS = 50
"""How many rows a week has at most: the original has one for each weekday, imported data several."""

MAX_PERIODS = 10

_Written = tuple[str | None, str | None]
_NO_TIMES: dict[str, str | None] = {"startTime": None, "endTime": None}


def shown(day: WorkingDay) -> api.WorkingDay:
    """A stored row as clients see it: with its own times, and with the list of its periods."""
    found = [(first, last) for first, last in periods(day) if first is not None or last is not None]
    own = (day.start_time, day.end_time)
    first, last = own if own != (None, None) or not found else found[0]
    return api.WorkingDay(
        day=day.day,
        is_open=day.is_open,
        start_time=first,
        end_time=last,
        periods=[api.Period(start_time=one, end_time=other) for one, other in found],
    )


def shown_special(day: SpecialDay) -> api.SpecialDay:
    """A stored special day as clients see it."""
    return api.SpecialDay(
        date=day.date, closed=day.closed, periods=[_shown_period(one) for one in day.periods], name=day.name
    )


def _shown_period(period: Period) -> api.Period:
    return api.Period(start_time=period.start_time, end_time=period.end_time)


def week(sent: Sequence[api.DayHours], stored: Sequence[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    """The rows that are to be stored. `stored`: those that are there. `field`: where `sent` stands in the body.

    A row that says what is there stays as it is, also one that could not be written today. One that says nothing of
    periods, since its client knows none, keeps those that are there while its own times are theirs. Raises Problem
    (REFUSALS).
    """
    if len(sent) > MAX_ROWS:
        raise wrong(field, f"A week has at most {MAX_ROWS} rows.")
    left = [(row, shown(WorkingDay.model_validate(row))) for row in stored]
    written = []
    for index, one in enumerate(sent):
        match = next((pair for pair in left if pair[1].day == one.day), None)
        if match is not None:
            left.remove(match)
        written.append(_row(f"{field}.{index}.", one, match))
    return written


def _row(within: str, sent: api.DayHours, match: tuple[dict[str, Any], api.WorkingDay] | None) -> dict[str, Any]:
    listed: list[_Written] | None = None
    if sent.periods is not None:
        listed = [(one.start_time, one.end_time) for one in sent.periods]
    if match is not None:
        raw, there = match
        known: list[_Written] = [(one.start_time, one.end_time) for one in there.periods]
        own = (sent.start_time, sent.end_time)
        same_times = own == (there.start_time, there.end_time) or (own == (None, None) and listed is not None)
        if same_times and sent.is_open == there.is_open and listed in (None, known):
            return raw
        if listed is None and same_times:
            listed = known or None
        elif listed == known and not same_times:
            listed = None
    number = weekday(sent.day)
    if number is None:
        raise wrong(f"{within}day", "This is no weekday: use a name such as monday.")
    if listed is None:
        found = list(_of_row(within, (sent.start_time or None, sent.end_time or None), needed=sent.is_open))
    else:
        found = list(_of_list(within, listed, needed=sent.is_open))
    row = {"day": WEEKDAYS[number], "isOpen": sent.is_open, **(found[0] if found else _NO_TIMES)}
    return row if len(found) < 2 else {**row, "periods": found}


def _of_row(within: str, written: _Written, *, needed: bool) -> Iterator[dict[str, str | None]]:
    """The one period that a row tells itself. On a day that is closed it may lack times. `needed`: the day is open."""
    times = {
        "startTime": None if written[0] is None and not needed else time_of_day(f"{within}startTime", written[0]),
        "endTime": None if written[1] is None and not needed else last_time_of_day(f"{within}endTime", written[1]),
    }
    if times != _NO_TIMES:
        yield times


def _of_list(within: str, written: Sequence[_Written], *, needed: bool) -> Iterator[dict[str, str | None]]:
    if len(written) > MAX_PERIODS:
        raise wrong(f"{within}periods", f"A day has at most {MAX_PERIODS} periods.")
    if needed and not written:
        raise wrong(f"{within}periods", "A day that is open has a period.")
    for index, (first, last) in enumerate(written):
        yield {
            "startTime": time_of_day(f"{within}periods.{index}.startTime", first),
            "endTime": last_time_of_day(f"{within}periods.{index}.endTime", last),
        }


def special_day(sent: api.SpecialHours, date: str, *, within: str = "", date_field: str = "date") -> dict[str, Any]:
    """A special day as it is stored. `within`: where it stands in the body, with the point behind; `date_field`: what
    clients call its date. Raises Problem (REFUSALS)."""
    if day_of(date) is None:
        raise wrong(within + date_field, "This is no date: use one such as 2026-12-25.")
    if sent.closed == bool(sent.periods):
        raise wrong(f"{within}periods", "A special day is closed, or has periods.")
    written = [(one.start_time, one.end_time) for one in sent.periods]
    found = list(_of_list(within, written, needed=not sent.closed))
    return {"date": date, "closed": sent.closed, "periods": found, "name": sent.name}


def time_of_day(field: str, text: str | None) -> str:
    """A time at which something begins, as `HH:MM`. Raises Problem (REFUSALS)."""
    return _clock(field, start(text))


def last_time_of_day(field: str, text: str | None) -> str:
    """A time at which something ends, as `HH:MM`; the midnight after is `00:00`, as the original writes it. Raises
    Problem (REFUSALS)."""
    return _clock(field, end(text))


def _clock(field: str, minutes: int | None) -> str:
    if minutes is None:
        raise wrong(field, "This is no time of a day: use one such as 09:30.")
    minutes %= MINUTES_OF_DAY
    return f"{minutes // 60:02}:{minutes % 60:02}"
