"""The local stack's time: CLOCK_URL tells it, and answers a question with `after` as soon as it is another one."""

from __future__ import annotations

import asyncio
import contextlib
import os
from datetime import UTC, datetime
from typing import Any

from shared.clock import MovedClock

_FIRST_SECONDS = 2.0
_HELD_SECONDS = 40.0
_AGAIN_SECONDS = 0.5


async def read(url: str, clock: MovedClock) -> int:
    """Read the time into `clock` once, and return its version; -1, with the time as it was, where nobody tells it."""
    return await _ask(url, clock, -1, _FIRST_SECONDS)


async def follow(url: str, clock: MovedClock, version: int) -> None:
    """Go by the time at `url`, until cancelled. While nobody answers there, the time goes on as it was."""
    while True:
        told = await _ask(url, clock, version, _HELD_SECONDS)
        if told < 0:
            await asyncio.sleep(_AGAIN_SECONDS)
        version = told


async def _ask(url: str, clock: MovedClock, after: int, within_seconds: float) -> int:
    import httpx

    params = {"who": f"app-{os.getpid()}", "after": str(after)}
    with contextlib.suppress(httpx.HTTPError, ValueError, KeyError, TypeError):
        async with httpx.AsyncClient(trust_env=False, timeout=within_seconds) as http:
            told: dict[str, Any] = (await http.get(url, params=params)).raise_for_status().json()
        moved = told["moved"]
        frozen = moved["frozen"]
        at = None if frozen is None else datetime.fromtimestamp(float(frozen), UTC)
        clock.move(ahead_seconds=float(moved["offset"]), frozen=at)
        return int(told["version"])
    return -1
