"""The HTTP side of the host, as an ASGI application: from a request to the function that answers it, and back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from local.host.app import HttpFunction
from local.host.cors import Cors
from local.host.invocation import Invoker
from local.host.messages import Reply, make_reply, make_request, read_headers, read_query, url_path
from local.host.routes import BadPathError, Match, RouteTable, decode_path
from local.host.throttle import Throttle

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_GRACE_SECONDS = 5.0
BODY_BYTES_PER_SECOND = 240
"""A body that comes more slowly than this, after the grace, is given up: the default of Azure's host (Kestrel's minimum
data rate). Who sends half a body would hold a place for ever else. No function sees a body before it is whole."""

_ROUTES_REMEMBERED = 4096
_HEAD = 6  # so many bytes of a path tell that it cannot be mounted
_log = logging.getLogger("host")


class BodyTooLargeError(Exception):
    """A request's body is larger than the limit."""


class CallerGoneError(Exception):
    """The caller hung up before its body was there. No function sees half a body."""


class Front:
    """Serves HTTP functions. `mounts` are applications for the paths below a prefix; they go before every function."""

    def __init__(
        self,
        functions: tuple[HttpFunction, ...],
        *,
        prefix: str,
        invoker: Invoker,
        cors: Cors,
        throttle: Throttle,
        mounts: Mapping[bytes, AsgiApp],
        body_limit: int,
    ) -> None:
        """`prefix`: host.json's routePrefix. Mount prefixes: a slash, then at least five bytes in lower case."""
        table = RouteTable(functions, prefix)
        self._invoker = invoker
        self._cors = cors
        self._throttle = throttle
        self._mounts = tuple(mounts.items())
        self._mounted_heads = frozenset(prefix[:_HEAD] for prefix in mounts)
        self._body_limit = body_limit

        @lru_cache(_ROUTES_REMEMBERED)
        def find(method: str, raw_path: bytes) -> tuple[Match | None, str]:
            path = decode_path(raw_path)
            return table.match(method, path), url_path(path)

        self._find = find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything but HTTP is refused."""
        if scope["type"] != "http":
            raise NotImplementedError(f"the local host does not serve {scope['type']}")
        raw_path: bytes = scope["raw_path"]
        if raw_path[:_HEAD].lower() in self._mounted_heads:
            mounted = self._mounted(raw_path.lower())
            if mounted is not None:
                await mounted(scope, receive, send)
                return
        headers = read_headers(scope["headers"])
        reply = self._cors.preflight(scope["method"], headers) if self._cors.enabled else None
        if reply is None:
            reply = await self._answer(scope, headers, receive)
            if self._cors.enabled and "origin" in headers:
                self._cors.allow(headers["origin"], reply.headers)
        await send_reply(send, reply)

    def _mounted(self, path: bytes) -> AsgiApp | None:
        return next((app for prefix, app in self._mounts if path == prefix or path.startswith(prefix + b"/")), None)

    async def _answer(self, scope: Scope, headers: dict[str, str], receive: Receive) -> Reply:
        method: str = scope["method"]
        try:
            match, path = self._find(method, scope["raw_path"])
        except BadPathError:
            return Reply(400, {}, b"")
        if match is None:
            return Reply(404, {}, b"")
        if not self._throttle.enabled:
            return await self._invoke(match, path, scope, headers, receive)
        if not await self._throttle.enter():
            return Reply(429, {}, b"")
        try:
            return await self._invoke(match, path, scope, headers, receive)
        finally:
            self._throttle.leave()

    async def _invoke(self, match: Match, path: str, scope: Scope, headers: dict[str, str], receive: Receive) -> Reply:
        try:
            body = await self._read_body(headers, receive)
        except BodyTooLargeError:
            return Reply(413, {"connection": "close"}, b"")
        except CallerGoneError:
            return Reply(400, {"connection": "close"}, b"")
        except TimeoutError:
            return Reply(408, {"connection": "close"}, b"")
        query = scope["query_string"].decode("latin-1")
        url = f"http://{headers.get('host', '')}{path}"
        request = make_request(
            scope["method"],
            f"{url}?{query}" if query else url,
            headers=headers,
            query=read_query(query) if query else {},
            route_parameters=match.parameters,
            body=body,
        )
        function = match.function
        invocation = self._invoker.invocation(function, headers)
        started = time.perf_counter()
        try:
            result = await self._invoker.run(function, request, invocation)
            if not function.has_return and result is not None:
                raise TypeError(f"'{function.name}' has no $return binding, but returned a value")
            return make_reply(result)
        except Exception:
            milliseconds = (time.perf_counter() - started) * 1000
            _log.exception("function '%s' failed after %.0f ms", function.name, milliseconds)
            return Reply(500, {}, b"")

    async def _read_body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        length = headers.get("content-length")
        if length is None and "transfer-encoding" not in headers:
            return b""
        if length is not None and int(length) > self._body_limit:
            raise BodyTooLargeError
        parts: list[bytes] = []
        received = 0
        begun = asyncio.get_running_loop().time()
        async with asyncio.timeout_at(begun + BODY_GRACE_SECONDS) as limit:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise CallerGoneError
                part: bytes = message["body"]
                received += len(part)
                if received > self._body_limit:
                    raise BodyTooLargeError
                if not message["more_body"]:
                    return b"".join((*parts, part)) if parts else part
                parts.append(part)
                limit.reschedule(begun + BODY_GRACE_SECONDS + received / BODY_BYTES_PER_SECOND)


async def send_reply(send: Send, reply: Reply) -> None:
    """Send an answer in whole."""
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.to_asgi()})
    await send({"type": "http.response.body", "body": reply.body})
