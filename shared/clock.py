"""One clock for all hosts: the database's time.

A host whose own clock is an hour off must neither expire checkouts nor give up payments early, so `now()` is this
host's monotonic clock plus an offset read from the database (checkout.md 10). The store refreshes the offset at
connect and every minute; tests set a clock of their own.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

REFRESH_SECONDS = 60.0


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """The time in UTC, to the millisecond, as MongoDB stores it."""
        ...


def to_millisecond(moment: datetime) -> datetime:
    """`moment` without what MongoDB would cut off anyway, so that a stored time equals the one in memory."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class DatabaseClock:
    """The monotonic clock plus an offset; before the first refresh, the host's own time."""

    def __init__(self) -> None:
        self._base = datetime.now(UTC)
        self._at = time.monotonic()
        self._refreshed_at: float | None = None

    def now(self) -> datetime:
        return to_millisecond(self._base + timedelta(seconds=time.monotonic() - self._at))

    @property
    def stale(self) -> bool:
        """Whether the offset should be read again."""
        return self._refreshed_at is None or time.monotonic() - self._refreshed_at > REFRESH_SECONDS

    def set(self, database_time: datetime, *, asked_at: float, answered_at: float) -> None:
        """Take over the database's time (aware), which it told between the two readings of `time.monotonic()`."""
        if database_time.tzinfo is None:
            raise ValueError("a time without a zone is no moment")
        self._base = database_time
        self._at = (asked_at + answered_at) / 2
        self._refreshed_at = answered_at


class FixedClock:
    """A clock that a test moves by hand."""

    def __init__(self, moment: datetime) -> None:
        self.moment = to_millisecond(moment)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> datetime:
        """Move on by `timedelta(**by)`; returns the new time."""
        self.moment = to_millisecond(self.moment + timedelta(**by))
        return self.moment
