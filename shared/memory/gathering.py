"""Work that is done together: while one group is worked on, the next gathers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

log = logging.getLogger("orderbuddy.memory")

K = TypeVar("K")
P = TypeVar("P")
R = TypeVar("R")


@dataclass(slots=True)
class _Piece(Generic[P, R]):
    piece: P
    told: asyncio.Future[R | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Gathering(Generic[K, P, R]):
    """Pieces of work by key, done in groups of at most `most`. A piece that comes alone is a group of its own and
    waits for nobody.

    `work` does a group and returns what came of each piece. A piece that it leaves out, and every piece of a group
    whose work failed, gets None.
    """

    def __init__(self, work: Callable[[Mapping[K, P]], Awaitable[Mapping[K, R]]], *, most: int) -> None:
        self._work = work
        self._most = most
        self._waiting: dict[K, _Piece[P, R]] = {}
        self._working: asyncio.Task[None] | None = None

    async def done(self, key: K, piece: P) -> R | None:
        """What came of the piece; None where it has to be done by itself.

        None, too, once the group is over, for whoever comes with a key that waits already.
        """
        already = self._waiting.get(key)
        if already is not None:
            await asyncio.wait([already.told])
            return None
        mine: _Piece[P, R] = _Piece(piece)
        self._waiting[key] = mine
        if self._working is None:
            self._working = asyncio.get_running_loop().create_task(self._all())
        return await mine.told

    async def _all(self) -> None:
        try:
            while self._waiting:
                await self._group({key: self._waiting.pop(key) for key in list(self._waiting)[: self._most]})
        finally:
            self._working = None

    async def _group(self, group: Mapping[K, _Piece[P, R]]) -> None:
        results: Mapping[K, R] = {}
        try:
            results = await self._work({key: one.piece for key, one in group.items()})
        except Exception as error:
            # Whichever piece it was says so when it is done by itself. The text may hold what nobody may read.
            log.info("%d pieces are done one by one: %s", len(group), type(error).__name__)
        finally:
            for key, one in group.items():
                if not one.told.done():
                    one.told.set_result(results.get(key))
