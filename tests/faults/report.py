"""What a run came to, as tables: each step's boundaries by what the gateway did, and by who was killed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.faults.matrix import GATEWAYS, VICTIMS, Cell
from tests.faults.play import Played
from tests.faults.progress import Result, Run
from tests.faults.steps import MOMENTS

_BOUNDARIES = tuple(f"{step}.{moment}" for step, moments in MOMENTS.items() for moment in moments)


def show(run: Run, console: Console) -> None:
    """Print both tables, what failed, and the sums."""
    results = [(Cell.named(name), result) for name, result in run.results.items()]
    console.print(_table("step", "the gateway", results, tuple(GATEWAYS), lambda cell: cell.gateway))
    console.print(_table("step", "killed", results, VICTIMS, lambda cell: cell.victim))
    for _, result in results:
        if result.outcome != "passed":
            console.print(f"[red]{result.outcome}[/red] {result.name}", highlight=False)
            for told in result.told[:5]:
                console.print(f"    {told}", highlight=False, markup=False)
    sums = Counter(result.outcome for _, result in results)
    seconds = sum(result.seconds for _, result in results) / max(len(results), 1)
    console.print(
        f"{sums['passed']} passed, {sums['failed']} failed, {sums['not reached']} not reached, "
        f"{len(run.left)} to do; {seconds:.1f} s a cell; seed {run.seed}",
        highlight=False,
    )


def story(played: Played) -> str:
    """All about a cell: what was wrong, who was killed, and what each caller and each attempt saw."""
    killed = f"in {played.killed['role']} at {played.killed['at']}" if played.killed else "nobody"
    lines = [
        f"{played.outcome} in {played.seconds} s: {played.name}",
        f"killed {killed}",
        *(f"caller {number}: {_in_short(answers)}" for number, answers in enumerate(played.answers)),
        *(f"attempt {number}: {attempt}" for number, attempt in enumerate(played.attempts, start=1)),
        *(f"WRONG: {told}" for told in played.told),
        *(f"{kind}: {json.dumps(found, default=str)}" for kind, found in played.found.items()),
        *(f"ledger: {json.dumps(row, default=str)}" for row in played.ledger),
        f"again: python -m tests.faults cell '{played.name}' --seed {played.seed}",
    ]
    return "\n".join(lines)


def _in_short(answers: Sequence[str]) -> str:
    times = [(answer, len(list(same))) for answer, same in groupby(answers)]
    return ", ".join(answer if often == 1 else f"{often} times {answer}" for answer, often in times)


def _table(
    rows: str,
    title: str,
    results: Sequence[tuple[Cell, Result]],
    columns: Sequence[str],
    column_of: Callable[[Cell], str],
) -> Table:
    table = Table(title=f"{title}: passed, [red]failed[/red], [yellow](not reached)[/yellow]", title_justify="left")
    table.add_column(rows, no_wrap=True)
    for name in (*columns, "all"):
        table.add_column(name.replace("-", " "), justify="right")
    for boundary in _BOUNDARIES:
        here = [(cell, result) for cell, result in results if f"{cell.step}.{cell.moment}" == boundary]
        if here:
            by_column = [[result for cell, result in here if column_of(cell) == name] for name in columns]
            table.add_row(boundary, *map(_sums, by_column), _sums(result for _, result in here))
    table.add_section()
    by_column = [[result for cell, result in results if column_of(cell) == name] for name in columns]
    table.add_row("all", *map(_sums, by_column), _sums(result for _, result in results))
    return table


def _sums(results: Iterable[Result]) -> Text:
    sums = Counter(result.outcome for result in results)
    if not sums:
        return Text("·", style="dim")
    text = Text(str(sums["passed"]))
    if sums["failed"]:
        text.append(f" {sums['failed']}!", style="red")
    if sums["not reached"]:
        text.append(f" ({sums['not reached']})", style="yellow")
    return text
