"""A line to a service on which calls are refused, held, or cut, before or after the service did its work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import aiohttp
from aiohttp import web
from yarl import URL

Mode = Literal["open", "error", "stall", "drop_before", "drop_after"]


@dataclass
class CutLine:
    """`calls`: the method and path of each call that came. `match`: the mode holds for calls whose path has it."""

    target: int
    port: int = 0
    mode: Mode = "open"
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    match: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    _let_go: asyncio.Event = field(default_factory=asyncio.Event)

    @staticmethod
    @contextlib.asynccontextmanager
    async def to(target: int) -> AsyncIterator[CutLine]:
        """A line to a port of this machine."""
        line = CutLine(target)
        async with aiohttp.ClientSession(auto_decompress=False) as http:

            async def handle(request: web.Request) -> web.StreamResponse:
                return await line._answer(request, http)

            app = web.Application(client_max_size=64 * 1024 * 1024)
            app.router.add_route("*", "/{path:.*}", handle)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            line.port = runner.addresses[0][1]
            yield line
            line._let_go.set()
            await runner.cleanup()

    async def _answer(self, request: web.Request, http: aiohttp.ClientSession) -> web.StreamResponse:
        body = await request.read()
        self.calls.append((request.method, request.path))
        mode = self.mode if self.match in request.path else "open"
        if mode == "error":
            return web.Response(status=self.status, headers=dict(self.headers))
        if mode == "stall":
            await self._let_go.wait()
        if mode in ("stall", "drop_before"):
            return _cut(request)
        url = URL(f"http://127.0.0.1:{self.target}{request.raw_path}", encoded=True)
        # Nothing is added: the headers are signed.
        none = ("content-type", "accept", "accept-encoding", "user-agent")
        async with http.request(
            request.method, url, headers=request.headers, data=body, skip_auto_headers=none
        ) as answer:
            content = await answer.read()
            if mode == "drop_after":
                return _cut(request)
            # To a HEAD it is the length of what is not sent.
            ours = _OF_THE_LINE if request.method == "HEAD" else (*_OF_THE_LINE, "content-length")
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in ours}
            return web.Response(status=answer.status, headers=kept, body=content)


_OF_THE_LINE = ("connection", "keep-alive", "transfer-encoding", "date")


def _cut(request: web.Request) -> web.Response:
    # The caller may have hung up by itself.
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
