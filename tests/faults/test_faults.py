"""Some cells of the fault matrix: every step, every gateway, every victim and every number of callers at least once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import pytest

from tests.faults.lanes import play_all
from tests.faults.matrix import CALLERS, GATEWAYS, VICTIMS, Cell
from tests.faults.play import Played
from tests.faults.report import story
from tests.faults.steps import MOMENTS
from tests.seeds import told_seed

LANES = 2
# The longest first: none should be left to go on alone.
CELLS = [
    Cell.named(name)
    for name in (
        "refund.after/stalls-refund/process/two-same",
        "refund.before/drops-before-refund/lone-process/one",
        "void.heard/charges-too-late/process/two-different",
        "part-refunded.after/refunds/everything/one",
        "owed.after/refunds/mongod/twenty-different",
        "refund.heard/drops-after-refund/process/two-same",
        "refund-sent.after/settles-meanwhile/process/two-different",
        "refund.after/declines-refund/process/two-different",
        "refund-done.before/hides-refund/process/twenty-same",
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
    seed = told_seed()
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
    if played.outcome != "passed":
        pytest.fail(story(played), pytrace=False)


def test_these_cells_are_of_every_kind() -> None:
    assert {cell.step for cell in CELLS} == set(MOMENTS)
    assert {cell.gateway for cell in CELLS} == set(GATEWAYS)
    assert {cell.victim for cell in CELLS} == set(VICTIMS)
    assert {cell.callers for cell in CELLS} == set(CALLERS)
