"""Some cells of the fault matrix: every step, every gateway, every victim and every number of callers at least once."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Mapping

import pytest

from tests.e2e.kill_loops import given_seed, new_seed
from tests.faults.lanes import play_all
from tests.faults.matrix import CALLERS, GATEWAYS, VICTIMS, Cell
from tests.faults.play import Played
from tests.faults.steps import MOMENTS

LANES = 3
# The longest first: three go on at once, and none should be left to go on alone.
CELLS = [
    Cell.named(name)
    for name in (
        "void.heard/charges-too-late/process/two-different",
        "voided.before/not-found-too-long/lone-process/one",
        "voiding.before/charges-too-late/mongod/two-same",
        "lost.after/drops-before/everything/twenty-different",
        "look-up.after/answers-500/mongod/one",
        "unknown.before/stalls/process/twenty-same",
        "approved.after/not-found-then-approved/everything/two-different",
        "sent.after/fine/lone-process/two-different",
        "published.before/stalls-and-charges/process/one",
        "expired.before/declines/process/twenty-different",
        "claim.after/fine/process/twenty-same",
        "call.before/drops-after/mongod/two-same",
        "call.heard/fine/everything/one",
        "declined.after/declines/lone-process/two-same",
        "placed.before/fine/mongod/twenty-same",
        "cancelled.after/away/process/two-different",
        "placed.after/fine/process/one",
    )
]


@pytest.fixture(scope="module")
async def ends(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mapping[str, asyncio.Future[Played]]]:
    """What becomes of each cell, by its name."""
    seed = given_seed()
    seed = new_seed() if seed is None else seed
    print(f"ORDERBUDDY_SEED={seed} repeats this run", file=sys.stderr)
    loop = asyncio.get_running_loop()
    coming: dict[str, asyncio.Future[Played]] = {cell.name: loop.create_future() for cell in CELLS}
    folder = tmp_path_factory.mktemp("faults")
    playing = loop.create_task(
        play_all(CELLS, seed, folder=folder, lanes=LANES, done=lambda played: coming[played.name].set_result(played))
    )

    def ended(task: asyncio.Task[None]) -> None:
        for future in coming.values():
            if not future.done():
                future.set_exception(RuntimeError(f"not played: {None if task.cancelled() else task.exception()}"))

    playing.add_done_callback(ended)
    yield coming
    if not all(future.done() for future in coming.values()):
        playing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await playing


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
async def test_nothing_is_lost_or_taken_twice(ends: Mapping[str, asyncio.Future[Played]], cell: Cell) -> None:
    played = await ends[cell.name]
    assert (played.outcome, played.told) == ("passed", [])


def test_these_cells_are_of_every_kind() -> None:
    assert {cell.step for cell in CELLS} == set(MOMENTS)
    assert {cell.gateway for cell in CELLS} == set(GATEWAYS)
    assert {cell.victim for cell in CELLS} == set(VICTIMS)
    assert {cell.callers for cell in CELLS} == set(CALLERS)
