"""Who may talk to the console: programs on this machine, and its own pages, but no page from elsewhere.

A page on the web can make a browser call 127.0.0.1. With a name of its own that it points here (DNS rebinding) it could
even read the answers; so the Host header must be ours. Without, it could still send; so unsafe methods must come from
our own pages, or from no page at all.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OWN_NAMES = ("127.0.0.1", "localhost")
_SAFE_METHODS = ("GET", "HEAD")
_ALWAYS = {
    b"cache-control": b"no-cache",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
}


class Guard:
    """Middleware: refuses foreign hosts and origins, and adds the headers that every answer has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            await JSONResponse({"message": refusal}, 403)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((n, v) for n, v in _ALWAYS.items() if n not in given)]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "").lower()
        # Any port: the console may be looked at through a forwarded one.
        if host.partition(":")[0] not in _OWN_NAMES:
            return "The console answers only under 127.0.0.1 and localhost."
        if method not in _SAFE_METHODS and headers.get("origin", f"http://{host}") != f"http://{host}":
            return "Only the console's own pages may do this."
        return None
