"""When a location takes orders: its week, its special days, and the schedule for its pace (rules 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.api import hours as api
from shared.app import App
from shared.documents.places import StoredLocation
from shared.domain import field_faults, hours_writing, pace_schedule
from shared.domain.field_faults import wrong
from shared.domain.hours_texts import WEEKDAYS, day_of, weekday
from shared.domain.location_changes import rows_of
from shared.domain.opening_hours import is_open, is_paused, opens_at, takes_orders, takes_orders_at
from shared.domain.roles import Actor
from shared.errors import LOCATION_NOT_FOUND, SPECIAL_DAY_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.places import changing
from shared.store import locations
from shared.store.mongo.client import Session

READ_REFUSALS = (LOCATION_NOT_FOUND,)
REFUSALS = (*field_faults.REFUSALS, *hours_writing.REFUSALS, *changing.REFUSALS)
DELETE_REFUSALS = (SPECIAL_DAY_NOT_FOUND, *changing.REFUSALS)

MAX_SPECIAL_DAYS = 400

Place = tuple[str, str]
"""The ids of a restaurant and of one of its locations."""


async def read(app: App, place: Place) -> tuple[api.Hours, int]:
    """When the location takes orders, and its version. Raises Problem (READ_REFUSALS)."""
    found = await _one(app, place)
    return shown(app, found), found.version


async def pace(app: App, place: Place) -> tuple[api.PaceNow, int]:
    """How fast the location takes orders, and its version. Raises Problem (READ_REFUSALS)."""
    found = await _one(app, place)
    return shown_pace(app, found), found.version


async def _one(app: App, place: Place) -> StoredLocation:
    found = await locations.one(app.db, place[0], stored_id(place[1]))
    if found is None:
        raise Problem(LOCATION_NOT_FOUND)
    return found


async def change(
    app: App, actor: Actor, place: Place, sent: api.HoursChange, *, if_match: int | None, request_id: str
) -> StoredLocation:
    """Replace the week's hours. Raises Problem (REFUSALS)."""
    numbers = [weekday(row.day) for row in sent.working_hours]
    for index, number in enumerate(numbers):
        if number is not None and number in numbers[:index]:
            raise wrong(f"workingHours.{index}.day", "A weekday stands here once, with all its periods.")

    async def make(_: StoredLocation, raw: Mapping[str, Any], __: Session) -> Mapping[str, Any]:
        return {"workingHours": hours_writing.week(sent.working_hours, rows_of(raw, "workingHours"), "workingHours")}

    return await changing.change(
        app, actor, *place, make, action="hours_changed", if_match=if_match, request_id=request_id
    )


async def change_special_days(
    app: App, actor: Actor, place: Place, sent: api.SpecialDaysChange, *, if_match: int | None, request_id: str
) -> StoredLocation:
    """Replace all special days. Raises Problem (REFUSALS)."""
    days: dict[str, dict[str, Any]] = {}
    for index, one in enumerate(sent.special_days):
        if one.date in days:
            raise wrong(f"specialDays.{index}.date", "A date stands here once.")
        days[one.date] = hours_writing.special_day(one, one.date, within=f"specialDays.{index}.")
    return await changing.change(
        app,
        actor,
        *place,
        changing.always({"specialDays": _sorted(list(days.values()))}),
        action="special_days_changed",
        if_match=if_match,
        request_id=request_id,
    )


async def put_special_day(
    app: App, actor: Actor, place: Place, day: str, sent: api.SpecialHours, *, if_match: int | None, request_id: str
) -> StoredLocation:
    """Give a date hours of its own, or none. Raises Problem (REFUSALS)."""
    written = hours_writing.special_day(sent, day, date_field="day")

    async def make(_: StoredLocation, raw: Mapping[str, Any], __: Session) -> Mapping[str, Any]:
        others = [row for row in rows_of(raw, "specialDays") if row.get("date") != day]
        if len(others) >= MAX_SPECIAL_DAYS:
            raise wrong("day", f"There are at most {MAX_SPECIAL_DAYS} special days.")
        return {"specialDays": _sorted([*others, written])}

    return await changing.change(
        app, actor, *place, make, action="special_day_set", if_match=if_match, request_id=request_id
    )


async def delete_special_day(
    app: App, actor: Actor, place: Place, day: str, *, if_match: int | None, request_id: str
) -> StoredLocation:
    """Let a date be a day like others again. Raises Problem (DELETE_REFUSALS)."""

    async def make(_: StoredLocation, raw: Mapping[str, Any], __: Session) -> Mapping[str, Any]:
        rows = rows_of(raw, "specialDays")
        others = [row for row in rows if row.get("date") != day]
        if len(others) == len(rows):
            raise Problem(SPECIAL_DAY_NOT_FOUND)
        return {"specialDays": others}

    return await changing.change(
        app, actor, *place, make, action="special_day_removed", if_match=if_match, request_id=request_id
    )


async def change_pace_schedule(
    app: App, actor: Actor, place: Place, sent: api.PaceScheduleChange, *, if_match: int | None, request_id: str
) -> StoredLocation:
    """Replace the schedule for pauses and wait times. Raises Problem (REFUSALS)."""
    rows = [_pace_row(f"paceSchedule.{index}.", row) for index, row in enumerate(sent.pace_schedule)]
    return await changing.change(
        app,
        actor,
        *place,
        changing.always({"paceSchedule": rows}),
        action="pace_schedule_changed",
        if_match=if_match,
        request_id=request_id,
    )


def _pace_row(within: str, sent: api.PaceRowSent) -> dict[str, Any]:
    numbers = set()
    for index, day in enumerate(sent.days):
        number = weekday(day)
        if number is None:
            raise wrong(f"{within}days.{index}", "This is no weekday: use a name such as monday.")
        numbers.add(number)
    if not sent.pause and sent.wait_minutes is None:
        raise wrong(f"{within}waitMinutes", "Say that orders are paused then, or how much longer they take.")
    return {
        "days": [WEEKDAYS[number] for number in sorted(numbers)],
        "from": hours_writing.time_of_day(f"{within}from", sent.from_),
        "to": hours_writing.last_time_of_day(f"{within}to", sent.to),
        "pause": sent.pause,
        "waitMinutes": sent.wait_minutes,
    }


def _sorted(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """By date. What is no date stays, and stands first: doctor names it."""
    return sorted(rows, key=lambda row: str(row["date"]) if day_of(str(row.get("date"))) else "")


def shown(app: App, location: StoredLocation) -> api.Hours:
    """When the location takes orders, as its people see it."""
    now = app.clock.now()
    return api.Hours(
        timezone=location.timezone,
        working_hours=[hours_writing.shown(day) for day in location.working_hours],
        special_days=[hours_writing.shown_special(day) for day in location.special_days],
        is_open=is_open(location, now),
        opens_at=opens_at(location, now),
    )


def shown_pace(app: App, location: StoredLocation) -> api.PaceNow:
    """How fast the location takes orders, as its people see it."""
    now = app.clock.now()
    return api.PaceNow(
        paused_until=location.paused_until,
        wait_minutes=location.wait_minutes,
        pace_schedule=[api.PaceRow.model_validate(row.model_dump(by_alias=True)) for row in location.pace_schedule],
        paused=is_paused(location, now),
        takes_orders=takes_orders(location, now),
        takes_orders_at=takes_orders_at(location, now),
        wait_minutes_now=pace_schedule.wait_minutes(location, now),
    )
