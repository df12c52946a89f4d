"""Many pieces of work, some at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def each(
    pieces: Iterable[T], work: Callable[[T], Awaitable[None]], *, at_a_time: int, until: float | None = None
) -> None:
    """Do `work` for each piece, at most `at_a_time` at once.

    No piece is begun after `until` (as `time.monotonic` counts), nor after one has failed. What is under way ends by
    itself, since database work is never cancelled; then the first failure is raised.
    """
    left = iter(pieces)
    failures: list[Exception] = []

    async def worker() -> None:
        for piece in left:
            if failures or (until is not None and time.monotonic() >= until):
                return
            try:
                await work(piece)
            except Exception as failure:
                failures.append(failure)

    await asyncio.gather(*(worker() for _ in range(at_a_time)))
    if failures:
        raise failures[0]
