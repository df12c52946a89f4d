"""The parts' logs: files that stay bounded, and that a person may watch."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

LIMIT_BYTES = 8 * 1024 * 1024
"""A log is cut when it is larger; what it held is kept once, beside it."""

_LOOK_EVERY_SECONDS = 0.2
_SEVERITY_WITHIN = 100
_LINES_AT_A_TIME = 500


class Logs:
    """Bounds every log of `folder`; with `say`, also passes on each new line behind its part's name."""

    def __init__(self, folder: Path, say: Callable[[str], None] | None) -> None:
        self._folder = folder
        self._say = say
        self._read: dict[str, int] = {}

    async def watch(self) -> None:
        """Work until cancelled."""
        while True:
            for log in self._folder.glob("*.log"):
                # A log may be replaced between being found and being read; the next look finds the new one.
                with contextlib.suppress(OSError):
                    if self._say is not None:
                        self._pass_on(log, self._say)
                    bound(log, LIMIT_BYTES)
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    def _pass_on(self, log: Path, say: Callable[[str], None]) -> None:
        size = log.stat().st_size
        begin = self._read.get(log.name, 0)
        if size < begin:
            begin = 0
        if size == begin:
            return
        with log.open("rb") as file:
            file.seek(begin)
            lines = file.readlines(LIMIT_BYTES)[:_LINES_AT_A_TIME]
        # A line that is still being written is left for the next look.
        whole = [line for line in lines if line.endswith(b"\n")]
        self._read[log.name] = begin + sum(map(len, whole))
        for line in whole:
            if b'"s":"I"' in line[:_SEVERITY_WITHIN]:  # mongod tells everything; a person wants its complaints
                continue
            say(f"{log.stem:>9} | {line.decode(errors='replace').rstrip()}")


def keep_previous(log: Path) -> None:
    """Begin a new log file; the one before is kept beside it."""
    with contextlib.suppress(FileNotFoundError):
        log.replace(log.with_suffix(".log.1"))


def bound(log: Path, limit_bytes: int) -> None:
    """Cut a log that grew over `limit_bytes`: what it held is kept beside it, in the place of what was kept before.

    The part holds the file open and goes on writing to it; lines written in the very moment of the cut are lost.
    """
    if log.stat().st_size > limit_bytes:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)
