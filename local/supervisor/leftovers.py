"""Processes that a killed supervisor left behind: found by the ids it wrote down, and ended.

On Linux the kernel ends the parts of a killed supervisor. This is for the moment before that, and for other systems.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from local.supervisor.datadir import DataDir

if TYPE_CHECKING:
    import psutil


def end(directory: DataDir) -> list[str]:
    """End what a stack that no longer runs left behind, and return the names of those parts.

    A process is ours only where its command line names this data directory: the system uses ids again.
    """
    run = directory.read("run.json")
    ours = []
    for name, part in (run.get("parts") or {}).items():
        process = _ours(part.get("pid"), str(directory.root))
        if process is not None:
            ours.append((name, process))
    for _, process in ours:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    wait_until_gone([process for _, process in ours])
    directory.remove("stack.json")
    directory.remove("run.json")
    return [name for name, _ in ours]


def wait_until_gone(processes: Sequence[psutil.Process], within_seconds: float = 10.0) -> None:
    """Return when none of the processes holds a port or a file any more. Raises TimeoutError."""
    deadline = time.monotonic() + within_seconds
    while any(_is_alive(process) for process in processes):
        if time.monotonic() > deadline:
            raise TimeoutError(f"killed processes are still there: {[process.pid for process in processes]}")
        time.sleep(0.02)


def _is_alive(process: psutil.Process) -> bool:
    import psutil

    try:
        # A dead process stays in the table until its parent asks for it, and does no harm there.
        return process.is_running() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def _ours(pid: object, mark: str) -> psutil.Process | None:
    import psutil

    if not isinstance(pid, int):
        return None
    try:
        process = psutil.Process(pid)
        if any(mark in argument for argument in process.cmdline()):
            return process
    except psutil.Error:
        return None
    return None
