"""kill -9 of one part, or of everything, at random moments: nothing answered is lost, nothing is doubled."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.kill_loops import TARGETS, loop
from tests.stack import Stack

ROUNDS = 10


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("kills")) as running:
        yield running


@pytest.mark.parametrize("target", TARGETS)
async def test_nothing_is_lost_or_doubled_by_kill_9_of(stack: Stack, target: str) -> None:
    seed = int(os.environ.get("ORDERBUDDY_SEED", random.SystemRandom().randrange(1_000_000)))
    print(f"ORDERBUDDY_SEED={seed} repeats this run", file=sys.stderr)
    await loop(stack, target, range(ROUNDS), seed, say=lambda line: print(line, file=sys.stderr))
