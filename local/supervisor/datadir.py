"""The data directory: what a stack keeps between runs, who runs on it, and what describes it to others.

stack.json   the running stack, for scripts and tests; there only while it runs
run.json     process ids and the key of the control calls, written before anything else happens
keys.json    secrets made once per data directory
port         the base port, so that a stack comes back where its clients look for it
demo.json    the demo data's ids
clock.json   how this stack's time differs from the machine's
logs/        what each part said
snapshots/   copies of all this under names; they stay when the rest is cleared
mongod/ durable/ host/ webpubsub/ saas/ azurite/    the parts' own data
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PART_DATA = ("mongod", "durable", "host", "webpubsub", "saas", "azurite")
_OWN = (*PART_DATA, "logs", "stack.json", "run.json", "keys.json", "demo.json", "clock.json")


@dataclass(frozen=True)
class Keys:
    """Secrets of one data directory."""

    web_pubsub: str
    sealing: str
    token_hash: str


@dataclass(frozen=True)
class DataDir:
    """The files of one data directory. Nothing is made before `create`."""

    root: Path

    def create(self) -> None:
        """Make the directory. Only its owner can read it, since it holds keys: one that was there before is closed."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.root / "logs").mkdir(exist_ok=True)
        inside = list(self.root.iterdir())
        ours = [path for path in inside if path.name in (*_OWN, "lock", "port", "snapshots")]
        # A person's other files in the same place stay as they are, and so does the way to them.
        for path in ours if len(ours) < len(inside) else (*ours, self.root):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXU)

    def lock(self) -> int | None:
        """Hold the directory until this process ends. Returns an open file, or None while another process holds it."""
        file = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return None
        return file

    def is_held(self) -> bool:
        """Whether a supervisor runs on this directory."""
        if not (self.root / "lock").exists():
            return False
        file = self.lock()
        if file is None:
            return True
        os.close(file)
        return False

    def clear(self) -> None:
        """Remove what stacks left here; the port stays. What is not ours is never touched."""
        for name in _OWN:
            path = self.root / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def log(self, name: str) -> Path:
        """Where the output of a part, or of another step, goes."""
        return self.root / "logs" / f"{name}.log"

    def keys(self) -> Keys:
        """The directory's secrets, made at the first call. A key that an older directory does not have is added."""
        kept = self.read("keys.json")
        keys = {**_new_keys(), **kept}
        if keys != kept:
            self.write("keys.json", keys)
        return Keys(
            web_pubsub=keys["webPubSubKey"],
            sealing=keys["sealingKey"],
            token_hash=keys["tokenHashKey"],
        )

    def port(self) -> int | None:
        """The base port that the last stack here had."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.root / "port").read_text())
        return None

    def remember_port(self, port: int) -> None:
        """Keep the base port for the next run."""
        (self.root / "port").write_text(f"{port}\n")

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of this directory; {} where there is none, or nothing sensible in it."""
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((self.root / name).read_text())
            if isinstance(found, dict):
                return found
        return {}

    def write(self, name: str, value: Mapping[str, Any]) -> None:
        """Replace a JSON file, readable by the owner only. A reader sees the old file or the new one, never a part."""
        draft = self.root / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(value, file, indent=2)
            file.write("\n")
        draft.replace(self.root / name)

    def remove(self, name: str) -> None:
        """Remove a file of this directory, if it is there."""
        (self.root / name).unlink(missing_ok=True)


def _new_keys() -> dict[str, str]:
    return {
        "webPubSubKey": secrets.token_hex(32),
        "sealingKey": base64.b64encode(secrets.token_bytes(32)).decode(),
        "tokenHashKey": secrets.token_urlsafe(32),
    }
