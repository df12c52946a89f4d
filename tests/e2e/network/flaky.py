"""A network between screens and the stack that goes bad when a test says so: slow, cut, or half open.

It is a SOCKS5 proxy, so that a browser's pages, calls and websockets pass through it under their own addresses: no
page, policy or setting knows of it. Both ends are real TCP, and what happens to one end is what the other sees.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["up", "down"]
"""`up`: from the screen to the stack; `down`: back."""

BOTH: tuple[Way, Way] = ("up", "down")

_PIECE = 16 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_GRANTED = b"\x05\x00\x00\x01" + bytes(6)


@dataclass(frozen=True)
class Line:
    """How one way is. `delay`: s that each piece waits; `rate`: bytes a second, None for no limit; `swallows`: whatever
    is sent is taken and never arrives."""

    delay: float = 0.0
    rate: float | None = None
    swallows: bool = False


_GOOD = Line()


@dataclass(eq=False)
class _Connection:
    """One connection of a screen's: both ends, and the ways on which something was lost."""

    screen: asyncio.StreamWriter
    stack: asyncio.StreamWriter | None = None
    broken: set[Way] = field(default_factory=set)

    def reset(self) -> None:
        """End it at both ends without a goodbye."""
        for end in (self.screen, self.stack):
            if end is not None:
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                end.transport.abort()


class FlakyNetwork:
    """One network. `url` is what a browser calls its proxy; `swallowed`: how many bytes were lost on it."""

    def __init__(self) -> None:
        self.url = ""
        self.swallowed = 0
        self._lines: dict[Way, Line] = dict.fromkeys(BOTH, _GOOD)
        self._is_cut = False
        self._connections: set[_Connection] = set()

    def heal(self) -> None:
        """Everything passes again. A connection on which something was lost stays silent for ever, as behind a router
        that has forgotten it: only a new one helps."""
        self._is_cut = False
        self._lines = dict.fromkeys(BOTH, _GOOD)

    def cut(self) -> None:
        """Reset every connection, and each new one."""
        self._is_cut = True
        for connection in self._connections:
            connection.reset()

    def slow(self, *, delay: float, rate: float | None = None, ways: tuple[Way, ...] = BOTH) -> None:
        """Everything arrives, late."""
        self._change(Line(delay=delay, rate=rate), ways)

    def half_open(self, *ways: Way) -> None:
        """Connections stay open, and new ones are taken, but nothing arrives on these ways (no way named: on both)."""
        self._change(Line(swallows=True), ways or BOTH)

    def _change(self, line: Line, ways: tuple[Way, ...]) -> None:
        self.heal()
        self._lines.update(dict.fromkeys(ways, line))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until both its ends are closed."""
        connection = _Connection(writer)
        self._connections.add(connection)
        try:
            if self._is_cut:
                connection.reset()
                return
            from_stack, connection.stack = await asyncio.open_connection(*await _asked_for(reader, writer))
            await asyncio.gather(
                self._pass_on(connection, "up", reader, connection.stack),
                self._pass_on(connection, "down", from_stack, writer),
            )
        except (OSError, asyncio.IncompleteReadError):
            connection.reset()
        finally:
            self._connections.discard(connection)
            for end in (connection.screen, connection.stack):
                if end is not None:
                    end.close()

    async def _pass_on(
        self, connection: _Connection, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while piece := await reader.read(_PIECE):
            line = self._lines[way]
            if line.swallows:
                connection.broken.add(way)
            if way in connection.broken:
                self.swallowed += len(piece)
                continue
            await asyncio.sleep(line.delay + (len(piece) / line.rate if line.rate else 0.0))
            writer.write(piece)
            await writer.drain()
        # A goodbye is lost like anything else.
        if not self._lines[way].swallows and way not in connection.broken:
            writer.close()


async def _asked_for(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """Where a connection is to lead, by SOCKS5 (RFC 1928): without a password, to an IPv4 address or a name."""
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    _, _, _, kind = await reader.readexactly(4)
    if kind == 1:
        host = socket.inet_ntoa(await reader.readexactly(4))
    else:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    writer.write(_GRANTED)
    return host, port


@asynccontextmanager
async def flaky_network() -> AsyncIterator[FlakyNetwork]:
    """A network that is good until it is told otherwise."""
    network = FlakyNetwork()
    server = await asyncio.start_server(network.serve, "127.0.0.1", 0)
    network.url = f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield network
    finally:
        server.close()
        network.cut()
