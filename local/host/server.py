"""Serving an ASGI application on a socket until a signal comes, and ending in good order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Generator
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local.host.front import AsgiApp
from local.standin.way import LINE

BACKLOG = 2048
GRACE_SECONDS = 7
"""How long invocations may go on after the signal. Together with the engine's own stop it is less than ten seconds."""
_KEEP_ALIVE_SECONDS = 120
_PARTS = 16


class _Together:
    """A transport that sends an answer in the loop's next turn.

    So its head and body go out with one system call. The answers of one turn go out one after the other, so that a
    caller on this machine that waits for several is woken once.
    """

    __slots__ = ("_loop", "_parts", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._send)
        self._parts.append(data)
        if len(self._parts) == _PARTS:
            self._send()

    def _send(self) -> None:
        parts, self._parts = self._parts, []
        # The caller may have hung up since.
        if parts and not self.is_closing():
            self._transport.writelines(parts)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Protocol(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base has it
        super().connection_made(cast(asyncio.Transport, _Together(transport, self.loop)))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {LINE: {"abort": self.transport.abort}}


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        # uvicorn would raise the signal again at its end. The process would die of it, and not exit with 0.
        yield


@contextlib.asynccontextmanager
async def serving(app: AsgiApp, listener: socket.socket) -> AsyncIterator[asyncio.Event]:
    """Serve `app` within the block; the event it gives is set by SIGTERM or SIGINT.

    On leaving, no new connection is accepted, and what runs may finish (GRACE_SECONDS) unless a second signal comes.
    """
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    stop = asyncio.Event()

    def on_signal() -> None:
        server.force_exit = stop.is_set()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    serve = asyncio.create_task(server.serve(sockets=[listener]))
    listening = asyncio.create_task(server.listening.wait())
    try:
        await asyncio.wait((serve, listening), return_when=asyncio.FIRST_COMPLETED)
        yield stop
    finally:
        listening.cancel()
        server.should_exit = True
        await serve
