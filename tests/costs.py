"""What each test file costs: CPU seconds of this process and of all that it started, so that a busy machine counts not.

A process whose parent was killed is counted only while it lives, or where whoever kills it notes it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import psutil
import pytest

SHOWN = 10
_NOTED: dict[str, float] = {"orphans": 0.0}


class Costs:
    """A plugin that counts the CPU seconds of each file, and prints the dearest at the end.

    With pytest-xdist each worker counts, and the first process adds up.
    """

    def __init__(self) -> None:
        self._of: Counter[str] = Counter()
        self._before = 0.0

    @pytest.hookimpl
    def pytest_sessionstart(self) -> None:
        self._before = _spent()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
        done = yield
        if nextitem is None or nextitem.path != item.path:
            now = _spent()
            self._of[item.nodeid.partition("::")[0]] += max(0.0, now - self._before)
            self._before = now
        return done

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["costs"] = dict(self._of)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._of.update(getattr(node, "workeroutput", {}).get("costs", {}))

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if len(self._of) <= 1:
            return
        total = sum(self._of.values())
        terminalreporter.section(f"dearest files, of {total:.0f} CPU seconds in all")
        for file, seconds in self._of.most_common(SHOWN):
            terminalreporter.write_line(f"{seconds:7.1f} s  {file}")


def note_orphans(processes: Iterable[psutil.Process]) -> None:
    """Count what these have spent, before they and their parent are killed at once."""
    _NOTED["orphans"] += _of(processes)


def _spent() -> float:
    """CPU seconds of this process, of those it waited for, of those that live, and of those that were noted."""
    mine = os.times()
    waited_for = mine.children_user + mine.children_system
    return mine.user + mine.system + waited_for + _of(psutil.Process().children(recursive=True)) + _NOTED["orphans"]


def _of(processes: Iterable[psutil.Process]) -> float:
    spent = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        # Only Linux tells what a process waited for.
        waited_for = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        spent += times.user + times.system + waited_for
    return spent
