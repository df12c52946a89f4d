"""kill -9 of one part, or of everything, while diners order: nothing answered is lost, nothing is doubled."""

from __future__ import annotations

import pytest

from tests.e2e.kill_loops import TARGETS, loop
from tests.seeds import told_seed
from tests.stack import Stack

ROUNDS = 2
DINERS = 32


@pytest.fixture(scope="module")
def seed() -> int:
    return told_seed()


@pytest.mark.parametrize("target", TARGETS)
async def test_nothing_is_lost_or_doubled_by_kill_9_of(stack: Stack, seed: int, target: str) -> None:
    await loop(stack, target, range(ROUNDS), seed, diners=DINERS)
