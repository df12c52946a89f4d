"""`python -m local down`: end the stack of a data directory, and whatever a killed one left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

from local.supervisor import leftovers
from local.supervisor.datadir import DataDir

_WITHIN_SECONDS = 30.0


def down(directory: DataDir) -> int:
    """End the stack, and return when its data directory is free. 1 where it does not end."""
    pid = directory.read("run.json").get("pid")
    # The process that holds the directory wrote its own id there, so the id is the supervisor's.
    if directory.is_held() and isinstance(pid, int):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _WITHIN_SECONDS
    while (held := directory.lock()) is None:
        if time.monotonic() > deadline:
            sys.stderr.write(f"the stack (process {pid}) does not end; kill -9 it, and run this again\n")
            return 1
        time.sleep(0.05)
    try:
        ended = leftovers.end(directory)
    finally:
        os.close(held)
    if ended:
        sys.stdout.write(f"ended what a killed stack left behind: {', '.join(ended)}\n")
    return 0
