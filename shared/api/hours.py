"""When a location takes orders, as its people read and change it: the week, special days, and the schedule for its
pace."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.api.base import Cleaned, Instant, Reply, Request, Whole

TimeText = Annotated[str, Field(max_length=40), Cleaned]
"""A time of a day, as somebody writes it: `09:30`, `9:30 PM`."""

DateText = Annotated[str, Field(max_length=40), Cleaned]
"""A date of the location's calendar: `2026-12-25`."""


class Period(Reply):
    """From when to when, `HH:MM` in the location's time zone. One that ends at or before its start runs past midnight.
    Null is a time that nobody wrote."""

    start_time: str | None
    end_time: str | None


class WorkingDay(Reply):
    """One weekday's hours. `startTime` and `endTime` are those of its first period, for clients that know one."""

    day: str
    is_open: bool
    start_time: str | None
    end_time: str | None
    periods: list[Period]


class SpecialDay(Reply):
    """A date with hours of its own, or none. `name`: what its people call it."""

    date: str
    closed: bool
    periods: list[Period]
    name: str


class PeriodSent(Request):
    """One period, in the location's time zone."""

    start_time: TimeText
    end_time: TimeText


class DayHours(Request):
    """One weekday's hours. `periods`, where they are sent, decide; else the one from `startTime` to `endTime`."""

    day: Annotated[str, Field(max_length=40), Cleaned]
    is_open: bool
    start_time: TimeText | None = None
    end_time: TimeText | None = None
    periods: Annotated[list[PeriodSent], Field(max_length=50)] | None = None


class HoursChange(Request):
    """The hours of the whole week. A weekday that is left out is closed."""

    working_hours: Annotated[list[DayHours], Field(max_length=200)]


class Hours(Reply):
    """When the location takes orders. `isOpen`: whether it is open now, pauses aside; `opensAt`: when else it is next,
    null for not within two weeks (where special days close it, within a year)."""

    timezone: str
    working_hours: list[WorkingDay]
    special_days: list[SpecialDay]
    is_open: bool
    opens_at: Instant | None


class SpecialHours(Request):
    """What holds on a special day in the place of its weekday's hours: nothing (`closed`), or these periods."""

    closed: bool = False
    periods: Annotated[list[PeriodSent], Field(max_length=50)] = Field(default_factory=list)
    name: Annotated[str, Field(max_length=100), Cleaned] = ""


class SpecialDaySent(SpecialHours):
    """A special day with its date."""

    date: DateText


class SpecialDaysChange(Request):
    """All special days. One that is left out is a day like others again."""

    special_days: Annotated[list[SpecialDaySent], Field(max_length=400)]


class PaceRowSent(Request):
    """What holds on these weekdays from one time to another, the end not included: diners' orders are paused, or orders
    are ready so many minutes later, or both. One that ends at or before its start runs past midnight."""

    days: Annotated[list[Annotated[str, Field(max_length=40), Cleaned]], Field(min_length=1, max_length=7)]
    from_: TimeText = Field(alias="from")
    to: TimeText
    pause: bool = False
    wait_minutes: Annotated[Whole, Field(ge=1, le=240)] | None = None


class PaceScheduleChange(Request):
    """The whole schedule."""

    pace_schedule: Annotated[list[PaceRowSent], Field(max_length=50)]


class PaceRow(Reply):
    """What holds at times of the week. `waitMinutes` null: orders take no longer then."""

    days: list[str]
    from_: str = Field(alias="from")
    to: str
    pause: bool
    wait_minutes: int | None


class PaceNow(Reply):
    """How fast the location takes orders: by hand (`pausedUntil`, `waitMinutes`), by its schedule, and what comes of
    both now.

    `paused`: diners' orders are paused. `takesOrders`: diners may order; `takesOrdersAt`: when else they may next, null
    for not within two weeks. `waitMinutesNow`: how many minutes later orders are ready.
    """

    paused_until: Instant | None
    wait_minutes: int
    pace_schedule: list[PaceRow]
    paused: bool
    takes_orders: bool
    takes_orders_at: Instant | None
    wait_minutes_now: int
