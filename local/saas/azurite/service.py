"""The way to Azurite, which has no fault switch of its own: each call is passed on as it came, or meets its fault.

Path, query and headers are signed, so nothing of them is changed. The account's path is here what it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import aiohttp
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send
from yarl import URL

from local.azurite.account import ACCOUNT
from local.standin.calls import after, before
from local.standin.faults import Faults
from local.standin.received import Received
from local.standin.server import CutLine, read_body
from local.standin.switches import Switches
from local.standin.way import FAULT_HEADER

CONNECT_SECONDS = 5.0
CALL_SECONDS = 300.0
MOST_BYTES = 16 * 1024 * 1024
"""Of one call's body. The product takes files of 10 MiB; whoever has larger ones calls Azurite itself."""

_OF_THE_LINE = frozenset({"connection", "keep-alive", "transfer-encoding", "expect", FAULT_HEADER})
_OF_THE_ANSWER = frozenset({"connection", "keep-alive", "transfer-encoding", "date"})
"""The date is written by whoever answers: here that is this process."""

_ADDED_BY_THE_CLIENT = ("accept", "accept-encoding", "content-type", "user-agent")
_COME_AGAIN = (429, 503)
_NONE: Mapping[str, str] = {}
_CODES = {403: "AuthorizationFailure", 404: "ResourceNotFound", 413: "RequestBodyTooLarge", 503: "ServerBusy"}


class Front:
    """Stands before the Azurite that answers at `base`. It keeps nothing. Where no Azurite answers, lines are cut."""

    def __init__(self, stopping: asyncio.Event, base: str) -> None:
        self._stopping = stopping
        self._base = base
        self._faults = Faults()
        self._received = Received()
        self._switches = Switches(self._faults, self._received)
        self._http: aiohttp.ClientSession | None = None

    @property
    def switches(self) -> Switches:
        """`/_local`."""
        return self._switches

    def routes(self) -> Sequence[BaseRoute]:
        """Every call of the account, by any method."""
        return [Route(f"/{ACCOUNT}{{path:path}}", self)]

    async def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            await self._http.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        request = Request(scope, receive)
        call = self._received.add(request.method, request.url.path, request.headers.items())
        response = await self._answer(request)
        call.answered = None if isinstance(response, CutLine) else response.status_code
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            body = await read_body(request, MOST_BYTES)
        except HTTPException as error:
            return _failure(error.status_code, error.detail)
        except ClientDisconnect:
            return CutLine()
        subject = f"{request.method} {request.url.path}"
        fault = self._faults.take(subject)

        def refuse(status: int, said: str) -> Response:
            if fault is not None and status in _COME_AGAIN:
                return _failure(status, said, {"retry-after": str(fault.retry_after)})
            return _failure(status, said)

        ended = await before(fault, self._faults, request, subject, stopping=self._stopping, refuse=refuse)
        return ended or after(fault, await self._passed_on(request, body))

    async def _passed_on(self, request: Request, body: bytes) -> Response:
        """Azurite's answer."""
        query = request.scope["query_string"].decode("latin-1")
        target = request.scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        headers = [(name, value) for name, value in request.headers.items() if name not in _OF_THE_LINE]
        try:
            async with self._client().request(
                request.method,
                URL(f"{self._base}{target}", encoded=True),
                headers=headers,
                data=body or None,
                allow_redirects=False,
            ) as answer:
                response = Response(await answer.read(), answer.status)
                response.raw_headers = [
                    (name.lower(), value)
                    for name, value in answer.raw_headers
                    if name.lower().decode("latin-1") not in _OF_THE_ANSWER
                ]
                return response
        except (aiohttp.ClientError, TimeoutError, OSError):
            return CutLine()

    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS),
                # Azurite ends kept connections when it likes, and then nobody knows what it did.
                connector=aiohttp.TCPConnector(limit=0, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_ADDED_BY_THE_CLIENT,
                auto_decompress=False,
            )
        return self._http


def _failure(status: int, said: str, headers: Mapping[str, str] = _NONE) -> Response:
    """An answer as the service words its failures."""
    code = _CODES.get(status, "InternalError")
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{said}</Message></Error>'
    return Response(body, status, {"x-ms-error-code": code, **headers}, media_type="application/xml")
