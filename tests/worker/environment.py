"""The virtual environment that the official worker library runs in: Python 3.13, made once and kept."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv-worker"
RUNTIME = "azure-functions-runtime==1.3.0"
DRIVE = Path(__file__).with_name("drive.py")
VERSION = "3.13"


def find_python() -> str | None:
    """A Python 3.13 that really runs, or None. A shim of pyenv on PATH may exist without running."""
    on_path = shutil.which(f"python{VERSION}")
    return next((found for found in [on_path, *_pyenv()] if found and _runs(found)), None)


def _pyenv() -> list[str]:
    command = shutil.which("pyenv")
    if command is None:
        return []
    names = [line.strip() for line in _run([command, "versions", "--bare"]).stdout.splitlines()]
    prefixes = [_run([command, "prefix", name]).stdout for name in names if name.startswith(f"{VERSION}.")]
    return [str(Path(prefix.strip()) / "bin" / "python") for prefix in prefixes if prefix.strip()]


def _runs(python: str) -> bool:
    code = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{VERSION}')"
    try:
        return _run([python, "-c", code]).returncode == 0
    except OSError:
        return False


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


def prepare(python: str) -> Path:
    """The environment's interpreter; the environment is made (about 20 s) where it is missing or its pins changed."""
    requirements = ROOT / "requirements.txt"
    pins = hashlib.sha256(requirements.read_bytes() + RUNTIME.encode()).hexdigest()
    stamp, made = FOLDER / "pins", FOLDER / "bin" / "python"
    with requirements.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.is_file() and stamp.read_text() == pins and _runs(str(made))):
            shutil.rmtree(FOLDER, ignore_errors=True)
            _must([python, "-m", "venv", str(FOLDER)])
            _must([str(made), "-m", "pip", "install", "--quiet", "--no-compile", "-r", str(requirements), RUNTIME])
            stamp.write_text(pins)
    return made


def _must(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def deployed_tree(target: Path) -> Path:
    """A copy of what would be published: the project without what .funcignore names."""
    lines = [line.strip() for line in (ROOT / ".funcignore").read_text().splitlines()]
    patterns = [line.rstrip("/") for line in lines if line and not line.startswith(("#", "!"))]
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*patterns))
    return target


def drive(python: Path, app: Path, scratch: Path, calls: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Index `app` and make the calls, in a process that knows none of our settings; drive.py says what comes back."""
    job, result = scratch / "job.json", scratch / "result.json"
    job.write_text(json.dumps({"app": str(app), "calls": calls or []}))
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [str(python), str(DRIVE), str(job), str(result)],
        capture_output=True,
        text=True,
        env=env,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = json.loads(result.read_text())
    return read
