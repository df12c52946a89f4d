"""One after the other, for each key, with a bound on how many wait, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


class CrowdedError(Exception):
    """Too many wait for this turn already, or it did not come in time."""


class StalledError(Exception):
    """Raised inside a turn: what the turn is for does not answer. All who wait by then are refused at once."""


@dataclass(slots=True)
class _Line:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    many: int = 0
    stalls: int = 0


class Turns:
    """A turn for each key. At most `most` have or wait for the turn of one key, none for more than `seconds`.

    Where a turn ends with StalledError, all who wait by then are refused at once. A later caller tries anew.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._lines: dict[Hashable, _Line] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for the turn, and have it while inside. Raises CrowdedError; at once where too many wait."""
        line = self._lines.setdefault(key, _Line())
        if line.many >= self._most:
            raise CrowdedError
        line.many += 1
        try:
            await self._reached(line)
            try:
                yield
            except StalledError:
                line.stalls += 1
                raise
            finally:
                line.lock.release()
        finally:
            line.many -= 1
            if line.many == 0:
                del self._lines[key]

    async def _reached(self, line: _Line) -> None:
        """Take the line's lock. Raises CrowdedError."""
        stalls = line.stalls
        try:
            async with asyncio.timeout(self._seconds):
                await line.lock.acquire()
        except TimeoutError:
            raise CrowdedError from None
        if line.stalls != stalls:
            line.lock.release()
            raise CrowdedError
