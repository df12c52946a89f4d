"""SendGrid's API as far as it is used: `POST /v3/mail/send`, and the signed events of a mail, on demand."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.saas.sendgrid import signing
from local.saas.sendgrid.books import Books
from local.saas.sendgrid.checking import Fault, fault_of
from local.standin.faults import Ended, FaultMode, Faults, meet
from local.standin.journal import Journal
from local.standin.received import Received
from local.standin.server import CutLine
from local.standin.switches import Switches

if TYPE_CHECKING:
    import httpx

MAX_BODY = 4 * 1024 * 1024
"""SendGrid takes 30 MB; nobody here sends so much."""

_RETRY_AFTER = "7"
_KINDS = frozenset({"processed", "delivered", "deferred", "bounce", "blocked", "dropped", "spamreport", "unsubscribe"})
_RECEIVER = re.compile(r"http://(127\.0\.0\.1|localhost):\d+/\S{1,400}")
"""It calls nobody but this machine."""


class SendGrid:
    """The stand-in on its journal."""

    def __init__(self, journal: Journal, stopping: asyncio.Event, *, api_key: str, verified: str) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._journal = journal
        self._books = Books(journal)
        self._stopping = stopping
        self._api_key = api_key
        self._verified = verified
        self._faults = Faults()
        self._received = Received()
        self._http: httpx.AsyncClient | None = None
        self._switches = Switches(
            self._faults, self._received, shows={"mails": self._listed}, does={"event": self._tell}
        )

    @property
    def switches(self) -> Switches:
        """`/_local`, with the mails, and with events to be sent."""
        return self._switches

    def routes(self) -> Sequence[BaseRoute]:
        """The one call of the API, and a mail to look at with its attachments."""
        return [
            Route("/v3/mail/send", self._send, methods=["POST"]),
            Route("/mails/{id}", self._one),
        ]

    async def close(self) -> None:
        """Write what is not on the disk yet, and close the journal."""
        if self._http is not None:
            await self._http.aclose()
        self._journal.close()

    async def _send(self, request: Request) -> Response:
        call = self._received.add("POST", request.url.path, request.headers.items())
        raw = await _body(request)
        mail = _object(raw)
        call.body = None if mail is None else _without_files(mail)
        response = await self._answer(request, raw, mail)
        call.answered = None if isinstance(response, CutLine) else response.status_code
        return response

    async def _answer(self, request: Request, raw: bytes | None, mail: dict[str, Any] | None) -> Response:
        subject = f"POST {request.url.path} {' '.join(_people(mail or {}))} {(mail or {}).get('subject', '')}"
        fault = self._faults.take(subject)
        with self._faults.letting_go(subject) as let_go:
            ended = await meet(fault, self._stopping, request.is_disconnected, let_go)
        if ended is Ended.FAILED and fault is not None:
            # A limit says when it ends.
            headers = {"retry-after": _RETRY_AFTER} if fault.status == 429 else {}
            return _refused(Fault(None, "The stand-in was told to fail this call.", fault.status), headers)
        if ended is not None:
            return CutLine()
        wrong = self._wrong(request, raw, mail)
        if wrong is not None or mail is None:
            return _refused(wrong or Fault(None, "Bad Request"))
        mail_id = secrets.token_urlsafe(16)
        self._books.keep(mail_id, time.time(), mail)
        await self._books.written()
        if fault is not None and fault.mode is FaultMode.DROP_AFTER:
            return CutLine()
        return Response(status_code=202, headers={"x-message-id": mail_id})

    def _wrong(self, request: Request, raw: bytes | None, mail: dict[str, Any] | None) -> Fault | None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._api_key}".encode()):
            return Fault(None, "The provided authorization grant is invalid, expired, or revoked", 401)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return Fault(None, "Content-Type should be application/json.", 415)
        if raw is None:
            return Fault(None, "The mail is too large.", 413)
        return Fault(None, "Bad Request") if mail is None else fault_of(mail, self._verified)

    async def _listed(self) -> list[dict[str, Any]]:
        """The newest 200 mails, oldest first."""
        return self._books.listed()

    async def _one(self, request: Request) -> Response:
        """A mail with its attachments."""
        found = self._books.one(request.path_params["id"])
        return JSONResponse({"message": "There is no such mail."}, 404) if found is None else JSONResponse(found)

    async def _tell(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"id", "event", "to"}: tell a receiver on this machine what became of a mail, as SendGrid signs it."""
        mail_id, kind, to = (str(body.get(name, "")) for name in ("id", "event", "to"))
        mail = self._books.mail(mail_id)
        if mail is None:
            raise ValueError("there is no such mail")
        if kind not in _KINDS:
            raise ValueError(f"event must be one of {', '.join(sorted(_KINDS))}")
        if not _RECEIVER.fullmatch(to):
            raise ValueError("to must be an http address of this machine")
        at = int(time.time())
        raw = json.dumps([_event(mail_id, mail, kind, person, at) for person in _people(mail)]).encode()
        answered = await self._post(to, raw, at)
        self._books.tell(mail_id, kind, answered)
        await self._books.written()
        return {"answered": answered}

    async def _post(self, to: str, raw: bytes, at: int) -> int | None:
        import httpx

        if self._http is None:
            # Addresses are of this machine only, where nothing is encrypted.
            self._http = httpx.AsyncClient(trust_env=False, verify=False, timeout=10.0)  # noqa: S501
        try:
            return (await self._http.post(to, content=raw, headers=signing.signed(raw, at))).status_code
        except httpx.HTTPError:
            return None


def _event(mail_id: str, mail: Mapping[str, Any], kind: str, person: str, at: int) -> dict[str, Any]:
    """One row of SendGrid's event webhook."""
    event = "bounce" if kind == "blocked" else kind
    return {
        "email": person,
        "timestamp": at,
        "event": event,
        "sg_event_id": secrets.token_urlsafe(16),
        "sg_message_id": f"{mail_id}.recvd-local-1",
        **({"type": kind, "status": "5.0.0", "reason": "told to"} if event == "bounce" else {}),
        **({"reason": "Bounced Address"} if kind == "dropped" else {}),
        **(mail.get("custom_args") or {}),
    }


async def _body(request: Request) -> bytes | None:
    """The body; None where it is too large."""
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY:
            parts.append(chunk)
    return b"".join(parts) if size <= MAX_BODY else None


def _object(raw: bytes | None) -> dict[str, Any] | None:
    try:
        value = json.loads(raw or b"")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _people(mail: Mapping[str, Any]) -> list[str]:
    rows = mail.get("personalizations")
    named = [row.get("to") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    people = [one for to in named if isinstance(to, list) for one in to]
    return [str(one.get("email", "")) for one in people if isinstance(one, dict)]


def _without_files(mail: Mapping[str, Any]) -> dict[str, Any]:
    """A mail as it is shown among the calls: of attachments their names only."""
    files = mail.get("attachments")
    if not isinstance(files, list):
        return dict(mail)
    return {**mail, "attachments": [one.get("filename") if isinstance(one, dict) else None for one in files]}


def _refused(fault: Fault, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"errors": [fault.told()]}, fault.status, headers=dict(headers or {}))
