"""Values that are read once for all who ask, and are fresh for some seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from shared.errors import Problem
from shared.memory.recent import Recent

K = TypeVar("K")
V = TypeVar("V")

_OVERHEAD = 1024


@dataclass(slots=True)
class _Value(Generic[V]):
    """`begun`: when its read began, in seconds of the process's own clock. `fresh`: False once somebody outdated it."""

    value: V
    begun: float
    fresh: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class _Reading(Generic[V]):
    task: asyncio.Task[V]
    begun: float


class Kept(Generic[K, V]):
    """Values by key, each at most `seconds` old. The age counts from the start of the read.

    All who ask for a value that is not fresh share one read, but nobody joins a read that began longer ago than
    `seconds`: it may have missed what was changed since. Who gives up waiting does not take the read from the others.
    A read that fails tells all who wait for it. One that raises Problem (there is no such thing) forgets the value;
    after any other failure the old value stays, for the next read to start from.
    """

    def __init__(
        self,
        seconds: float,
        *,
        most: int,
        most_bytes: int | None = None,
        weigh: Callable[[V], int] | None = None,
        keeps: Callable[[V], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`most`, `most_bytes`, `weigh`: see Recent. `keeps`: whether a value is worth keeping; all are unless given.
        `clock`: the process's own clock, in seconds.
        """
        self.seconds = seconds
        self._clock = clock
        self._keeps = keeps
        self._values: Recent[K, _Value[V]] = Recent(
            most,
            most_bytes=most_bytes,
            weigh=None if weigh is None else lambda one: weigh(one.value) + _OVERHEAD,
        )
        self._reading: dict[K, _Reading[V]] = {}

    def __len__(self) -> int:
        return len(self._values)

    @property
    def recent(self) -> Recent[K, Any]:
        """What is kept, fresh or not."""
        return self._values

    def fresh(self, key: K) -> V | None:
        """The value where a fresh one is kept."""
        found = self._values.get(key)
        if found is None or not found.fresh or self._clock() - found.begun >= self.seconds:
            return None
        return found.value

    async def get(
        self, key: K, read: Callable[[V | None], Awaitable[V]], *, holds: Callable[[V], bool] | None = None
    ) -> V:
        """The value, fresh. `read` gets the value before, if there is one. Raises what `read` raises.

        `holds`: whether a fresh value still holds, where something else than time may end it.
        """
        value = self.fresh(key)
        if value is not None:
            if holds is None or holds(value):
                return value
            self.outdate(key)
        reading = self._reading.get(key)
        now = self._clock()
        if reading is not None and now - reading.begun < self.seconds:
            value = await asyncio.shield(reading.task)
            if holds is None or holds(value):
                return value
            return await self.get(key, read, holds=holds)
        task = asyncio.get_running_loop().create_task(self._read(key, read, now))
        self._reading[key] = _Reading(task, now)
        task.add_done_callback(partial(self._ended, key))
        return await asyncio.shield(task)

    def outdate(self, key: K) -> None:
        """Read the value anew next time: it turned out to be old. A read under way is not joined any more."""
        found = self._values.get(key)
        if found is not None:
            found.fresh = False
        self._reading.pop(key, None)

    def forget(self, key: K) -> None:
        """Keep the value no longer."""
        self._values.pop(key)

    async def _read(self, key: K, read: Callable[[V | None], Awaitable[V]], begun: float) -> V:
        before = self._values.get(key)
        try:
            value = await read(before.value if before else None)
        except Problem:
            if self._is_last(key):
                self._values.pop(key)
            raise
        if self._is_last(key):
            if self._keeps is None or self._keeps(value):
                self._values.put(key, _Value(value, begun))
            else:
                self._values.pop(key)
        return value

    def _is_last(self, key: K) -> bool:
        """Whether the read that runs now is the last that began: an older one may have missed a change."""
        reading = self._reading.get(key)
        return reading is not None and reading.task is asyncio.current_task()

    def _ended(self, key: K, task: asyncio.Task[V]) -> None:
        reading = self._reading.get(key)
        if reading is not None and reading.task is task:
            del self._reading[key]
        if not task.cancelled():
            # Seen here too: all who waited for it may have hung up.
            task.exception()
