"""What a run has done so far, kept in a file: a run that was stopped goes on from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from tests.faults.matrix import Cell, planned
from tests.faults.play import Outcome, Played


@dataclass(frozen=True)
class Result:
    """What became of one cell. `told` is what was not as it must be, `killed` the part in which the kill was."""

    name: str
    outcome: Outcome
    seconds: float
    killed: str | None
    answers: dict[str, int]
    told: list[str]

    @classmethod
    def of(cls, played: Played) -> Self:
        """The short form of a played cell."""
        answers: dict[str, int] = {}
        for one in (one for caller in played.answers for one in caller):
            answers[one] = answers.get(one, 0) + 1
        killed = str(played.killed["role"]) if played.killed else None
        return cls(played.name, played.outcome, played.seconds, killed, answers, [one[:500] for one in played.told])


@dataclass
class Run:
    """A run of so many cells with one seed."""

    file: Path
    seed: int
    cells: int
    results: dict[str, Result] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """The run that the file keeps, None where there is none."""
        try:
            kept = json.loads(file.read_text())
        except FileNotFoundError:
            return None
        results = {name: Result(**result) for name, result in kept["results"].items()}
        return cls(file, kept["seed"], kept["cells"], results)

    @property
    def plan(self) -> Sequence[Cell]:
        """All its cells, in order."""
        return planned(self.seed, self.cells)

    @property
    def left(self) -> list[Cell]:
        """The cells that are still to be played."""
        return [cell for cell in self.plan if cell.name not in self.results]

    @property
    def good(self) -> bool:
        """Whether every cell was played, and passed."""
        return not self.left and all(result.outcome == "passed" for result in self.results.values())

    def forget_failed(self) -> None:
        """Have the cells that did not pass played again."""
        self.results = {name: result for name, result in self.results.items() if result.outcome == "passed"}

    def note(self, result: Result) -> None:
        """Remember what became of a cell."""
        self.results[result.name] = result
        self.write()

    def write(self) -> None:
        """Keep it: the old file or the new one, whenever this process ends."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_suffix(".new")
        results = {name: asdict(result) for name, result in self.results.items()}
        draft.write_text(json.dumps({"seed": self.seed, "cells": self.cells, "results": results}, indent=1))
        draft.replace(self.file)
