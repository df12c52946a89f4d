"""Processes that tests start: each says `ready URL` when it serves, and none outlives the test process."""

from __future__ import annotations

import selectors
import subprocess
import threading
from collections.abc import Callable, Mapping

from local import tether
from local.supervisor.options import PROJECT
from tests.patience import PATIENCE_SECONDS, wait_until

PATIENCE = PATIENCE_SECONDS


def tied(command: list[str]) -> list[str]:
    """The command, ended by the kernel when this process is gone."""
    # The kernel ties a process to the thread that starts it: only the main thread lives long enough.
    return tether.command(command) if threading.current_thread() is threading.main_thread() else command


def start(command: list[str], environment: Mapping[str, str]) -> tuple[subprocess.Popen[str], int]:
    """Start a part of the local stack; returns it with its port once it serves. A failed start leaves none behind."""
    process = subprocess.Popen(
        tied(command), cwd=PROJECT, env=dict(environment), stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            said = process.stdout.readline() if selector.select(PATIENCE) else "nothing"
        assert said.startswith("ready http://127.0.0.1:"), f"{' '.join(command)} said {said!r}"
        return process, int(said.rsplit(":", 1)[1])
    except BaseException:
        end(process)
        raise


def end_of(process: subprocess.Popen[str]) -> int:
    """Wait for the end of a process that was told to end, and return its exit code. Raises AssertionError."""
    try:
        code = process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        end(process)
        raise AssertionError(f"{process.args!r} does not end") from None
    if process.stdout is not None:
        process.stdout.close()
    return code


def end(process: subprocess.Popen[str]) -> None:
    """kill -9, and wait until it is gone."""
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def until(holds: Callable[[], bool], otherwise: Callable[[], str] = lambda: "it did not happen") -> None:
    """Wait until `holds`. Raises AssertionError with what `otherwise` says."""
    wait_until(holds, otherwise, every=0.01)
