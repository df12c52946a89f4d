"""A gateway over real HTTP that answers what a test scripts, byte by byte where that matters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Heard:
    """A request, as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """Its transactionData."""
        return json.loads(self.body)["transactionData"]


@dataclass
class ScriptedGateway:
    """Answers every request by the script that `choose` gives it, and closes the line; `heard` are the requests."""

    choose: Callable[[Heard], Script]
    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            method, target, _ = first.split(" ")
            self.heard.append(Heard(method, target, headers, body))
            await self.choose(self.heard[-1])(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            writer.close()


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[ScriptedGateway]:
    """A gateway that follows `script`, on a free port."""
    async with serving_each(lambda _: script) as gateway:
        yield gateway


@asynccontextmanager
async def serving_each(choose: Callable[[Heard], Script]) -> AsyncIterator[ScriptedGateway]:
    """A gateway that follows for each request the script that `choose` gives it, on a free port."""
    gateway = ScriptedGateway(choose)
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
    gateway.port = server.sockets[0].getsockname()[1]
    try:
        yield gateway
    finally:
        server.close()
        waiting = list(gateway.tasks)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting)


def answers(status: int, body: object, **headers: str) -> Script:
    """A whole answer; `body` is JSON, or bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def script(writer: asyncio.StreamWriter) -> None:
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status} Word\r\ncontent-type: application/json\r\ncontent-length: {len(raw)}\r\n{more}\r\n"
        writer.write(head.encode() + raw)
        await writer.drain()

    return script


def bytes_only(raw: bytes) -> Script:
    """Whatever bytes, then the end of the line."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return script


def drips(seconds: float) -> Script:
    """A byte of an endless answer every `seconds`."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n{")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(seconds)

    return script


def floods() -> Script:
    """An answer without an end, as fast as it goes."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            await writer.drain()

    return script
