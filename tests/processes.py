"""Processes that tests forgot: none is left behind."""

from __future__ import annotations

from typing import Any

import psutil
import pytest


class Leftovers:
    """A plugin that ends what the tests left running, names it, and makes the run fail for it.

    With pytest-xdist each worker looks for its own, and tells the first process.
    """

    def __init__(self) -> None:
        self._names: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not session.config.pluginmanager.has_plugin("dsession"):
            self._names += end_children()
        output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["left running"] = self._names
        elif self._names:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._names += getattr(node, "workeroutput", {}).get("left running", [])

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name in self._names:
            terminalreporter.write_line(f"LEFT RUNNING, and ended: {name}", red=True)


def end_children() -> list[str]:
    """kill -9 every process that this one started, directly or not, and say what they were."""
    names = []
    left = psutil.Process().children(recursive=True)
    for process in left:
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                names.append(" ".join(process.cmdline())[:200] or process.name())
            process.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(left, timeout=60)
    return names
