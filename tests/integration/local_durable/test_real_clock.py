"""Histories while somebody moves the stack's clock: ahead, back again, or lets it stand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.durable.host import Host, serving

from .real import HISTORY, completed, ended, names, new_id, post, start

HOUR = 3600.0


class Clock:
    """The clock that the console keeps: whoever asks is answered once it is another than the one that he knows."""

    def __init__(self) -> None:
        self._version = 0
        self._moved: dict[str, float | None] = {"offset": 0.0, "frozen": None}
        self._changed = asyncio.Event()
        self._known: dict[str, int] = {}
        self.asked = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        line = (await reader.readuntil(b"\r\n\r\n")).decode()
        known = int(line.split("after=")[1].split(" ")[0])
        while known >= self._version:
            # Whoever asks again has taken what was told before.
            self.asked.set()
            await self._changed.wait()
        body = json.dumps({"version": self._version, "moved": self._moved})
        writer.write(f"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    async def move(self, *, offset: float = 0.0, frozen: float | None = None) -> None:
        """Move it, and wait until the host goes by it."""
        self._version += 1
        self._moved = {"offset": offset, "frozen": frozen}
        self.asked.clear()
        self._changed.set()
        self._changed = asyncio.Event()
        await self.asked.wait()


@asynccontextmanager
async def ticking(folder: Path) -> AsyncIterator[tuple[Host, Clock]]:
    """A host that follows a clock."""
    clock = Clock()
    server = await asyncio.start_server(clock.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    clock._version = 1
    try:
        async with serving(folder, CLOCK_URL=f"http://127.0.0.1:{port}/clock") as host:
            yield host, clock
    finally:
        server.close()


@pytest.fixture(scope="module")
async def moved(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Host, Clock]]:
    """A host and its clock."""
    async with ticking(tmp_path_factory.mktemp("clock")) as (host, clock):
        yield host, clock


async def test_a_clock_that_is_set_back_costs_no_event(moved: tuple[Host, Clock]) -> None:
    host, clock = moved
    await clock.move(offset=HOUR)
    id_ = new_id("back")
    await start(host, "SlowActivity", id_, "1")
    await host.shows(id_, "TaskScheduled", 1)
    await clock.move()
    await post(host, f"/instances/{id_}/suspend")
    await post(host, f"/instances/{id_}/resume")
    host.open_gate(id_)
    status = await ended(host, id_)
    middle = ["ExecutionSuspended", "ExecutionResumed", "TaskCompleted", "TaskCompleted"]
    assert names(status) == ["ExecutionStarted", *middle, "ExecutionCompleted"]


async def test_events_keep_their_order_while_the_clock_stands(moved: tuple[Host, Clock]) -> None:
    host, clock = moved
    await clock.move(frozen=2_000_000_000.0)
    id_ = new_id("still")
    await start(host, "LateWaitN", id_, "2")
    await host.shows(id_, "TaskScheduled", 1)
    await post(host, f"/instances/{id_}/raiseEvent/go", "1")
    await post(host, f"/instances/{id_}/suspend")
    host.open_gate(id_)
    await host.shows(id_, "TaskCompleted", 1)
    await post(host, f"/instances/{id_}/resume")
    await post(host, f"/instances/{id_}/raiseEvent/go", "2")
    assert await completed(host, id_) == [1, 2]
    middle = ["EventRaised", "ExecutionSuspended", "TaskCompleted", "ExecutionResumed", "EventRaised"]
    assert names(await host.status(id_, HISTORY)) == ["ExecutionStarted", *middle, "ExecutionCompleted"]
    await clock.move()


@pytest.mark.parametrize("days", [1, 10])
async def test_a_timer_of_days_fires_when_the_clock_is_there(moved: tuple[Host, Clock], days: int) -> None:
    host, clock = moved
    await clock.move()
    id_ = new_id("days")
    await start(host, "Timer", id_, str(days * 24 * HOUR))
    await host.shows(id_, "TimerCreated", 1)
    for day in range(1, days + 1):
        assert (await host.status(id_))["runtimeStatus"] == "Running"
        await clock.move(offset=day * 24 * HOUR + 1)
    assert await completed(host, id_) == "timer done"
    await clock.move()
