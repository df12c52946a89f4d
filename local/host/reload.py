"""`--reload`: run the host as a child, and start it again whenever a file of the app changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from local import tether

_LOOK_SECONDS = 0.5
_STOP_SECONDS = 12.0
_NAMES = frozenset({"host.json", "local.settings.json"})
_NOT_OURS = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})
Stamps = dict[Path, int]


class _StoppedError(Exception):
    """A signal asked for the end."""


def run_reloading(argv: list[str], app: Path) -> int:
    """Serve with the arguments `argv`, which do not ask for reloading, until a signal comes; the last exit code."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    seen = stamps(app)
    child = _start(argv)
    try:
        while True:
            time.sleep(_LOOK_SECONDS)
            now = stamps(app)
            if now == seen:
                continue
            seen = now
            print("reload: the app has changed", flush=True)  # noqa: T201 - for the developer who just saved a file
            _end(child)
            child = _start(argv)
    except _StoppedError:
        return _end(child)


def stamps(app: Path) -> Stamps:
    """When each file that the app is made of was changed last."""
    found: Stamps = {}
    for folder, folders, files in os.walk(app):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _NOT_OURS]
        for name in files:
            if name.endswith(".py") or name in _NAMES:
                path = Path(folder) / name
                try:
                    found[path] = path.stat().st_mtime_ns
                except FileNotFoundError:
                    continue
    return found


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _StoppedError


def _start(argv: list[str]) -> subprocess.Popen[bytes]:
    # In a process group of its own: Ctrl+C reaches only this process, which then ends the child.
    command = tether.command([sys.executable, "-m", "local", "host", *argv])
    return subprocess.Popen(command, process_group=0)


def _end(child: subprocess.Popen[bytes]) -> int:
    child.terminate()
    try:
        return child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()
