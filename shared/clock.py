"""One clock for all hosts: the database's time.

A host whose own clock is an hour off must neither expire checkouts nor give up payments early. So `now()` is this
host's monotonic clock plus an offset that is read from the database (rules 10). The store reads the offset at
connect and every minute. Tests set a clock of their own.

After a failover another node tells the time, and its clock may be wrong. So a reading that differs by more than five
seconds from what this host expects is not believed at once. Ten seconds later the time is read again. A second reading
that says the same is believed. Both are logged.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

log = logging.getLogger("orderbuddy.clock")

REFRESH_SECONDS = 60.0
BELIEVED_SECONDS = 5.0
"""How far a reading may be from what is expected, and be believed at once."""

DOUBTED_SECONDS = 10.0
"""How long after a reading that is not believed the time is read again."""


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """The time in UTC, to the millisecond, as MongoDB stores it."""
        ...


def to_millisecond(moment: datetime) -> datetime:
    """`moment` without what MongoDB would cut off anyway, so that a stored time equals the one in memory."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class DatabaseClock:
    """The monotonic clock plus an offset. Before the first reading it tells the host's own time."""

    def __init__(self, host_time: datetime | None = None) -> None:
        """`host_time`: what the host's own clock shows now, where it is not the real one (a test's)."""
        self._base = host_time or datetime.now(UTC)
        self._at = time.monotonic()
        self._read_again_at: float | None = None
        self._doubted: float | None = None

    def now(self) -> datetime:
        return to_millisecond(self._told_at(time.monotonic()))

    @property
    def stale(self) -> bool:
        """Whether the database's time should be read again."""
        return self._read_again_at is None or time.monotonic() > self._read_again_at

    def set(self, database_time: datetime, *, asked_at: float, answered_at: float) -> None:
        """Take over the database's time (aware), which it told between the two readings of `time.monotonic()`.

        A time that jumps is taken over at the second reading that tells it.
        """
        if database_time.tzinfo is None:
            raise ValueError("a time without a zone is no moment")
        at = (asked_at + answered_at) / 2
        jump = (database_time - self._told_at(at)).total_seconds()
        # An answer that took long may have been told at any moment of it.
        slack = BELIEVED_SECONDS + (answered_at - asked_at) / 2
        if self._read_again_at is not None and abs(jump) > slack:
            if self._doubted is None or abs(jump - self._doubted) > slack:
                log.warning("the database's time jumps by %+.1f s: not believed until it is told again", jump)
                self._doubted, self._read_again_at = jump, answered_at + DOUBTED_SECONDS
                return
            log.warning("the database's time has jumped by %+.1f s: told twice, and believed", jump)
        elif self._doubted is not None:
            log.warning("the database's time jumps no more: %+.1f s were told once, and not believed", self._doubted)
        self._base, self._at = database_time, at
        self._doubted, self._read_again_at = None, answered_at + REFRESH_SECONDS

    def _told_at(self, monotonic: float) -> datetime:
        return self._base + timedelta(seconds=monotonic - self._at)


class MovedClock:
    """Another clock's time, frozen or moved by a person: the local stack's alone (see integrations/local_clock.py)."""

    def __init__(self, real: Clock) -> None:
        self._real = real
        self._ahead = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        return self._real.now() + self._ahead if self._frozen is None else self._frozen

    def move(self, *, ahead_seconds: float, frozen: datetime | None) -> None:
        """Run so far ahead of the real clock from now on, or stand at `frozen` (aware)."""
        self._ahead = to_whole_milliseconds(ahead_seconds)
        self._frozen = None if frozen is None else to_millisecond(frozen)


def to_whole_milliseconds(seconds: float) -> timedelta:
    """So many seconds, to the millisecond."""
    return timedelta(milliseconds=round(seconds * 1000))


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
