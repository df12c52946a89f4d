"""A push service as RFC 8030 has it: `POST /to/{browser}`; who subscribes there is made by a switch."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from local.saas.web_push import reading
from local.saas.web_push.books import Books
from local.standin.calls import Calls, Read
from local.standin.journal import Journal
from local.standin.switches import Switches

MAX_PUSH_BYTES = 4096
_RETRY_AFTER = "7"
_KEPT_HEADERS = ("ttl", "urgency", "topic", "content-encoding")


class PushService:
    """The stand-in on its journal."""

    def __init__(self, journal: Journal, stopping: asyncio.Event, *, public_key: str) -> None:
        """`public_key`: whose pushes are taken. Read what earlier runs did. Raises JournalError."""
        self._books = Books(journal)
        self._public_key = public_key
        self._calls = Calls(
            stopping,
            _no,
            shows={"pushes": self._listed},
            does={"subscribe": self._subscribe, "unsubscribe": self._unsubscribe},
        )

    @property
    def switches(self) -> Switches:
        """`/_local`, with the pushes, and with browsers that subscribe and leave."""
        return self._calls.switches

    def routes(self) -> Sequence[BaseRoute]:
        """Where pushes come in, and an address that leads elsewhere."""
        return [
            self._calls.route("/to/{browser}", lambda _request, sealed: Read(sealed), self._push),
            Route("/elsewhere/{browser}", self._elsewhere, methods=["POST"]),
        ]

    async def close(self) -> None:
        """Write what is not on the disk yet, and close the journal."""
        self._books.close()

    async def _elsewhere(self, request: Request) -> Response:
        """A push service that sends its callers on."""
        self._calls.received.add("POST", request.url.path, request.headers.items()).answered = 307
        return RedirectResponse(f"../to/{request.path_params['browser']}", 307)

    async def _push(self, request: Request, sealed: bytes) -> Response:
        browser_id = request.path_params["browser"]
        shown = self._read(request, sealed, self._books.browser(browser_id))
        kept = {name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers}
        self._books.keep(browser_id, time.time(), shown, kept)
        await self._books.written()
        return Response(status_code=201, headers={"location": f"/message/{secrets.token_hex(8)}"})

    def _read(self, request: Request, sealed: bytes, browser: Mapping[str, Any] | None) -> Any:
        """What the browser reads in a push. Raises HTTPException for one that is not taken."""
        origin = f"{request.url.scheme}://{request.url.netloc}"
        if not reading.is_signed(request.headers.get("authorization", ""), self._public_key, origin):
            raise HTTPException(403, "the authorization is none of the subscription's application server")
        if not request.headers.get("ttl", "").isdecimal():
            raise HTTPException(400, "TTL is missing")
        if len(sealed) > MAX_PUSH_BYTES:
            raise HTTPException(413, "too large")
        if browser is None:
            raise HTTPException(404, "no such subscription")
        if browser["gone"]:
            raise HTTPException(410, "the subscription is gone")
        try:
            return reading.read(sealed, browser)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None

    async def _listed(self) -> list[dict[str, Any]]:
        """The newest 500 pushes, oldest first."""
        return self._books.listed()

    async def _subscribe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{}: a browser subscribes; its subscription as `PushSubscription.toJSON()` has it, but for where it lies:
        `path`, below this service's own address."""
        if body:
            raise ValueError("there is nothing to give")
        browser_id, keys = secrets.token_hex(8), reading.new_keys()
        self._books.subscribe(browser_id, keys)
        await self._books.written()
        told = {"p256dh": keys["p256dh"], "auth": keys["auth"]}
        return {"id": browser_id, "path": f"/to/{browser_id}", "keys": told}

    async def _unsubscribe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"id"}: a browser is gone: its pushes are answered 410."""
        if self._books.browser(str(body.get("id", ""))) is None:
            raise ValueError("there is no such browser")
        self._books.unsubscribe(str(body["id"]))
        await self._books.written()
        return {}


def _no(status: int, message: str) -> Response:
    headers = {"retry-after": _RETRY_AFTER} if status in (429, 503) else {}
    return JSONResponse({"message": message}, status, headers)
