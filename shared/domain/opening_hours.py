"""When a location takes orders, in its own time zone (contract 3.7).

A day may have several periods; one that ends at or before its start runs past midnight. Minutes count, both ends
included. A location without hours, or with a zone that does not exist, is closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.documents.places import Location

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")
_DAYS_AHEAD = 8


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of this IANA name, or None."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def local_day(location: Location, now: datetime) -> date:
    """The date on the location's wall, or UTC's where its zone is unknown."""
    return now.astimezone(zone(location.timezone) or UTC).date()


def is_open(location: Location, now: datetime) -> bool:
    """Whether orders are taken at `now`."""
    return any(start <= now < end for start, end in _periods(location, now, days_ahead=0))


def opens_at(location: Location, now: datetime) -> datetime | None:
    """When orders are taken next, in UTC; None where that is now, or not within a week."""
    periods = sorted(_periods(location, now, days_ahead=_DAYS_AHEAD))
    if any(start <= now < end for start, end in periods):
        return None
    return next((start for start, _ in periods if start > now), None)


def _periods(location: Location, now: datetime, days_ahead: int) -> Iterator[tuple[datetime, datetime]]:
    """The periods in which orders are taken, from yesterday's (which may run past midnight) on, in UTC."""
    tz = zone(location.timezone)
    if tz is None:
        return
    today = now.astimezone(tz).date()
    for offset in range(-1, days_ahead + 1):
        day = today + timedelta(days=offset)
        for hours in location.working_hours:
            if not hours.is_open or hours.day.lower() != _WEEKDAYS[day.weekday()]:
                continue
            start, end = _minutes(hours.start_time), _minutes(hours.end_time)
            if start is None or end is None:
                continue
            if end <= start:
                end += 24 * 60
            first = start + location.order_timing.accept_orders_after_minutes
            last = end - location.order_timing.stop_orders_before_minutes
            if first <= last:
                yield _moment(day, first, tz), _moment(day, last, tz) + timedelta(minutes=1)


def _minutes(text: str | None) -> int | None:
    match = _TIME.match(text or "")
    return int(match[1]) * 60 + int(match[2]) if match else None


def _moment(day: date, minutes: int, tz: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, 24 * 60)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), tzinfo=tz)
    return wall.astimezone(UTC)
