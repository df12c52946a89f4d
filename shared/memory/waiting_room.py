"""Waiting for news: all who wait in a process share the reads.

Sixteen callers who each read at 5, 10, 20, 40 ms ask the database a hundred times for what a few reads tell. Here one
read asks for every key that somebody waits for. Nobody who waits holds a connection, and the reading ends with the last
who waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

log = logging.getLogger("orderbuddy.waiting")

_AT_MOST = 200
"""The most keys that one read asks for."""

K = TypeVar("K")
Seen = TypeVar("Seen")
Read = Callable[[list[K]], Awaitable[Mapping[K, Seen]]]


class Pace(Protocol):
    """When to read; times are the loop's, in seconds."""

    def first(self, now: float) -> float:
        """When to read for somebody who comes now."""
        ...

    def following(self, now: float, youngest: float, many: int) -> float:
        """When to read again for so many orders, after a read; `youngest` is when the last to wait came."""
        ...

    def came(self, took: float, *, at_once: bool) -> None:
        """An order had news after so long; `at_once`: at the first read."""
        ...


class Soon:
    """For orders that are to appear at any moment: often while a wait is young and seldom when it is old."""

    # A twentieth of what the youngest has waited: nobody waits for long after the order is there, and few reads are in
    # vain. The more wait, the longer it takes each of them anyway, and the rarer are the reads.
    _SHARE_OF_AGE = 0.05
    _SHORTEST_PAUSE = 0.0005
    _LONGEST_PAUSE = 0.2
    _LONGER_FOR_EACH = 0.001

    # Most orders take about as long as the last ones did: reading long before that would only slow them down. One that
    # is there at the first read may have been there long before, as after a rush: the next is looked for sooner.
    _LONGEST_FIRST_PAUSE = 0.05
    _WEIGHT_OF_LAST = 0.1
    _SOONER = 0.8

    def __init__(self) -> None:
        self._first_pause = 0.005

    def first(self, now: float) -> float:
        return now + self._first_pause

    def following(self, now: float, youngest: float, many: int) -> float:
        pause = min(max((now - youngest) * self._SHARE_OF_AGE, self._SHORTEST_PAUSE), self._LONGEST_PAUSE)
        return now + pause + min(many - 1, 20) * self._LONGER_FOR_EACH

    def came(self, took: float, *, at_once: bool) -> None:
        if at_once:
            self._first_pause *= self._SOONER
        else:
            longer = min(took, self._LONGEST_FIRST_PAUSE) - self._first_pause
            self._first_pause += self._WEIGHT_OF_LAST * longer


class Steady:
    """For orders that change when somebody in the kitchen does something: a quarter of a second is soon enough."""

    _PAUSE = 0.25

    def first(self, now: float) -> float:
        return now + self._PAUSE

    def following(self, now: float, youngest: float, many: int) -> float:
        return now + self._PAUSE

    def came(self, took: float, *, at_once: bool) -> None:
        """What changed now says nothing of when the next will."""


@dataclass(slots=True, eq=False)
class _Wait(Generic[Seen]):
    """A caller who waits. `since`: the loop's time, in seconds. `reads`: how often it was read for."""

    is_news: Callable[[Seen], bool]
    since: float
    told: asyncio.Future[Seen]
    address: str | None = None
    reads: int = 0


class WaitingRoom(Generic[K, Seen]):
    """Everybody who waits for one kind of news, by key, and the task that reads for all of them."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._waits: dict[K, list[_Wait[Seen]]] = {}
        self._next_read = 0.0
        self._sooner = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    @property
    def many(self) -> int:
        """How many wait."""
        return sum(len(waits) for waits in self._waits.values())

    def of_key(self, key: K) -> int:
        """How many wait for this key."""
        return len(self._waits.get(key, ()))

    def of_address(self, address: str) -> int:
        """How many wait from this client address."""
        return sum(one.address == address for waits in self._waits.values() for one in waits)

    async def wait(
        self,
        key: K,
        read: Read[K, Seen],
        is_news: Callable[[Seen], bool],
        within: float,
        *,
        address: str | None = None,
    ) -> Seen | None:
        """Wait until `read` sees something of `key` that is news, at most `within` seconds; None where nothing is."""
        loop = asyncio.get_running_loop()
        mine: _Wait[Seen] = _Wait(is_news, loop.time(), loop.create_future(), address)
        self._join(key, mine)
        if self._reader is None:
            self._reader = loop.create_task(self._read_on(read))
        try:
            async with asyncio.timeout(within):
                return await mine.told
        except TimeoutError:
            return None
        finally:
            self._leave(key, mine)

    def _join(self, key: K, mine: _Wait[Seen]) -> None:
        """The reader reads when news is to be expected, if it would not read before."""
        self._waits.setdefault(key, []).append(mine)
        first = self._pace.first(mine.since)
        if self._reader is None or first < self._next_read:
            self._next_read = first
            self._sooner.set()

    def _leave(self, key: K, mine: _Wait[Seen]) -> None:
        self._keep(key, [one for one in self._waits.get(key, ()) if one is not mine])

    def _keep(self, key: K, waits: list[_Wait[Seen]]) -> None:
        if waits:
            self._waits[key] = waits
        else:
            self._waits.pop(key, None)

    async def _read_on(self, read: Read[K, Seen]) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waits:
                await self._until_next_read(loop)
                asked = list(self._waits)
                for waits in self._waits.values():
                    for one in waits:
                        one.reads += 1
                for first in range(0, len(asked), _AT_MOST):
                    for key, seen in (await self._seen(read, asked[first : first + _AT_MOST])).items():
                        self._tell(key, seen, loop.time())
                youngest = max((one.since for waits in self._waits.values() for one in waits), default=loop.time())
                self._next_read = self._pace.following(loop.time(), youngest, len(self._waits))
        finally:
            self._reader = None

    async def _until_next_read(self, loop: asyncio.AbstractEventLoop) -> None:
        while (left := self._next_read - loop.time()) > 0:
            self._sooner.clear()
            try:
                async with asyncio.timeout(left):
                    await self._sooner.wait()
            except TimeoutError:
                return

    async def _seen(self, read: Read[K, Seen], keys: list[K]) -> Mapping[K, Seen]:
        try:
            return await read(keys)
        except Exception as error:
            # Whatever it is, the wait goes on: there may be news all the same.
            log.warning("no news could be read: %s", type(error).__name__)
            return {}

    def _tell(self, key: K, seen: Seen, now: float) -> None:
        waits = self._waits.get(key, [])
        told = [one for one in waits if one.is_news(seen)]
        if not told:
            return
        youngest = max(told, key=lambda one: one.since)
        self._pace.came(now - youngest.since, at_once=youngest.reads <= 1)
        self._keep(key, [one for one in waits if one not in told])
        for one in told:
            if not one.told.done():
                one.told.set_result(seen)
