"""An engine in a process of its own, that a test can kill, and the SDK's client for it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import azure.durable_functions as df

from local.durable.binding import client_binding
from tests.ports import free_port

APP = Path(__file__).parent / "app"
ROOT = Path(__file__).parents[3]
HUB = "TestHubName"
PATIENCE = 20.0


class EngineProcess:
    """The engine of one data directory; the port stays the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self._gates, self._notes = folder / "gates", folder / "notes"
        self._gates.mkdir()
        self._notes.touch()
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._port = port
        self.client = df.DurableOrchestrationClient(client_binding(self.url, HUB))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, preexec: Callable[[], None] | None = None, **environment: str) -> None:
        """Start it, and wait until it serves."""
        command = [sys.executable, "-m", "local", "host", "--role", "durable", "--app", str(APP)]
        self.process = subprocess.Popen(
            [*command, "--data-dir", str(self.data_dir), "--port", str(self._port)],
            cwd=ROOT,
            env={**os.environ, "GATES": str(self._gates), "NOTES": str(self._notes), **environment},
            stdout=subprocess.PIPE,
            preexec_fn=preexec,  # noqa: PLW1509 - no other thread runs here
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith(b"ready")

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()

    async def restart(self, **environment: str) -> None:
        """kill -9, and start it again."""
        self.kill()
        # The SDK's session notices that its connections are gone.
        await asyncio.sleep(0.05)
        await asyncio.to_thread(self.start, **environment)

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self.process is not None
        self.process.terminate()
        self.process.communicate(timeout=15)
        return self.process.returncode

    def open_gate(self, name: str) -> None:
        """Let the activities go on that wait for it."""
        (self._gates / name).touch()

    def notes(self, text: str) -> int:
        """How often activities noted `text`."""
        return self._notes.read_text().splitlines().count(text)

    async def noted(self, text: str) -> None:
        """Wait until an activity notes `text`."""
        await eventually(lambda: self.notes(text) > 0, text)

    async def status(self, id_: str) -> dict[str, Any]:
        """The status of an instance, read by the SDK: name, runtimeStatus (a plain string), output, customStatus ..."""
        status = await self.client.get_status(id_, show_input=True)
        assert status, f"there is no instance {id_}"
        result: dict[str, Any] = status.to_json()
        return result

    async def alive(self, id_: str) -> bool:
        """Whether an instance goes on."""
        return (await self.status(id_))["runtimeStatus"] in {"Pending", "Running"}

    async def ended(self, id_: str) -> dict[str, Any]:
        """Wait until an instance has ended; its status."""
        until = time.monotonic() + PATIENCE
        while True:
            status = await self.status(id_)
            if status["runtimeStatus"] not in {"Pending", "Running"}:
                return status
            assert time.monotonic() < until, f"still not ended: {status}"
            await asyncio.sleep(0.01)

    async def completed(self, id_: str) -> Any:
        """Wait until an instance has ended well; its output."""
        status = await self.ended(id_)
        assert status["runtimeStatus"] == "Completed", status
        return status["output"]

    async def failed(self, id_: str) -> str:
        """Wait until an instance has failed; why."""
        status = await self.ended(id_)
        assert status["runtimeStatus"] == "Failed", status
        reason: str = status["output"]
        return reason


async def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until `holds`."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, f"never: {what}"
        await asyncio.sleep(0.005)
