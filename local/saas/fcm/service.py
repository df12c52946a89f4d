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
from starlette.routing import BaseRoute

from local.saas.fcm.access import LIFETIME_SECONDS, Access
from local.saas.fcm.books import Books
from local.saas.fcm.errors import TOLD, Fault, fault_of
from local.standin.calls import Calls, Read
from local.standin.emulation import unknown
from local.standin.journal import Journal
from local.standin.server import object_of
from local.standin.switches import Switches

_RETRY_AFTER = "7"


class Fcm:
    """The stand-in on its journal."""

    def __init__(self, journal: Journal, stopping: asyncio.Event, *, project: str, account: tuple[str, str]) -> None:
        """`account`: the service account's address and key. Read what earlier runs did. Raises JournalError."""
        self._books = Books(journal)
        self._project = project
        self._access = Access(*account)
        self._calls = Calls(stopping, _no, shows={"pushes": self._listed}, does={"token": self._tell})

    @property
    def switches(self) -> Switches:
        """`/_local`, with the pushes, and with tokens that are told to be dead."""
        return self._calls.switches

    def routes(self) -> Sequence[BaseRoute]:
        """The two calls that the SDK makes."""
        return [
            self._calls.route("/token", _grant, self._token, refuse=_no_token),
            self._calls.route("/v1/projects/{project}/messages:send", _asked, self._send),
        ]

    async def close(self) -> None:
        """Write what is not on the disk yet, and close the journal."""
        self._books.close()

    async def _token(self, _request: Request, form: Mapping[str, str]) -> Response:
        token = self._access.grant(form.get("grant_type", ""), form.get("assertion", ""))
        if token is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        return JSONResponse({"access_token": token, "expires_in": LIFETIME_SECONDS, "token_type": "Bearer"})

    async def _send(self, request: Request, asked: Mapping[str, Any]) -> Response:
        message = asked["message"]
        wrong = self._wrong(request, message)
        if wrong is None and asked.get("validate_only"):
            wrong = Fault(501, unknown("validate_only"))
        return JSONResponse({"name": await self._keep(message)}) if wrong is None else _refused(wrong)

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


def _grant(_request: Request, raw: bytes) -> Read[dict[str, str]]:
    return Read(dict(parse_qsl(raw.decode(errors="replace"))))


def _asked(_request: Request, raw: bytes) -> Read[dict[str, Any]]:
    asked = object_of(raw)
    found = asked.get("message")
    message = found if isinstance(found, dict) else {}
    title = (message.get("notification") or {}).get("title", "")
    return Read({**asked, "message": message}, {"message": message}, f"{message.get('token', '')} {title}")


def _refused(fault: Fault) -> Response:
    return JSONResponse(fault.told(), fault.status, _again_after(fault.status))


def _no(status: int, message: str) -> Response:
    return _refused(Fault(status, message))


def _no_token(status: int, message: str) -> Response:
    return JSONResponse({"error": "told_to", "error_description": message}, status, _again_after(status))


def _again_after(status: int) -> dict[str, str]:
    return {"retry-after": _RETRY_AFTER} if status in (429, 503) else {}
