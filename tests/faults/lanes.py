"""Playing many cells: on some stacks side by side, since a cell waits more than it computes."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from local.supervisor.datadir import DataDir
from local.supervisor.down import down
from tests.faults.matrix import Cell
from tests.faults.play import Played, play
from tests.faults.stage import Stage

CELLS_ON_A_STACK = 100


async def play_all(
    cells: Sequence[Cell], seed: int, *, folder: Path, lanes: int, done: Callable[[Played], None]
) -> None:
    """Play all cells, each lane on a stack of its own; `done` is told of each. What failed is kept in `folder`/failed:
    its stack's data and logs, and report.json."""
    left = iter(cells)

    async def lane(number: int) -> None:
        stage: Stage | None = None
        played_here = 0
        try:
            for cell in left:
                if stage is None:
                    stage, played_here = await _fresh(folder / "stacks" / f"{number}"), 0
                played = await play(stage, cell, seed)
                played_here += 1
                if played.outcome == "failed":
                    ending, stage = stage, None
                    await _keep(ending, played, folder / "failed")
                elif played_here >= CELLS_ON_A_STACK:
                    ending, stage = stage, None
                    await _clear(ending)
                done(played)
        finally:
            if stage is not None:
                await _surely(_clear(stage))

    async with asyncio.TaskGroup() as group:
        for number in range(min(lanes, len(cells))):
            group.create_task(lane(number))


def clear_leftovers(folder: Path) -> None:
    """End the stacks that a killed run left behind, and remove their data."""
    for left in (folder / "stacks").glob("*"):
        down(DataDir(left / "stack"))
        shutil.rmtree(left)


async def _fresh(folder: Path) -> Stage:
    shutil.rmtree(folder, ignore_errors=True)
    stage = Stage(folder)
    try:
        await stage.open()
    except BaseException:
        await stage.close()
        raise
    return stage


async def _surely(work: Coroutine[Any, Any, None]) -> None:
    """Do it to the end, also where this task is cancelled meanwhile: a stack must not be left behind."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _clear(stage: Stage) -> None:
    await stage.close()
    shutil.rmtree(stage.folder)


async def _keep(stage: Stage, played: Played, failed: Path) -> None:
    await stage.close()
    where = failed / re.sub(r"[^a-z0-9.#-]+", "_", played.name)
    shutil.rmtree(where, ignore_errors=True)
    where.parent.mkdir(parents=True, exist_ok=True)
    stage.folder.rename(where)
    # Files that MongoDB prepares for later writes: two thirds of the whole, and empty.
    for prepared in where.glob("stack/mongod/journal/WiredTigerPreplog.*"):
        prepared.unlink()
    (where / "report.json").write_text(json.dumps(asdict(played), indent=1, default=str))
