"""`snapshot`, `restore`, `reset`, `keep` and `open`: of a stack that runs, and of a data directory without one."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.supervisor import snapshots
from local.supervisor.control import ControlError, call
from local.supervisor.datadir import DataDir
from local.supervisor.snapshots import SnapshotError

Say = Callable[[str], None]
_KEPT = "kept"


def snapshot(directory: DataDir, name: str | None, say: Say) -> None:
    """Save under a name, or list what there is. Raises SnapshotError and ControlError."""
    if name is None:
        there = snapshots.names(directory)
        for each in there:
            say(f"{each:<20} {_size(snapshots.size_of(snapshots.folder_of(directory, each)))}")
        if not there:
            say("no snapshots yet: `python -m local snapshot NAME`")
        return
    snapshots.checked(name)
    run = _running(directory)
    if run is not None:
        told = call(run, "POST", f"/control/snapshots/{name}/save")
        say(f"snapshot {name}: {_size(told['bytes'])} in {told['seconds']:.2f} s, while the stack ran")
        return
    size, seconds = _alone(directory, lambda: snapshots.save(directory, name))
    say(f"snapshot {name}: {_size(size)} in {seconds:.2f} s")


def restore(directory: DataDir, name: str, say: Say) -> None:
    """Put a snapshot back. Raises SnapshotError and ControlError."""
    snapshots.checked(name)
    run = _running(directory)
    if run is not None:
        told = call(run, "POST", f"/control/snapshots/{name}/restore")
        say(f"restored {name}; ready again after {told['seconds']:.1f} s")
        return
    _, seconds = _alone(directory, lambda: snapshots.restore(directory, name))
    say(f"restored {name} in {seconds:.2f} s")


def reset(directory: DataDir, say: Say) -> None:
    """Remove all data; a stack that runs makes its demo data anew. Raises SnapshotError and ControlError."""
    run = _running(directory)
    if run is not None:
        told = call(run, "POST", "/control/reset")
        say(f"reset; ready again after {told['seconds']:.1f} s")
        return
    _alone(directory, lambda: snapshots.clear(directory))
    say("reset: the next `up` begins with no data")


def keep(directory: DataDir, file: Path, say: Say) -> None:
    """Write state, logs and what each service received into one file, which `open` takes. Raises like snapshot."""
    run = _running(directory)
    with tempfile.TemporaryDirectory(prefix="orderbuddy-kept-") as folder:
        kept = Path(folder) / _KEPT
        kept.mkdir()
        if run is None:
            _alone(directory, lambda: snapshots.copy_state(directory.root, kept))
        else:
            name = f"kept-{os.getpid()}"
            call(run, "POST", f"/control/snapshots/{name}/save")
            saved = snapshots.folder_of(directory, name)
            try:
                snapshots.copy_state(saved, kept)
            finally:
                shutil.rmtree(saved, ignore_errors=True)
            _keep_history(run, kept / "history")
        shutil.copytree(directory.root / "logs", kept / "logs", dirs_exist_ok=True)
        pack(kept, file)
    say(f"kept in {file} ({_size(file.stat().st_size)}); `python -m local open {file} --data-dir DIR` opens it")


def pack(folder: Path, file: Path) -> None:
    """Write a folder into a file that only its owner can read: it holds keys and people's data."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with (
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written,
        tarfile.open(fileobj=written, mode="w:gz", compresslevel=3) as archive,
    ):
        archive.add(folder, arcname=_KEPT)


def open_kept(directory: DataDir, file: Path, say: Say) -> None:
    """Make a data directory of what was kept. Raises SnapshotError."""
    if directory.root.exists() and any(directory.root.iterdir()):
        raise SnapshotError(f"{directory.root} is not empty: name a new directory with --data-dir")
    if not file.is_file():
        raise SnapshotError(f"there is no file {file}")
    with tempfile.TemporaryDirectory(prefix="orderbuddy-kept-") as folder:
        try:
            with tarfile.open(file) as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            raise SnapshotError(f"{file} cannot be read ({type(error).__name__})") from None
        kept = Path(folder) / _KEPT
        if not kept.is_dir():
            raise SnapshotError(f"{file} was not made by `python -m local keep`")
        directory.create()
        snapshots.copy_state(kept, directory.root)
        for name in ("logs", "history"):
            if (kept / name).is_dir():
                shutil.copytree(kept / name, directory.root / f"kept-{name}")
    say(f"opened in {directory.root}: `python -m local up --port 0 --data-dir {directory.root}` shows it")


def _keep_history(run: dict[str, Any], folder: Path) -> None:
    """What each service received, the workflows and the orders, as the console shows them."""
    folder.mkdir()
    for service in call(run, "GET", "/api/services"):
        _write(folder / f"{service}.json", call(run, "GET", f"/api/{service}/received"))
    for name in ("orchestrations", "orders", "clock", "stack"):
        try:
            _write(folder / f"{name}.json", call(run, "GET", f"/api/{name}"))
        except ControlError as error:
            _write(folder / f"{name}.json", {"message": str(error)})


def _write(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, indent=1))


def _running(directory: DataDir) -> dict[str, Any] | None:
    """run.json of the stack that runs here; None where none does."""
    if not directory.root.is_dir():
        raise SnapshotError(f"there is no data in {directory.root}")
    return directory.read("run.json") if directory.is_held() else None


def _alone(directory: DataDir, work: Callable[[], Any]) -> tuple[Any, float]:
    """Do what needs a directory that no stack runs on, and say how many seconds it took."""
    held = directory.lock()
    if held is None:
        raise SnapshotError("a stack has just been started here: try again")
    try:
        began = time.monotonic()
        return work(), time.monotonic() - began
    finally:
        os.close(held)


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"
