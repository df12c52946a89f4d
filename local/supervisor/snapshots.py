"""Snapshots of a data directory: all that a stack keeps, copied aside under a name, and put back.

A copy shares its blocks with the original where the file system can (reflinks), and leaves holes where nothing was
written: mongod's journal is 100 MB long, and nearly empty.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from local.supervisor.datadir import PART_DATA, DataDir

DEMO = "demo"
"""The snapshot of the demo data; made when it is asked for and not there."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_FILES = ("keys.json", "demo.json", "clock.json")
_UNDER_WAY = ".under-way"
_FICLONE = 0x40049409
_PIECE = 1024 * 1024
# What mongod makes anew, or must not find.
_LEFT_OUT = ("mongod.lock", "WiredTiger.lock", "diagnostic.data", "WiredTigerPreplog.")


class SnapshotError(Exception):
    """It cannot be done; the message says why, and what a person can do."""


def checked(name: str) -> str:
    """`name`, if it can be a snapshot's. Raises SnapshotError."""
    if not _NAME.fullmatch(name):
        raise SnapshotError(f"{name!r} cannot be a name: letters, digits, dots and dashes can")
    return name


def folder_of(directory: DataDir, name: str) -> Path:
    """Where a snapshot lies. Raises SnapshotError for what is no name."""
    return directory.root / "snapshots" / checked(name)


def names(directory: DataDir) -> list[str]:
    """The snapshots that there are."""
    found = (directory.root / "snapshots").glob("*")
    return sorted(path.name for path in found if path.is_dir() and not path.name.startswith("."))


def save(directory: DataDir, name: str) -> int:
    """Copy the state of a stack whose parts do not write now; the bytes that it takes. Takes an older one's place."""
    target = folder_of(directory, name)
    fresh = target.with_name(f"{_UNDER_WAY}-{name}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    copy_state(directory.root, fresh)
    shutil.rmtree(target, ignore_errors=True)
    fresh.replace(target)
    return size_of(target)


def restore(directory: DataDir, name: str) -> None:
    """Put a snapshot back in the place of the state of a stack that does not run. Raises SnapshotError."""
    source = folder_of(directory, name)
    if not source.is_dir():
        there = ", ".join(names(directory)) or "none"
        raise SnapshotError(f"there is no snapshot {name!r}; there are: {there}")
    clear(directory)
    copy_state(source, directory.root)


def has_keys_of(directory: DataDir, name: str) -> bool:
    """Whether a snapshot was made with the keys that this directory has: a running stack knows no others."""
    kept = folder_of(directory, name) / "keys.json"
    return not kept.is_file() or kept.read_bytes() == (directory.root / "keys.json").read_bytes()


def clear(directory: DataDir) -> None:
    """Remove the state of a stack that does not run. Keys, port, logs and snapshots stay."""
    for name in (*PART_DATA, "demo.json", "clock.json"):
        path = directory.root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def copy_state(source: Path, target: Path) -> None:
    """Copy the parts' data and the files that belong to it."""
    for name in _FILES:
        if (source / name).is_file():
            _copy(source / name, target / name)
    for name in PART_DATA:
        for path in _files(source / name):
            copied = target / path.relative_to(source)
            copied.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # A part that still runs may remove a file of its own in between.
            with contextlib.suppress(FileNotFoundError):
                _copy(path, copied)


def size_of(folder: Path) -> int:
    """The bytes that a folder takes on the disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(_LEFT_OUT) for part in parts):
            yield path


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("wb") as written:
        os.fchmod(written.fileno(), 0o600)
        with contextlib.suppress(OSError):
            fcntl.ioctl(written.fileno(), _FICLONE, read.fileno())
            return
        if hasattr(os, "SEEK_DATA"):
            _copy_data(read.fileno(), written.fileno())
        else:
            shutil.copyfileobj(read, written, _PIECE)


def _copy_data(read: int, written: int) -> None:
    size = os.fstat(read).st_size
    os.ftruncate(written, size)
    at = 0
    while at < size:
        try:
            at = os.lseek(read, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole to the end
                return
            raise
        end = os.lseek(read, at, os.SEEK_HOLE)
        while at < end:
            piece = os.pread(read, min(_PIECE, end - at), at)
            if not piece:
                return
            # A part of the file that holds nothing stays a hole, also where the original's is filled with zeros.
            if piece.strip(b"\0"):
                os.pwrite(written, piece, at)
            at += len(piece)
