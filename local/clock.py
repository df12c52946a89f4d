"""The time of this stack: the machine's, or one that a person has frozen, moved, or lets run ahead.

The console keeps it; the parts follow it by asking the address in CLOCK_URL, which answers as soon as it changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

SETTING = "CLOCK_URL"

_AGAIN_SECONDS = 0.5
_FIRST_SECONDS = 2.0
_HELD_SECONDS = 40.0
_LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Moved:
    """How this time differs from the machine's: it stands at `frozen` (seconds since 1970), or runs `offset` ahead."""

    offset: float = 0.0
    frozen: float | None = None

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.offset if self.frozen is None else self.frozen

    @property
    def virtual(self) -> bool:
        """Whether it is another time than the machine's."""
        return self.frozen is not None or self.offset != 0.0

    def to_json(self) -> dict[str, Any]:
        """It as JSON."""
        return asdict(self)

    @classmethod
    def of(cls, value: dict[str, Any]) -> Moved:
        """It from JSON; the machine's own time where that says nothing."""
        frozen = value.get("frozen")
        return cls(float(value.get("offset") or 0.0), None if frozen is None else float(frozen))


class StackClock:
    """The time that one process goes by. `changed` are called once it was moved."""

    def __init__(self) -> None:
        self.moved = Moved()
        self.changed: list[Callable[[], None]] = []

    def set(self, moved: Moved) -> None:
        """Go by another time from now on."""
        if moved == self.moved:
            return
        self.moved = moved
        for tell in tuple(self.changed):
            tell()


CLOCK = StackClock()
"""This process's."""


def seconds() -> float:
    """Seconds since 1970, as this stack counts them."""
    return CLOCK.moved.now()


def now() -> datetime:
    """The moment in UTC, as this stack counts it."""
    return datetime.fromtimestamp(seconds(), UTC)


async def follow(url: str, who: str, asked: asyncio.Event, clock: StackClock = CLOCK) -> None:
    """Go by the clock at `url`, until cancelled. While nobody answers there, the time goes on as it was.

    `asked` is set once it was asked for the first time, whatever came of it.
    """
    version = -1
    while True:
        try:
            told = await _asked(f"{url}?who={who}&after={version}")
            version = int(told["version"])
            clock.set(Moved.of(told["moved"]))
        except (OSError, TimeoutError, ValueError, KeyError, EOFError):
            asked.set()
            await asyncio.sleep(_AGAIN_SECONDS)
        asked.set()


@contextlib.asynccontextmanager
async def following(url: str | None, who: str) -> Any:
    """Follow the clock at `url` within the block, from the first answer on; do nothing without one."""
    asked = asyncio.Event()
    task = asyncio.create_task(follow(url, who, asked)) if url else None
    try:
        if task is not None:
            await asyncio.wait([asyncio.create_task(asked.wait())], timeout=_FIRST_SECONDS)
        yield
    finally:
        if task is not None:
            task.cancel()


async def _asked(url: str) -> dict[str, Any]:
    """The JSON object at an address of this machine; without a library, which would make every part start later."""
    at = urlsplit(url)
    async with asyncio.timeout(_HELD_SECONDS):
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        try:
            request = f"GET {at.path}?{at.query} HTTP/1.1\r\nHost: {at.netloc}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode("ascii"))
            answer = await reader.read(_LARGEST_ANSWER)
            while more := await reader.read(_LARGEST_ANSWER):
                answer += more
        finally:
            writer.close()
    value = json.loads(answer.partition(b"\r\n\r\n")[2])
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value
