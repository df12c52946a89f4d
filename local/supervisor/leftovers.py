"""Processes that a killed supervisor left behind: found by the ids it wrote down, and ended.

The kernel ends the parts of a killed supervisor on Linux; this is for the moment before it did, and for other systems.
"""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

from local.supervisor.datadir import DataDir

if TYPE_CHECKING:
    import psutil

_GONE_WITHIN_SECONDS = 10.0


def end(directory: DataDir) -> list[str]:
    """End what a stack that no longer runs left behind, and return the names of those parts.

    A process counts as ours only when its command line names this data directory: ids are used again by others.
    """
    run = directory.read("run.json")
    ours = []
    for name, part in (run.get("parts") or {}).items():
        process = _ours(part.get("pid"), str(directory.root))
        if process is not None:
            ours.append((name, process))
    if ours:
        import psutil

        for _, process in ours:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        psutil.wait_procs([process for _, process in ours], timeout=_GONE_WITHIN_SECONDS)
    directory.remove("stack.json")
    directory.remove("run.json")
    return [name for name, _ in ours]


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
