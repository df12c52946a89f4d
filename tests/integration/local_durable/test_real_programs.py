"""Programs made at random give what they must, also where kill -9 comes in between."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.durable.host import FINAL, Host, serving
from tests.started import PATIENCE

from . import programs
from .real import HISTORY, names, new_id, post, start

NUMBER = 60
SUSPENDED = 0.1
"""How many of those that run are suspended each time that they are looked at."""
KILLS = (NUMBER, NUMBER // 2)
"""How many are left at most when kill -9 comes."""


@pytest.fixture(scope="module")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    """A host that this test kills."""
    async with serving(tmp_path_factory.mktemp("programs")) as host:
        yield host


async def test_what_comes_out_of_programs(host: Host) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    made = {new_id("program"): programs.made(chance) for _ in range(NUMBER)}
    for id_, program in made.items():
        await start(host, "Program", id_, json.dumps(program))
    await _until_ended(host, set(made), chance)
    for id_, program in made.items():
        status = await host.status(id_, HISTORY)
        shown = Counter(names(status))
        # What was begun has ended before the instance has.
        assert (shown["TaskScheduled"], shown["TimerCreated"]) == (0, shown["TimerFired"]), (seed, program, status)
        try:
            expected = ("Completed", programs.result(program))
        except programs.FailedError:
            expected = ("Failed", status["output"])
        assert (status["runtimeStatus"], status["output"]) == expected, (seed, program)


async def _until_ended(host: Host, left: set[str], chance: random.Random) -> None:
    """Raise every event that somebody waits for, until these have ended.

    In between some are suspended and resumed, and kill -9 comes.
    """
    kills = list(KILLS)
    told: set[tuple[str, str]] = set()
    async with asyncio.timeout(PATIENCE):
        while left:
            rows = (await host.ask("GET", "/instances")).body
            left -= {row["instanceId"] for row in rows if row["runtimeStatus"] in FINAL}
            for row in rows:
                path = f"/instances/{quote(row['instanceId'], safe='')}"
                if row["runtimeStatus"] == "Running":
                    await _tell(host, row, told)
                    if chance.random() < SUSPENDED:
                        await post(host, f"{path}/suspend")
                elif row["runtimeStatus"] == "Suspended":
                    assert (await post(host, f"{path}/resume")).status == 202
            if kills and len(left) <= kills[0]:
                kills.pop(0)
                await host.restart()
            await asyncio.sleep(0.05)


async def _tell(host: Host, row: dict[str, Any], told: set[tuple[str, str]]) -> None:
    id_ = row["instanceId"]
    # The SDK puts the input of a child into JSON twice.
    program = json.loads(row["input"]) if isinstance(row["input"], str) else row["input"]
    for name in programs.events(program):
        if (id_, name) not in told:
            told.add((id_, name))
            answer = await post(host, f"/instances/{quote(id_, safe='')}/raiseEvent/{name}", json.dumps(name))
            assert answer.status in {202, 410}
