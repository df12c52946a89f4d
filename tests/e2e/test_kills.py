"""kill -9 of one part, or of everything, at random moments: nothing answered is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from tests.e2e.kill_loops import EVERYTHING, TARGETS, given_seed, loop, new_seed, say
from tests.stack import Stack

ROUNDS = 10
LANES = (("host", EVERYTHING), ("durable", "mongod"))


@pytest.fixture(scope="module")
async def loops(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, asyncio.Task[None]]]:
    """The loop of each target, two at a time on two stacks: a loop waits more than it computes."""
    seed = given_seed()
    seed = new_seed() if seed is None else seed
    say(f"ORDERBUDDY_SEED={seed} repeats this run")
    with ExitStack() as stacks:
        running: dict[str, asyncio.Task[None]] = {}
        for lane in LANES:
            stack = stacks.enter_context(Stack(tmp_path_factory.mktemp("kills")))
            turn = asyncio.Lock()
            running |= {target: asyncio.create_task(_in_turn(turn, stack, target, seed)) for target in lane}
        yield running
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)


async def _in_turn(turn: asyncio.Lock, stack: Stack, target: str, seed: int) -> None:
    async with turn:
        await loop(stack, target, range(ROUNDS), seed)


@pytest.mark.parametrize("target", TARGETS)
async def test_nothing_is_lost_or_doubled_by_kill_9_of(loops: dict[str, asyncio.Task[None]], target: str) -> None:
    await loops[target]
