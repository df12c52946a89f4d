"""What the clock on a wall shows, and when: the moments of local times, also on days when clocks change.

A time that is skipped is the moment of the jump. A time that is shown twice has a first and a last moment.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_OF_DAY = 24 * 60
_MINUTE = timedelta(minutes=1)


def first_shown(day: date, minutes: int, tz: ZoneInfo) -> datetime:
    """When the wall first shows this minute, counted from the midnight of `day` (UTC); where it is skipped, the moment
    of the jump."""
    wall = _wall(day, minutes)
    first, second = (wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first <= second else _jump(second, first, tz)


def last_shown(day: date, minutes: int, tz: ZoneInfo) -> datetime:
    """When the wall has last shown this minute (UTC, the minute's end); where it is skipped, the moment of the jump."""
    wall = _wall(day, minutes)
    first, second = (wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    return second + _MINUTE if first <= second else _jump(second, first, tz)


def _wall(day: date, minutes: int) -> datetime:
    days, rest = divmod(minutes, MINUTES_OF_DAY)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60))


def _jump(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The moment between two at which the zone's clock jumps, to the second."""
    offset = before.astimezone(tz).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, tz).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
