"""`python -m tests.faults run | show | cell`: the fault matrix as a command."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from local.supervisor.options import PROJECT
from tests.faults.lanes import clear_leftovers, play_all
from tests.faults.matrix import Cell, UnknownCellError
from tests.faults.play import Played
from tests.faults.progress import Result, Run
from tests.faults.report import show, story
from tests.seeds import given_seed, new_seed

FOLDER = PROJECT / ".local-faults"
STATE = FOLDER / "run.json"
CELLS = 500
LANES = 3


def main(arguments: list[str]) -> int:
    """0: every cell passed. 1: some did not. 2: asked wrongly. 130: stopped; the same command goes on."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="play cells; goes on where the last run was stopped")
    run.add_argument("--cells", type=int, help=f"how many cells ({CELLS})")
    run.add_argument("--lanes", type=int, default=LANES, help=f"on how many stacks at once ({LANES})")
    run.add_argument("--again", action="store_true", help="play the last run's cells that did not pass again")
    commands.add_parser("show", help="the tables of the last run")
    cell = commands.add_parser("cell", help="play one cell, and tell all about it")
    cell.add_argument("name", help="such as call.heard/fine/everything/two-same")
    for each in (run, cell):
        each.add_argument("--seed", type=int, help="repeats a run (ORDERBUDDY_SEED)", default=given_seed())
    given = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        if given.command == "show":
            return _show(console)
        with _alone():
            if given.command == "cell":
                return _cell(Cell.named(given.name), given.seed or 0, console)
            return _run(_taken_up(given.seed, given.cells, again=given.again), given.lanes, console)
    except (UnknownCellError, _BusyError) as error:
        console.print(str(error), highlight=False, markup=False)
        return 2


class _BusyError(Exception):
    """Another run is under way here."""


@contextmanager
def _alone() -> Iterator[None]:
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _BusyError("another run of the fault matrix is under way here") from None
        clear_leftovers(FOLDER)
        yield


def _taken_up(seed: int | None, cells: int | None, *, again: bool) -> Run:
    """The last run, where something of it is left to do and nobody asks for another; else a new one."""
    kept = Run.read(STATE)
    if kept is not None and seed in (None, kept.seed):
        kept.cells = cells or kept.cells
        if again:
            kept.forget_failed()
        if kept.left:
            return kept
    begun = Run(STATE, new_seed() if seed is None else seed, cells or CELLS)
    begun.write()
    return begun


def _run(run: Run, lanes: int, console: Console) -> int:
    console.print(f"{len(run.left)} of {run.cells} cells to play, seed {run.seed}", highlight=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, speed_estimate_period=600) as bar:
        task = bar.add_task("cells", total=run.cells, completed=run.cells - len(run.left))

        def done(played: Played) -> None:
            result = Result.of(played)
            run.note(result)
            failed = sum(one.outcome != "passed" for one in run.results.values())
            bar.update(task, advance=1, description=f"cells ({failed} not passed)" if failed else "cells")
            if not console.is_terminal or result.outcome != "passed":
                at = f"{len(run.results)}/{run.cells}"
                console.print(f"{at} {result.outcome} {result.name} {result.seconds:.1f} s", highlight=False)
                for told in result.told[:5]:
                    console.print(f"    {told}", highlight=False, markup=False)

        stopped = _until_stopped(play_all(run.left, run.seed, folder=FOLDER, lanes=lanes, done=done))
    show(run, console)
    if stopped:
        console.print("stopped; the same command goes on from here")
        return 130
    return 0 if run.good else 1


def _until_stopped(work: Coroutine[None, None, None]) -> bool:
    """Do the work; True where SIGINT or SIGTERM ended it, which ends its stacks, too."""

    async def do() -> bool:
        task = asyncio.create_task(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return True
        return False

    return asyncio.run(do())


def _show(console: Console) -> int:
    run = Run.read(STATE)
    if run is None:
        console.print("nothing was run yet")
        return 2
    show(run, console)
    return 0 if run.good else 1


def _cell(cell: Cell, seed: int, console: Console) -> int:
    results: list[Played] = []
    if _until_stopped(play_all([cell], seed, folder=FOLDER, lanes=1, done=results.append)):
        return 130
    [played] = results
    console.print(story(played), highlight=False, markup=False, soft_wrap=True)
    if played.outcome == "failed":
        console.print(f"kept in {FOLDER / 'failed'}: logs, data, report.json", highlight=False)
    return 0 if played.outcome == "passed" else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
