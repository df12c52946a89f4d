"""Small things about asyncio's tasks and what they end with."""

from __future__ import annotations

import asyncio
from typing import Any


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, and wait for their ends."""
    for task in tasks:
        task.cancel()
    # Their errors were reported where they were awaited. Here only their end matters.
    await asyncio.gather(*tasks, return_exceptions=True)


def first(failure: BaseException) -> BaseException:
    """The first failure in a group, and in the groups within."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
