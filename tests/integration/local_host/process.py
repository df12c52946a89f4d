"""A real host in a process of its own, serving a small app that a test has written."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from tests.started import PATIENCE, tied, until

ROOT = Path(__file__).resolve().parents[3]


def write_app(directory: Path, code: str, *, host: Mapping[str, Any] | None = None, settings: Any = None) -> Path:
    """A function app: function_app.py of `code`, host.json, and local.settings.json."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "function_app.py").write_text(textwrap.dedent(code))
    if host is not None:
        (directory / "host.json").write_text(json.dumps({"version": "2.0", **host}))
    if settings is not None:
        (directory / "local.settings.json").write_text(json.dumps(settings))
    return directory


class HostProcess:
    """`python -m local host`. What it prints goes to `output`; it can be ended and started again."""

    def __init__(self, app: Path, data_dir: Path, *options: str, env: Mapping[str, str] | None = None) -> None:
        self.app = app
        self.data_dir = data_dir
        self._options = options
        self._env = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        self._log = data_dir.parent / f"{data_dir.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.running:
            self.kill()

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def output(self) -> str:
        """Everything printed and logged since the first start."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def port(self) -> int:
        """The port it serves."""
        return httpx.URL(self.url).port or 0

    @property
    def pid(self) -> int:
        """The id of its process."""
        assert self._process is not None
        return self._process.pid

    def start(self, *, port: int = 0, **environment: str) -> None:
        """Start it, on a free port unless told, and wait until it serves. Raises AssertionError with the output.

        A failed start leaves no process behind.
        """
        begin = len(self.output)
        self.spawn(port=port, **environment)
        try:
            until(lambda: not self.running or self._ready_since(begin), lambda: self.output)
            assert self.running, f"the host did not start:\n{self.output}"
        except BaseException:
            self.kill()
            raise
        self.url = self._ready_since(begin)

    def _ready_since(self, begin: int) -> str:
        """Where it serves by what it printed; empty while it has not said so in a whole line."""
        for line in self.output[begin:].splitlines(keepends=True):
            if line.startswith("ready ") and line.endswith("\n"):
                return line.removeprefix("ready ").strip()
        return ""

    def spawn(self, *, port: int = 0, **environment: str) -> None:
        """Start it and do not wait."""
        command = [sys.executable, "-m", "local", "host", "--app", str(self.app), "--data-dir", str(self.data_dir)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                tied([*command, "--port", str(port), *self._options]),
                cwd=ROOT,
                env={**self._env, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def signal(self, number: int) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for its end; the exit code. Raises AssertionError with the output where it goes on and on."""
        assert self._process is not None
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"the host did not end:\n{self.output}") from None

    def stop(self) -> int:
        """End it in good order; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End it at once."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait_for_output(self, text: str, *, times: int = 1) -> None:
        """Wait until `text` was printed that often. Raises AssertionError with the output."""
        until(lambda: self.output.count(text) >= times, lambda: f"not {times} times {text!r} in:\n{self.output}")

    def wait_until_it_takes_nothing_new(self) -> None:
        """Wait until it accepts no more connections, as it does once it was told to end."""
        until(lambda: not _accepts(self.port))


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except ConnectionError:
        return False
    return True
