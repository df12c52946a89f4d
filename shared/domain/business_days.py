"""A location's business day: it begins at a time of its own wall, so that a night counts to the evening it began on
(rules 17).

A day begins when the wall first shows that time of its date, and ends where the next one begins. Where clocks skip the
time, it begins with the jump; where they show it twice, at the first. So a day has 23 or 25 hours where clocks change,
and every moment belongs to exactly one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.domain.hours_texts import start, zone
from shared.domain.wall_clock import first_shown

MIDNIGHT = "00:00"
LATEST_MINUTE = 12 * 60
"""A business day begins at noon at the latest. A stored time after that counts as midnight, like one that is none."""

_DAY = timedelta(days=1)


def business_date(timezone: str, starts_at: str, moment: datetime) -> date:
    """The business date of a moment. `timezone`: an IANA name; UTC where it is unknown. `starts_at`: `HH:MM`."""
    local = moment.astimezone(zone(timezone) or UTC).date()
    # Where clocks go back over the beginning, a day that has begun does not end again.
    candidates = (local + _DAY, local, local - _DAY)
    return next(day for day in candidates if _begins(timezone, starts_at, day) <= moment or day == candidates[-1])


def day_bounds(timezone: str, starts_at: str, day: date) -> tuple[datetime, datetime]:
    """When a business date begins and ends, in UTC; the end is not part of it.

    The two are equal where a zone has left out the date altogether. `day`: of the years 2 to 9998.
    """
    return _begins(timezone, starts_at, day), _begins(timezone, starts_at, day + _DAY)


@lru_cache(maxsize=4096)
def _begins(timezone: str, starts_at: str, day: date) -> datetime:
    minute = start(starts_at) or 0
    return first_shown(day, minute if minute <= LATEST_MINUTE else 0, zone(timezone) or ZoneInfo("UTC"))
