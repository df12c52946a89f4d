"""A line to MongoDB that can hold back answers: a server that has read, and whose answer is late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pymongo.uri_parser import parse_uri


@dataclass(eq=False)
class _Connection:
    """One connection; `go` is set while its answers pass."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    waits: bool = False

    def __post_init__(self) -> None:
        self.go.set()


@dataclass
class SlowLine:
    """Passes bytes on, both ways. `uri` is the line's own connection string."""

    uri: str = ""
    _to_hold: int = 0
    _held: list[_Connection] = field(default_factory=list)

    def hold(self, requests: int) -> None:
        """Hold the answers to the next so many requests, each on a connection of its own. Others are quick."""
        self._to_hold = requests

    def release(self) -> None:
        """Let all answers through."""
        self._to_hold = 0
        while self._held:
            self._held.pop().go.set()

    async def holds(self, answers: int) -> None:
        """Wait until so many answers lie here: the server has done what was asked."""
        async with asyncio.timeout(60):
            while sum(each.waits for each in self._held) < answers:
                await asyncio.sleep(0.01)

    async def connected(self, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it hangs up."""
        connection = _Connection()
        from_server, to_server = await asyncio.open_connection(host, port)
        answers = asyncio.create_task(self._answers(connection, from_server, writer))
        try:
            while data := await reader.read(65536):
                if self._to_hold and b"hello" not in data:
                    self._to_hold -= 1
                    connection.go.clear()
                    self._held.append(connection)
                to_server.write(data)
        except OSError:
            pass
        finally:
            to_server.close()
            answers.cancel()

    async def _answers(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while data := await reader.read(65536):
                connection.waits = True
                await connection.go.wait()
                connection.waits = False
                writer.write(data)
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def slow_line(mongo_uri: str) -> AsyncIterator[SlowLine]:
    """A line to the first server of this connection string."""
    host, port = parse_uri(mongo_uri)["nodelist"][0]
    line = SlowLine()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await line.connected(host, port, reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    line.uri = f"mongodb://127.0.0.1:{server.sockets[0].getsockname()[1]}/?directConnection=true"
    try:
        yield line
    finally:
        line.release()
        server.close()
