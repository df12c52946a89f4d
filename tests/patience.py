"""Waiting for a state, never for a time: how long tests wait before they give up, and how they look again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

PATIENCE_SECONDS = 180.0
"""After this a test gives up. It only keeps a test from hanging: what is fast is shown by counts and by the benches."""

PATIENCE_MS = PATIENCE_SECONDS * 1000
_LOOK_EVERY_SECONDS = 0.02

T = TypeVar("T")


def wait_until(look: Callable[[], T], what: object = "it did not happen", *, every: float = _LOOK_EVERY_SECONDS) -> T:
    """Look again and again until something true is seen, and return it.

    Raises AssertionError with `what` (when it is callable, with what it returns then).
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(every)
    return seen


async def eventually(
    look: Callable[[], Awaitable[T]], what: object = "it did not happen", *, every: float = _LOOK_EVERY_SECONDS
) -> T:
    """The same for what is looked at asynchronously."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := await look()):
        assert time.monotonic() < deadline, what() if callable(what) else what
        await asyncio.sleep(every)
    return seen
