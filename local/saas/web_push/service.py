"""A push service as RFC 8030 has it: `POST /to/{browser}`; who subscribes there is made by a switch."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from local.saas.web_push import reading
from local.saas.web_push.books import Books
from local.standin.faults import Ended, FaultMode, Faults, meet
from local.standin.journal import Journal
from local.standin.received import Received
from local.standin.server import CutLine, read_body
from local.standin.switches import Switches

MAX_PUSH_BYTES = 4096
_RETRY_AFTER = "7"
_KEPT_HEADERS = ("ttl", "urgency", "topic", "content-encoding")


class PushService:
    """The stand-in on its journal."""

    def __init__(self, journal: Journal, stopping: asyncio.Event, *, public_key: str) -> None:
        """`public_key`: whose pushes are taken. Read what earlier runs did. Raises JournalError."""
        self._journal = journal
        self._books = Books(journal)
        self._stopping = stopping
        self._public_key = public_key
        self._faults = Faults()
        self._received = Received()
        self._switches = Switches(
            self._faults,
            self._received,
            shows={"pushes": self._listed},
            does={"subscribe": self._subscribe, "unsubscribe": self._unsubscribe},
        )

    @property
    def switches(self) -> Switches:
        """`/_local`, with the pushes, and with browsers that subscribe and leave."""
        return self._switches

    def routes(self) -> Sequence[BaseRoute]:
        """Where pushes come in, and an address that leads elsewhere."""
        return [
            Route("/to/{browser}", self._push, methods=["POST"]),
            Route("/elsewhere/{browser}", self._elsewhere, methods=["POST"]),
        ]

    async def close(self) -> None:
        """Write what is not on the disk yet, and close the journal."""
        self._journal.close()

    async def _push(self, request: Request) -> Response:
        call = self._received.add("POST", request.url.path, request.headers.items())
        sealed = await read_body(request)
        response = await self._answer(request, sealed)
        call.answered = None if isinstance(response, CutLine) else response.status_code
        return response

    async def _elsewhere(self, request: Request) -> Response:
        """A push service that sends its callers on."""
        self._received.add("POST", request.url.path, request.headers.items()).answered = 307
        return RedirectResponse(f"../to/{request.path_params['browser']}", 307)

    async def _answer(self, request: Request, sealed: bytes) -> Response:
        subject = f"POST {request.url.path}"
        fault = self._faults.take(subject)
        with self._faults.letting_go(subject) as let_go:
            ended = await meet(fault, self._stopping, request.is_disconnected, let_go)
        if ended is Ended.FAILED and fault is not None:
            headers = {"retry-after": _RETRY_AFTER} if fault.status in (429, 503) else {}
            return JSONResponse({"message": "told to"}, fault.status, headers)
        if ended is not None:
            return CutLine()
        refusal = await self._taken(request, sealed)
        if refusal is not None:
            return JSONResponse({"message": refusal[1]}, refusal[0])
        if fault is not None and fault.mode is FaultMode.DROP_AFTER:
            return CutLine()
        return Response(status_code=201, headers={"location": f"/message/{secrets.token_hex(8)}"})

    async def _taken(self, request: Request, sealed: bytes) -> tuple[int, str] | None:
        """Why a push is not taken; None for one that is kept by now."""
        origin = f"{request.url.scheme}://{request.url.netloc}"
        if not reading.is_signed(request.headers.get("authorization", ""), self._public_key, origin):
            return 403, "the authorization is none of the subscription's application server"
        if not request.headers.get("ttl", "").isdecimal():
            return 400, "TTL is missing"
        if len(sealed) > MAX_PUSH_BYTES:
            return 413, "too large"
        return await self._read(request.path_params["browser"], sealed, request.headers)

    async def _read(self, browser_id: str, sealed: bytes, headers: Mapping[str, str]) -> tuple[int, str] | None:
        browser = self._books.browser(browser_id)
        if browser is None:
            return 404, "no such subscription"
        if browser["gone"]:
            return 410, "the subscription is gone"
        try:
            shown = reading.read(sealed, browser)
        except ValueError as error:
            return 400, str(error)
        kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
        self._books.keep(browser_id, time.time(), shown, kept)
        await self._books.written()
        return None

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
