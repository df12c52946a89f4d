"""When timers are due: NCRONTAB expressions (seconds first) and time spans."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

from local.host.config import ConfigError, parse_timespan

_MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_DAYS = "SUN|MON|TUE|WED|THU|FRI|SAT"


def _field(value: str) -> re.Pattern[str]:
    one = rf"(?:\*|{value}(?:-{value})?)(?:/\d+)?"
    return re.compile(rf"{one}(?:,{one})*", re.IGNORECASE)


# Stricter than croniter, which also knows L, #, ?, random and hashed fields, and Sunday as 7: Azure knows none of them.
_FIELDS = (
    _field(r"\d{1,2}"),
    _field(r"\d{1,2}"),
    _field(r"\d{1,2}"),
    _field(r"\d{1,2}"),
    _field(rf"(?:\d{{1,2}}|{_MONTHS})"),
    _field(rf"(?:[0-6]|{_DAYS})"),
)


class ScheduleError(ValueError):
    """A schedule that cannot be read, or that is never due."""


class Schedule(Protocol):
    """When a timer is due."""

    def next(self, after: datetime) -> datetime:
        """The first moment after `after` (with a time zone), in UTC."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Due again after a fixed time."""

    every: timedelta

    def next(self, after: datetime) -> datetime:
        """See Schedule."""
        return after.astimezone(UTC) + self.every


@dataclass(frozen=True, slots=True)
class Cron:
    """Due when the local time in `zone` fits six fields. Day of month and day of week must both fit, as in NCRONTAB."""

    expression: str
    zone: tzinfo

    def next(self, after: datetime) -> datetime:
        """See Schedule. Raises ScheduleError when no such moment comes."""
        try:
            moments = croniter(self.expression, after.astimezone(self.zone), second_at_beginning=True, day_or=False)
            due: datetime = moments.get_next(datetime)
        except ValueError as error:
            raise ScheduleError(f"'{self.expression}' is never due: {error}") from None
        return due.astimezone(UTC)


def parse_schedule(text: str, zone: tzinfo) -> Schedule:
    """Read an NCRONTAB expression (six fields, or five: at second 0) or a time span. Raises ScheduleError."""
    fields = text.split()
    if len(fields) == 1:
        try:
            every = timedelta(seconds=parse_timespan(text))
        except ConfigError:
            every = timedelta(0)
        if every <= timedelta(0):
            raise ScheduleError(f"'{text}' is neither an NCRONTAB expression nor a time span")
        return Interval(every)
    if len(fields) == 5:
        fields = ["0", *fields]
    if len(fields) != 6 or not all(form.fullmatch(field) for form, field in zip(_FIELDS, fields, strict=True)):
        raise ScheduleError(f"'{text}' is not an NCRONTAB expression: seconds, minutes, hours, day, month, day of week")
    schedule = Cron(" ".join(fields), zone)
    schedule.next(datetime.now(UTC))
    return schedule


def time_zone(environment: Mapping[str, str]) -> tzinfo:
    """The zone of all schedules: WEBSITE_TIME_ZONE (as on Linux: an IANA name), else UTC. Raises ConfigError."""
    name = environment.get("WEBSITE_TIME_ZONE", "").strip()
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"WEBSITE_TIME_ZONE: '{name}' is not a time zone such as America/New_York") from None
