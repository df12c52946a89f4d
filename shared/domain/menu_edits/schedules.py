"""When a menu, or a section of it, is served (rules 16)."""

from __future__ import annotations

from typing import Any

from shared.documents.menu import Schedule
from shared.domain.hours_texts import WEEKDAYS, end, start, weekday
from shared.domain.menu_edits.content import Edited, Faults, Row, id_of, place_of, rows_of, with_row, without, wrong
from shared.domain.menu_times import faults
from shared.domain.wall_clock import MINUTES_OF_DAY


def scheduled(menu: Row, category_id: str | None, schedule: Row | None) -> Edited:
    """The menu, or the section with this id, is served at these times; None: always.

    Raises Problem INVALID_REQUEST, which names what cannot be read under `schedule`, or `categoryId`.
    """
    written = None if schedule is None else _written(schedule)
    if category_id is None:
        return Edited(_with(menu, written), "menu.scheduled", ("menu", id_of({"id": menu.get("_id")})))
    rows = rows_of(menu, "categories")
    place = place_of(rows, category_id)
    if place is None:
        raise wrong("categoryId", "This menu has no such section.")
    changed = with_row(menu, "categories", place, _with(rows[place], written))
    return Edited(changed, "menu_category.scheduled", ("menu_category", category_id))


def _with(row: Row, schedule: Row | None) -> Row:
    return {**row, "schedule": schedule} if schedule else without(row, "schedule")


def _written(schedule: Row) -> Row:
    """The schedule as it is stored: weekdays in full, times as HH:MM; {} where it says nothing."""
    read = Schedule.model_validate(schedule)
    found = Faults()
    for field, message in faults(read):
        found.add(f"schedule.{field}", message)
    found.raise_if_any()
    times: list[Any] = [
        {"days": [_day(day) for day in row.days], "from": _time(start(row.start)), "to": _time(end(row.end))}
        for row in read.times
    ]
    stored = {"times": times, "from": read.first_day, "to": read.last_day}
    return {name: value for name, value in stored.items() if value}


def _day(name: str) -> str:
    number = weekday(name)
    assert number is not None
    return WEEKDAYS[number]


def _time(minutes: int | None) -> str:
    assert minutes is not None and minutes <= MINUTES_OF_DAY
    return f"{minutes // 60:02}:{minutes % 60:02}"
