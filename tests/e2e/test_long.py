"""The long forms, for `make test-long`: a hundred rounds of the kill loops, and outages of minutes.

ORDERBUDDY_SEED repeats a run of the loops; ORDERBUDDY_ROUNDS says how many rounds it has. A run that was stopped goes
on where it was. DURABLE_FAULTS has the engine do what the real one does to a program (docs/faults.md).
"""

from __future__ import annotations

import os

import pytest

from local.supervisor.options import PROJECT
from tests.e2e.kill_loops import TARGETS, Progress, all_rounds
from tests.e2e.outages import without_the_engine, without_the_live_service
from tests.e2e.truth import Truth
from tests.stack import Stack

ROUNDS = int(os.environ.get("ORDERBUDDY_ROUNDS", "100"))
PROGRESS = PROJECT / ".local-long" / "kill-loops.json"

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def progress() -> Progress:
    return Progress.take_up(PROGRESS, ROUNDS)


@pytest.mark.parametrize("target", TARGETS)
async def test_nothing_is_lost_or_doubled_by_kill_9_of(stack: Stack, progress: Progress, target: str) -> None:
    await all_rounds(stack, target, ROUNDS, progress)


async def test_orders_go_through_while_the_engine_is_down_for_a_minute(stack: Stack, truth: Truth) -> None:
    await without_the_engine(stack, truth, seconds=60)


async def test_events_arrive_in_order_after_the_live_service_was_down_for_two_minutes(
    stack: Stack, truth: Truth
) -> None:
    await without_the_live_service(stack, truth, seconds=120)
