"""The durable timers that are waiting. They go by the stack's clock: after a laptop slept, what is due rings."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass

from local.clock import CLOCK
from local.durable import codec

_LOOK_SECONDS = 1.0
_SWEEP_AT_LEAST = 1024


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """One timer: when it is due, and whose it is."""

    due: int
    execution: int
    number: int
    instance_id: str


class Timers:
    """Calls `ring` for each alarm when it is due, at once when it is late. Nothing rings after `stop`."""

    def __init__(self, ring: Callable[[Alarm], None], is_wanted: Callable[[Alarm], bool]) -> None:
        """`is_wanted` tells whether an alarm still matters. Cancelled alarms are forgotten when there are many."""
        self._ring = ring
        self._is_wanted = is_wanted
        self._alarms: list[Alarm] = []
        self._sweep_at = _SWEEP_AT_LEAST
        self._handle: asyncio.TimerHandle | None = None
        self._next_look = 0
        self._stopped = False
        CLOCK.changed.append(self._look_now)

    def add(self, alarm: Alarm) -> None:
        """Wait for one more."""
        if len(self._alarms) >= self._sweep_at:
            self._alarms = [kept for kept in self._alarms if self._is_wanted(kept)]
            heapq.heapify(self._alarms)
            self._sweep_at = max(_SWEEP_AT_LEAST, 2 * len(self._alarms))
        heapq.heappush(self._alarms, alarm)
        self._arm()

    def next_due(self) -> int | None:
        """When the next alarm that still matters is due; None where none waits."""
        return min((alarm.due for alarm in self._alarms if self._is_wanted(alarm)), default=None)

    def stop(self) -> None:
        """Ring no more."""
        self._stopped = True
        CLOCK.changed.remove(self._look_now)
        if self._handle is not None:
            self._handle.cancel()

    def _arm(self) -> None:
        if self._stopped or not self._alarms:
            return
        due = self._alarms[0].due
        if self._handle is not None:
            if self._next_look <= due:
                return
            self._handle.cancel()
        # Never sleep for long: the loop's clock stands still while the machine sleeps, and the wall's may be set.
        delay = min(max((due - codec.now()) / 1_000_000, 0.0), _LOOK_SECONDS)
        self._next_look = codec.now() + int(delay * 1_000_000)
        self._handle = asyncio.get_running_loop().call_later(delay, self._look)

    def _look_now(self) -> None:
        """The clock was moved: see what is due by it."""
        if self._handle is not None:
            self._handle.cancel()
        self._look()

    def _look(self) -> None:
        self._handle = None
        while self._alarms and self._alarms[0].due <= codec.now():
            alarm = heapq.heappop(self._alarms)
            if self._is_wanted(alarm):
                self._ring(alarm)
        self._arm()
