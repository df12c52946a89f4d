"""Tests with kill -9 and a restart in the middle.

Each case is a generator: what stands before its `yield` happens before the kill, the rest after the restart. All
cases share one kill, so that many of them cost two starts of the engine.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.started import PATIENCE

from .process import EngineProcess

Case = Callable[[EngineProcess], AsyncGenerator[None]]


class Cases(dict[str, Case]):
    """The cases of a module, by name; each is added by `@CASES.add`."""

    def add(self, function: Case) -> Case:
        self[function.__name__] = function
        return function


class Story:
    """Cases that were all run up to the kill, and go on one by one."""

    def __init__(self, engine: EngineProcess, cases: Cases) -> None:
        self._halves = {name: function(engine) for name, function in cases.items()}
        self._before: dict[str, BaseException | None] = {}

    async def first_halves(self) -> None:
        results = await asyncio.gather(*(anext(half) for half in self._halves.values()), return_exceptions=True)
        self._before = dict(zip(self._halves, results, strict=True))

    async def second_half(self, name: str) -> None:
        error = self._before[name]
        if error is not None:
            raise error
        with pytest.raises(StopAsyncIteration):
            await anext(self._halves[name])


@asynccontextmanager
async def told(engine: EngineProcess, cases: Cases) -> AsyncIterator[Story]:
    """All first halves, the kill, and the restart with the app changed."""
    engine.start()
    try:
        story = Story(engine, cases)
        await story.first_halves()
        engine.kill()
        await asyncio.sleep(0.5)  # timers fall due while nobody looks
        engine.start(CHANGED="1")
        yield story
        assert engine.stop() == 0
    finally:
        if engine.running:
            engine.kill()


async def history_shows(engine: EngineProcess, id_: str, kind: str, number: int) -> None:
    """Wait until a history has so many events of a kind, or more: on a busy machine nobody may see just so many."""

    async def reached() -> bool:
        history = (await engine.client.get_status(id_, show_history=True)).historyEvents
        return [event["EventType"] for event in history].count(kind) >= number

    await _until(reached)


async def custom_status(engine: EngineProcess, id_: str) -> object:
    """The custom status, once there is one."""
    found: list[object] = []

    async def reached() -> bool:
        found.append((await engine.status(id_))["customStatus"])
        return found[-1] is not None

    await _until(reached)
    return found[-1]


async def _until(reached: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await reached():
            await asyncio.sleep(0.01)
