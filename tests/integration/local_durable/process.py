"""An engine in a process of its own, that a test can kill, and the SDK's client for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import azure.durable_functions as df

from local import mongod
from local.durable.binding import client_binding
from tests.integration.local_host.process import HostProcess
from tests.started import PATIENCE

APP = Path(__file__).parent / "app"
HUB = "TestHubName"


class EngineProcess:
    """The engine of one data directory; the port stays the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self._gates, self._notes = folder / "gates", folder / "notes"
        self._gates.mkdir()
        self._notes.touch()
        told = {"GATES": str(self._gates), "NOTES": str(self._notes)}
        self._host = HostProcess(APP, self.data_dir, "--role", "durable", env=told)
        self._port = mongod.free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.client = df.DurableOrchestrationClient(client_binding(self.url, HUB))

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._host.running

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._host.pid

    def start(self, **environment: str) -> None:
        """Start it, and wait until it serves."""
        self._host.start(port=self._port, **environment)

    def kill(self) -> None:
        """kill -9."""
        self._host.kill()

    async def restart(self, **environment: str) -> None:
        """kill -9, and start it again."""
        self.kill()
        # The SDK's session notices that its connections are gone.
        await asyncio.sleep(0.05)
        await asyncio.to_thread(self.start, **environment)

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return self._host.stop()

    def signal(self, number: int) -> None:
        """Send a signal."""
        self._host.signal(number)

    def wait(self) -> int:
        """Wait for its end; the exit code."""
        return self._host.wait()

    def wait_until_it_takes_nothing_new(self) -> None:
        """Wait until it accepts no more connections."""
        self._host.wait_until_it_takes_nothing_new()

    def open_gate(self, name: str) -> None:
        """Let the activities go on that wait for it."""
        (self._gates / name).touch()

    def close_gate(self, name: str) -> None:
        """Let activities that come to it from now on wait."""
        (self._gates / name).unlink()

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
