"""Packages from npm that tests use: pinned by a lock file, installed once, and kept between runs."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_PATIENCE_SECONDS = 180


def installed(sources: Path, config: pytest.Config) -> Path:
    """The folder in which the packages of `sources`/package-lock.json are installed, until that file changes.

    Skips the test where there is no npm, or where its registry cannot be reached.
    """
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    lock = (sources / "package-lock.json").read_bytes()
    name = json.loads(lock)["name"]
    cache = config.cache.mkdir(name) if config.cache else Path(tempfile.mkdtemp())
    folder = cache / hashlib.sha256(lock).hexdigest()[:16]
    if not folder.exists():
        fresh = Path(tempfile.mkdtemp(dir=cache))
        for file in ("package.json", "package-lock.json"):
            shutil.copy(sources / file, fresh)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        if subprocess.run(command, cwd=fresh, check=False, timeout=_PATIENCE_SECONDS).returncode != 0:
            pytest.skip("npm's registry cannot be reached")
        fresh.replace(folder)
    return folder
