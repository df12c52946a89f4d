"""The socket: uvicorn, with a way to cut a caller's line without an answer, and an end that waits for no caller."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local.standin import part
from local.standin.switches import PREFIX, Switches
from local.standin.way import LINE

MAX_BODY_BYTES = 64 * 1024
_KEEP_ALIVE_SECONDS = 75
_BACKLOG = 1024
_SHUTDOWN_SECONDS = 2


class _CuttableProtocol(HttpToolsProtocol):
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {LINE: {"abort": self.transport.abort}}


class CutLine(Response):
    """In the place of an answer: the caller's TCP line is cut."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut, and wait until uvicorn has noticed: before that, it would answer 500."""
        scope["extensions"][LINE]["abort"]()
        while (await receive())["type"] != "http.disconnect":
            pass


class Server(uvicorn.Server):
    """Serves an app on one socket until SIGTERM or SIGINT; then `stopping` is set, so that held calls let go."""

    def __init__(self, app: ASGIApp, stopping: asyncio.Event) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_CuttableProtocol,
                ws="none",
                log_level="warning",
                access_log=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
            )
        )
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the socket, and say so."""
        await super().startup(sockets)
        for listening in sockets or ():
            part.say_ready(listening)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle the signals here: uvicorn would let the signal kill the process after a clean end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        yield

    def _end(self) -> None:
        self._stopping.set()
        self.should_exit = True


def switch_route(switches: Switches) -> BaseRoute:
    """The route of a service's `/_local`."""

    async def endpoint(request: Request) -> Response:
        status, value = await switches.answer(request.method, request.path_params["name"], await read_body(request))
        return JSONResponse(value, status)

    return Route(PREFIX + "/{name}", endpoint, methods=["GET", "POST"], name="switches")


async def read_body(request: Request, most_bytes: int = MAX_BODY_BYTES) -> bytes:
    """A request's body, 64 KB at most where nothing else is said. Raises HTTPException 413."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise HTTPException(413, "The body is too large.")
    return body


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object of a request's body, {} where it is empty. Raises HTTPException 400 and 413."""
    return object_of(await read_body(request))


def object_of(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, {} where it is empty. Raises HTTPException 400."""
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise HTTPException(400, "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise HTTPException(400, "The body must be a JSON object.")
    return value


async def refused(_request: Request, error: Exception) -> Response:
    """An HTTPException as JSON: {"message"}."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"message": error.detail}, error.status_code, headers=error.headers)
