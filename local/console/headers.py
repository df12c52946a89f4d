"""The headers that every answer of the console has."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.pages import HEADERS

_ALWAYS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class SafeHeaders:
    """Middleware: adds the headers that an answer does not have yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, and add to its answer."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((n, v) for n, v in _ALWAYS if n not in given)]
            await send(message)

        await self._app(scope, receive, with_headers)
