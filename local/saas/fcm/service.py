"""FCM's API as far as it is used: the token endpoint of service accounts, and `messages:send`."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.saas.fcm.access import LIFETIME_SECONDS, Access
from local.saas.fcm.books import Books
from local.saas.fcm.errors import TOLD, Fault, fault_of
from local.standin.faults import Ended, FaultMode, Faults, meet
from local.standin.journal import Journal
from local.standin.received import Received
from local.standin.server import CutLine, read_body, read_object
from local.standin.switches import Switches

_RETRY_AFTER = "7"


class Fcm:
    """The stand-in on its journal."""

    def __init__(self, journal: Journal, stopping: asyncio.Event, *, project: str, account: tuple[str, str]) -> None:
        """`account`: the service account's address and key. Read what earlier runs did. Raises JournalError."""
        self._journal = journal
        self._books = Books(journal)
        self._stopping = stopping
        self._project = project
        self._access = Access(*account)
        self._faults = Faults()
        self._received = Received()
        self._switches = Switches(
            self._faults, self._received, shows={"pushes": self._listed}, does={"token": self._tell}
        )

    @property
    def switches(self) -> Switches:
        """`/_local`, with the pushes, and with tokens that are told to be dead."""
        return self._switches

    def routes(self) -> Sequence[BaseRoute]:
        """The two calls that the SDK makes."""
        return [
            Route("/token", self._token, methods=["POST"]),
            Route("/v1/projects/{project}/messages:send", self._send, methods=["POST"]),
        ]

    async def close(self) -> None:
        """Write what is not on the disk yet, and close the journal."""
        self._journal.close()

    async def _token(self, request: Request) -> Response:
        call = self._received.add("POST", request.url.path, request.headers.items())
        form = dict(parse_qsl((await read_body(request)).decode(errors="replace")))
        response, mode = await self._met(request, f"POST {request.url.path}", None)
        if response is None:
            token = self._access.grant(form.get("grant_type", ""), form.get("assertion", ""))
            response = (
                JSONResponse({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
                if token is None
                else JSONResponse({"access_token": token, "expires_in": LIFETIME_SECONDS, "token_type": "Bearer"})
            )
            if mode is FaultMode.DROP_AFTER:
                response = CutLine()
        call.answered = None if isinstance(response, CutLine) else response.status_code
        return response

    async def _send(self, request: Request) -> Response:
        call = self._received.add("POST", request.url.path, request.headers.items())
        body = await read_object(request)
        found = body.get("message")
        message = found if isinstance(found, dict) else {}
        call.body = {"message": message}
        title = (message.get("notification") or {}).get("title", "")
        subject = f"POST {request.url.path} {message.get('token', '')} {title}"
        response, mode = await self._met(request, subject, call.body)
        if response is None:
            wrong = self._wrong(request, message)
            if wrong is None and body.get("validate_only"):
                wrong = Fault(501, "The stand-in does not know validate_only: see docs/emulation.md.")
            if wrong is None:
                response = JSONResponse({"name": await self._keep(message)})
            else:
                response = JSONResponse(wrong.told(), wrong.status)
            if mode is FaultMode.DROP_AFTER:
                response = CutLine()
        call.answered = None if isinstance(response, CutLine) else response.status_code
        return response

    async def _met(self, request: Request, subject: str, body: Any) -> tuple[Response | None, FaultMode | None]:
        """What a fault answers in the place of the service; None to go on."""
        fault = self._faults.take(subject)
        if fault is None:
            return None, None
        with self._faults.letting_go(subject) as let_go:
            ended = await meet(fault, self._stopping, request.is_disconnected, let_go)
        if ended is Ended.FAILED:
            headers = {"retry-after": _RETRY_AFTER} if fault.status in (429, 503) else {}
            told = Fault(fault.status, "The stand-in was told to fail this call.").told()
            return JSONResponse(told if body is not None else {"error": "told_to"}, fault.status, headers), fault.mode
        return (None if ended is None else CutLine()), fault.mode

    def _wrong(self, request: Request, message: Mapping[str, Any]) -> Fault | None:
        if not self._access.holds(request.headers.get("authorization", "")):
            return Fault(401, "Request had invalid authentication credentials.")
        if request.path_params["project"] != self._project:
            return Fault(403, "Permission 'cloudmessaging.messages.create' denied on resource")
        return fault_of(message) or TOLD.get(self._books.state_of(message["token"]))

    async def _keep(self, message: Mapping[str, Any]) -> str:
        push_id = f"projects/{self._project}/messages/{secrets.token_hex(8)}"
        self._books.keep(push_id, time.time(), message)
        await self._books.written()
        return push_id

    async def _listed(self) -> list[dict[str, Any]]:
        """The newest 500 pushes, oldest first."""
        return self._books.listed()

    async def _tell(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"token", "state"}: a token is `unregistered`, `mismatch` or `invalid` from now on, or `ok` again."""
        token, state = body.get("token"), body.get("state")
        if set(body) != {"token", "state"} or not isinstance(token, str) or not token:
            raise ValueError("give token and state")
        if state not in (*TOLD, "ok"):
            raise ValueError(f"state must be one of {', '.join((*TOLD, 'ok'))}")
        self._books.tell(token, state)
        await self._books.written()
        return {}
