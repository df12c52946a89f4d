"""When a menu or a section is served, as managers write and read it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.api.base import Cleaned, Id, Reply, Request, is_empty

_Text = Annotated[str, Field(max_length=20), Cleaned]


class ServingTimes(Request):
    """On these weekdays from when to when, by the location's clock; past midnight where it ends by its start."""

    days: list[_Text] = Field(min_length=1, max_length=7, description="monday to sunday")
    start: _Text = Field(alias="from", description="HH:MM")
    end: _Text = Field(alias="to", description="HH:MM, this minute included; 24:00 is midnight")


class Schedule(Request):
    """When it is served: at these times, all day where there are none; from one date to another, both included."""

    times: list[ServingTimes] = Field([], max_length=50)
    first_day: _Text | None = Field(None, alias="from", description="YYYY-MM-DD; null: without a limit")
    last_day: _Text | None = Field(None, alias="to", description="YYYY-MM-DD; null: without a limit")


class ScheduleChange(Request):
    """When the menu, or a section of it, is served. `schedule` null: always."""

    category_id: Id | None = Field(None, description="A section of the menu; null or absent: the whole menu.")
    schedule: Schedule | None


class ShownTimes(Reply):
    """On these weekdays from when to when, by the location's clock."""

    days: list[str]
    start: str = Field(alias="from")
    end: str = Field(alias="to")


class ShownSchedule(Reply):
    """When it is served. What cannot be read counts as not served."""

    times: list[ShownTimes] = Field(exclude_if=is_empty)
    first_day: str | None = Field(alias="from", exclude_if=is_empty)
    last_day: str | None = Field(alias="to", exclude_if=is_empty)
