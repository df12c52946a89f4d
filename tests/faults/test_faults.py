"""Some cells of the fault matrix: every step, every gateway, every victim and every number of callers at least once.

Six of them are run each time, with every victim, every number of callers and each way of the money; the others are
long.
"""

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
QUICK = [
    Cell.named(name)
    for name in (
        "refund.heard/drops-after-refund/process/two-same",
        "sent.after/fine/lone-process/two-different",
        "expired.before/declines/process/twenty-different",
        "claim.after/fine/process/twenty-same",
        "call.heard/fine/everything/one",
        "placed.before/fine/mongod/twenty-same",
    )
]
LONG = [
    Cell.named(name)
    for name in (
        "owed.after/refunds/mongod/twenty-different",
        "cancelled.after/away/process/two-different",
        "declined.after/declines/lone-process/two-same",
        "published.before/stalls-and-charges/process/one",
        "look-up.after/answers-500/mongod/one",
        "void.heard/charges-too-late/process/two-different",
        "refund.after/stalls-refund/process/two-same",
        "refund.before/drops-before-refund/lone-process/one",
        "part-refunded.after/refunds/everything/one",
        "refund-sent.after/settles-meanwhile/process/two-different",
        "refund.after/declines-refund/process/two-different",
        "refund-done.before/hides-refund/process/twenty-same",
        "voided.before/not-found-too-long/lone-process/one",
        "voiding.before/charges-too-late/mongod/two-same",
        "lost.after/drops-before/everything/twenty-different",
        "unknown.before/stalls/process/twenty-same",
        "approved.after/not-found-then-approved/everything/two-different",
        "call.before/drops-after/mongod/two-same",
        "placed.after/fine/process/one",
    )
]
CELLS = [*QUICK, *(pytest.param(cell, marks=pytest.mark.long) for cell in LONG)]


@pytest.fixture(scope="module")
async def ends(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mapping[str, asyncio.Future[Played]]]:
    """What becomes of each cell that is run, by its name."""
    seed = told_seed()
    loop = asyncio.get_running_loop()
    run = {item.name for item in request.session.items if item.path == request.path}
    cells = [cell for cell in (*QUICK, *LONG) if f"test_nothing_is_lost_or_taken_twice[{cell.name}]" in run]
    coming: dict[str, asyncio.Future[Played]] = {cell.name: loop.create_future() for cell in cells}
    folder = tmp_path_factory.mktemp("faults")
    playing = loop.create_task(
        play_all(cells, seed, folder=folder, lanes=LANES, done=lambda played: coming[played.name].set_result(played))
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
    cells = [*QUICK, *LONG]
    assert {cell.step for cell in cells} == set(MOMENTS)
    assert {cell.gateway for cell in cells} == set(GATEWAYS)
    for some in (QUICK, LONG):
        assert {cell.victim for cell in some} == set(VICTIMS)
        assert {cell.callers for cell in some} == set(CALLERS)
