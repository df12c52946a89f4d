"""One after the other, for each key, with a bound on how many wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


class CrowdedError(Exception):
    """Too many wait for this turn already."""


@dataclass(slots=True)
class _Line:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    many: int = 0


class Turns:
    """A turn for each key. At most `most` have or wait for the turn of one key; whoever comes then is refused."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: dict[Hashable, _Line] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for the turn, and have it while inside. Raises CrowdedError at once where too many wait."""
        line = self._lines.setdefault(key, _Line())
        if line.many >= self._most:
            raise CrowdedError
        line.many += 1
        try:
            async with line.lock:
                yield
        finally:
            line.many -= 1
            if line.many == 0:
                del self._lines[key]
