"""Where Azurite lies, and how it gets there: once a machine, kept until the lock file changes.

It is large (190 MB), so it lies in the person's cache, and not in each data directory.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
INSTALL_SECONDS = 240
_UNDER_WAY = "azurite-being-installed-"
_FILES = ("package.json", "package-lock.json")
_PROGRAM = Path("node_modules", "azurite", "dist", "src", "blob", "main.js")


class NotInstalledError(Exception):
    """Azurite cannot be had; the text says why."""


def is_possible(environment: Mapping[str, str]) -> bool:
    """Whether Azurite is there, or can be tried to be installed: whether there is Node.js, and npm."""
    path = environment.get("PATH")
    if shutil.which("node", path=path) is None:
        return False
    return program(environment).is_file() or shutil.which("npm", path=path) is not None


def program(environment: Mapping[str, str]) -> Path:
    """The script that Node.js runs, whether it is there yet or not."""
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()[:16]
    cache = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME") or Path.home()) / ".cache")
    return Path(cache) / "orderbuddy" / f"azurite-{lock}" / _PROGRAM


def installed(environment: Mapping[str, str] = os.environ) -> Path:
    """The script that Node.js runs, installed now if it is not there yet. Raises NotInstalledError."""
    found = program(environment)
    folder = found.parents[len(_PROGRAM.parts) - 1]
    if found.is_file():
        return found
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "azurite.lock").open("w") as lock:
        # Two stacks that start at the same time install it once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.is_file():
            for left in folder.parent.glob(f"{_UNDER_WAY}*"):
                # Whoever installed it was killed: the lock is ours.
                shutil.rmtree(left, ignore_errors=True)
            _install(folder, environment)
    return found


def _install(folder: Path, environment: Mapping[str, str]) -> None:
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_UNDER_WAY))
    try:
        for name in _FILES:
            shutil.copy(SOURCES / name, fresh)
        command = ["npm", "ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(command, cwd=fresh, env=dict(environment), check=False, timeout=INSTALL_SECONDS)
        if done.returncode != 0:
            raise NotInstalledError("npm cannot install Azurite: is its registry reachable?")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.replace(folder)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(f"Azurite cannot be installed: {type(error).__name__}") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
