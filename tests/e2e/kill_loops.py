"""kill -9 at random moments while a hundred diners order: seeded, resumable, and with progress.

`python -m tests.e2e.kill_loops --rounds 100 --seed 7` runs the long form; rounds that are done are remembered in the
folder of `--progress`, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.diners import Diner, all_order, dishes_of
from tests.e2e.truth import Truth, audit
from tests.stack import Stack

EVERYTHING = "everything"
TARGETS = ("host", "durable", "mongod", EVERYTHING)
DINERS = 100
AT_A_TIME = 16


@dataclass
class Progress:
    """Which rounds are done, by seed and target; kept in `file` where one is given."""

    seed: int
    file: Path | None = None
    done: dict[str, int] = field(default_factory=dict)

    def load(self) -> None:
        """Take up what an earlier run of the same seed has done."""
        if self.file is not None and self.file.exists():
            kept = json.loads(self.file.read_text())
            self.done = kept["done"] if kept["seed"] == self.seed else {}

    def note(self, target: str, rounds: int) -> None:
        """Remember that so many rounds of `target` are done and checked."""
        self.done[target] = rounds
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps({"seed": self.seed, "done": self.done}))


async def one_round(stack: Stack, target: str, dice: random.Random) -> list[Diner]:
    """A hundred diners order; in the middle the target is killed and started again. All of them get their order."""
    demo = stack.demo["open"]
    dishes = await dishes_of(stack.api_url, demo)
    diners = [Diner(demo, dice.sample(dishes, dice.randint(1, 3))) for _ in range(DINERS)]
    ordering = asyncio.create_task(all_order(stack.api_url, diners, at_a_time=AT_A_TIME))
    await asyncio.sleep(dice.uniform(0.02, 0.8))
    if target == EVERYTHING:
        await asyncio.to_thread(stack.kill_all)
        await asyncio.to_thread(stack.restart)
    else:
        await asyncio.to_thread(stack.kill, target)
        await asyncio.sleep(dice.uniform(0, 0.3))
        await asyncio.to_thread(stack.start, target)
    await ordering
    return diners


async def loop(
    stack: Stack, target: str, rounds: range, seed: int, say: Callable[[str], None], check_every: int = 10
) -> None:
    """Run the rounds of one target; after every ten, and at the end, everything is at rest and the audit holds."""
    diners: list[Diner] = []
    for number in rounds:
        diners += await one_round(stack, target, random.Random(f"{seed}:{target}:{number}"))
        say(f"{target}: round {number + 1} of {rounds.stop}, {len(diners)} orders since the last check")
        if (number + 1) % check_every == 0 or number + 1 == rounds.stop:
            await check(stack, diners)
            diners = []


async def check(stack: Stack, diners: list[Diner]) -> None:
    """Nothing lost, nothing doubled, everybody told, nothing stuck."""
    truth = Truth(stack)
    await truth.settles()
    await truth.holds_for(diners)
    await truth.nothing_is_stuck()
    await truth.close()
    await asyncio.to_thread(audit, stack)


def main() -> int:
    """The long form, for each target."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.kill_loops", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None, help="repeats a run (default: a new one)")
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--progress", type=Path, help="a file that remembers what is done")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    progress = Progress(seed, options.progress)
    progress.load()
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder)) as stack:
        for target in options.targets:
            step = 10
            for first in range(progress.done.get(target, 0), options.rounds, step):
                rounds = range(first, min(first + step, options.rounds))
                asyncio.run(loop(stack, target, rounds, seed, lambda line: print(line, flush=True)))
                progress.note(target, rounds.stop)
    print("every order that was answered exists, once, and was announced")
    return 0


if __name__ == "__main__":
    sys.exit(main())
