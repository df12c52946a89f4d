"""The host under test: the comparison's function app in a process of its own, and what the driver asks of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from tests.durable.placeholders import ROOT, Placeholders
from tests.durable.recording import Answer, Request
from tests.integration.local_host.process import HostProcess

APP = Path(__file__).parent / "app"
HUB = "ComparisonHub"
FINAL = frozenset({"Completed", "Failed", "Terminated"})
DEADLINE_SECONDS = 60.0
"""So long a state is waited for that must come."""
_KEPT = ("location", "retry-after", "content-type", "x-ms-continuation-token")
_FIRST_LOOK, _LAST_LOOK = 0.005, 0.2


class Host:
    """One host with a hub of its own."""

    def __init__(self, process: HostProcess, gates: Path) -> None:
        """A host whose process was started."""
        self._process = process
        self._session = _session()
        self._gates = gates
        self.placeholders = Placeholders(process.url, HUB)
        self.done: dict[object, asyncio.Future[None]] = {}

    async def restart(self) -> None:
        """kill -9, and start it again."""
        port = self._process.port
        await self._session.close()
        self._process.kill()
        await asyncio.to_thread(self._process.start, port=port)
        self._session = _session()

    async def close(self) -> None:
        """Ask it nothing any more, and end it."""
        await self._session.close()
        self._process.kill()

    async def send(self, request: Request) -> Answer:
        """Send a request as it is, and read the whole answer."""
        headers = dict(request.headers)
        body = None if request.body is None else request.body.encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        url = URL(f"{self._process.url}{ROOT}{request.path}", encoded=True)
        told = {name: value for name, value in headers.items() if value}
        async with self._session.request(request.method, url, data=body, headers=told, allow_redirects=False) as answer:
            text = await answer.text()
            kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
            return Answer(answer.status, kept, _value(text))

    async def ask(self, method: str, path: str, body: str | None = None) -> Answer:
        """Send a request of the driver's own. Raises AssertionError where it is refused."""
        answer = await self.send(Request(method, path, body))
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body}"
        return answer

    async def status(self, id_: str, query: str = "") -> Mapping[str, Any]:
        """The status of an instance; empty where there is none."""
        answer = await self.send(Request("GET", f"/instances/{quote(id_, safe='')}{query}"))
        return answer.body if isinstance(answer.body, dict) else {}

    async def states(self) -> dict[str, str]:
        """The states of all instances, by id."""
        rows = (await self.ask("GET", "/instances")).body
        return {row["instanceId"]: row["runtimeStatus"] for row in rows}

    async def reaches(self, id_: str, states: Iterable[str]) -> None:
        """Wait for one of the states. Raises AssertionError with the last status."""
        wanted = frozenset(states)
        async for _ in looks(DEADLINE_SECONDS):
            status = await self.status(id_)
            if status.get("runtimeStatus") in wanted:
                return
        raise AssertionError(f"{id_} does not become {' or '.join(sorted(wanted))}: {status}")

    async def shows(self, id_: str, event: str, number: int) -> None:
        """Wait until a history has so many events of a kind. Raises AssertionError with the last status."""
        async for _ in looks(DEADLINE_SECONDS):
            status = await self.status(id_, "?showHistory=true")
            kinds = [shown["EventType"] for shown in status.get("historyEvents", ())]
            if kinds.count(event) >= number:
                return
        raise AssertionError(f"{id_} does not show {number} {event}: {status}")

    def open_gate(self, name: str) -> None:
        """Let the activity end that waits for it."""
        (self._gates / name).touch()


async def looks(seconds: float) -> AsyncIterator[None]:
    """Moments to look for a state: at first often, then less so, until the time is over."""
    deadline = time.monotonic() + seconds
    pause = _FIRST_LOOK
    while True:
        yield
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LAST_LOOK)


def _value(text: str) -> Any:
    try:
        return json.loads(text) if text else ""
    except ValueError:
        return text


def _session() -> aiohttp.ClientSession:
    # Without types of its own choice: what a request does not say is not said.
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=DEADLINE_SECONDS),
        skip_auto_headers=("Content-Type", "Accept"),
    )


@asynccontextmanager
async def serving(folder: Path, **environment: str) -> AsyncIterator[Host]:
    """A running host, ended at the end."""
    gates = folder / "gates"
    gates.mkdir(parents=True)
    process = HostProcess(APP, folder / "data", env={"GATES": str(gates), **environment})
    await asyncio.to_thread(process.start)
    host = Host(process, gates)
    try:
        yield host
    finally:
        await host.close()
