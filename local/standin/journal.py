"""A file of everything that a stand-in must not forget. It only grows, and outlives kill -9 and a power cut."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class JournalError(Exception):
    """The file cannot be used; the message says why."""


class Journal:
    """Events in the order in which they happened, one JSON line each.

    `add` keeps the order, and returns at once. `written` waits until the disk has everything that was added before.
    Callers that wait at the same time share one write.
    """

    def __init__(self, path: Path) -> None:
        """Open or makes the file. Raises JournalError where another process has it, or it cannot be read."""
        self._path = path
        self._pending: list[str] = []
        self._added = 0
        self._written = 0
        self._writing: asyncio.Task[None] | None = None
        self._failure: OSError | None = None
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise JournalError(f"another process writes to {path}") from None
        _sync_folder(path.parent)

    def past(self) -> Iterator[dict[str, Any]]:
        """The events of earlier runs. Read them before anything is added. Raises JournalError.

        A last line without an end is cut off: the process died while it wrote the line, and no caller was answered.
        """
        whole = 0
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    break
                try:
                    event = json.loads(line)
                except ValueError:
                    raise JournalError(f"{self._path}: line {number} is no JSON") from None
                whole += len(line)
                yield event
        os.ftruncate(self._file, whole)

    def add(self, event: dict[str, Any]) -> None:
        """Add an event. It is on the disk only after `written`."""
        self._pending.append(json.dumps(event, separators=(",", ":")) + "\n")
        self._added += 1

    async def written(self) -> None:
        """Return once everything added so far is on the disk. Raises OSError where that fails, then always."""
        wanted = self._added
        while self._written < wanted:
            if self._failure is not None:
                raise self._failure
            if self._writing is None:
                self._writing = asyncio.create_task(self._write())
            await asyncio.shield(self._writing)

    def close(self) -> None:
        """Writes what is still pending, and closes the file."""
        if self._pending and self._failure is None:
            self._to_disk("".join(self._pending).encode())
        os.close(self._file)

    async def _write(self) -> None:
        lines, self._pending = self._pending, []
        upto = self._added
        try:
            await asyncio.to_thread(self._to_disk, "".join(lines).encode())
        except OSError as error:
            # Memory is ahead of the disk now, and no answer may be given from it.
            self._failure = error
        else:
            self._written = upto
        finally:
            self._writing = None

    def _to_disk(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._file, data) :]
        os.fdatasync(self._file)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
