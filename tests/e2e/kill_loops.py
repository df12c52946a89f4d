"""kill -9 at random moments while diners order: in seeded rounds, which go on where they were stopped."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.e2e.diners import Diner, all_order, dishes_of
from tests.e2e.truth import Truth, audit
from tests.patience import eventually
from tests.seeds import given_seed, new_seed, say
from tests.stack import Stack

EVERYTHING = "everything"
TARGETS = ("host", "durable", "mongod", EVERYTHING)
DINERS = 100
AT_A_TIME = 16
CHECK_EVERY = 10


@dataclass
class Progress:
    """How many rounds of each target are done and checked; kept in `file`."""

    file: Path
    seed: int
    done: dict[str, int] = field(default_factory=dict)

    @classmethod
    def take_up(cls, file: Path, rounds: int) -> Self:
        """What the last run left to do. A new run where it left nothing, or where ORDERBUDDY_SEED asks for another."""
        seed = given_seed()
        if file.exists():
            kept = cls(file, **json.loads(file.read_text()))
            if seed in (None, kept.seed) and any(kept.done.get(target, 0) < rounds for target in TARGETS):
                return kept
        begun = cls(file, new_seed() if seed is None else seed)
        begun.write()
        return begun

    def note(self, target: str, rounds: int) -> None:
        """Remember that so many rounds of `target` are done and checked."""
        self.done[target] = rounds
        self.write()

    def write(self) -> None:
        """Keep it, the old file or the new one whenever this process ends."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_suffix(".new")
        draft.write_text(json.dumps({"seed": self.seed, "done": self.done}))
        draft.replace(self.file)


async def one_round(stack: Stack, target: str, dice: random.Random, size: int) -> list[Diner]:
    """So many diners order; when some of them have their order, the target is killed, and started again. All get it."""
    demo = stack.demo["open"]
    dishes = await dishes_of(stack.api_url, demo)
    diners = [Diner(demo, dice.sample(dishes, dice.randint(1, 3))) for _ in range(size)]
    # By then some are answered, others are in the middle of it, and others have not begun.
    served = dice.randint(0, size - AT_A_TIME)

    async def are_served() -> bool:
        return sum(diner.order_id is not None for diner in diners) >= served and any(diner.answers for diner in diners)

    ordering = asyncio.create_task(all_order(stack.api_url, diners, at_a_time=AT_A_TIME))
    try:
        await eventually(are_served, "the diners do not get on", every=0.005)
        await asyncio.sleep(dice.uniform(0, 0.1))
        if target == EVERYTHING:
            await asyncio.to_thread(stack.kill_all)
            await asyncio.to_thread(stack.restart)
        else:
            await asyncio.to_thread(stack.kill, target)
            await asyncio.sleep(dice.uniform(0, 0.3))
            await asyncio.to_thread(stack.start, target)
        await ordering
    finally:
        ordering.cancel()
    return diners


async def loop(stack: Stack, target: str, rounds: range, seed: int, *, diners: int = DINERS) -> None:
    """Run rounds of one target, and tell of each; at the end everything is at rest, and the audit holds."""
    served: list[Diner] = []
    for number in rounds:
        began = time.monotonic()
        served += await one_round(stack, target, random.Random(f"{seed}:{target}:{number}"), diners)
        say(f"{target}: round {number + 1}, {diners} orders in {time.monotonic() - began:.1f} s")
    await check(stack, served)
    say(f"{target}: {len(served)} orders, each there once and announced")


async def all_rounds(stack: Stack, target: str, rounds: int, progress: Progress) -> None:
    """The rounds of one target that `progress` has not seen, checked and noted ten at a time."""
    done = progress.done.get(target, 0)
    say(f"{target}: {done} of {rounds} rounds are done, ORDERBUDDY_SEED={progress.seed}")
    for first in range(done, rounds, CHECK_EVERY):
        some = range(first, min(first + CHECK_EVERY, rounds))
        await loop(stack, target, some, progress.seed)
        progress.note(target, some.stop)


async def check(stack: Stack, diners: list[Diner]) -> None:
    """Nothing lost, nothing doubled, everybody told, nothing stuck."""
    truth = Truth(stack)
    await truth.settles()
    await truth.holds_for(diners)
    await truth.nothing_is_stuck()
    await truth.close()
    await audit(stack)
