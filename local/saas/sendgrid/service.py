"""SendGrid's API as far as it is used: `POST /v3/mail/send`, and the signed events of a mail, on demand."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.saas.sendgrid import signing
from local.saas.sendgrid.books import Books
from local.saas.sendgrid.checking import Fault, fault_of
from local.standin.calls import Calls, Read
from local.standin.journal import Journal
from local.standin.outward import TO_THIS_MACHINE, Outward
from local.standin.switches import Switches

MAX_BODY = 4 * 1024 * 1024
"""SendGrid takes 30 MB; nobody here sends so much."""

_RETRY_AFTER = "7"
_KINDS = frozenset({"processed", "delivered", "deferred", "bounce", "blocked", "dropped", "spamreport", "unsubscribe"})
_UNREADABLE = Fault(None, "Bad Request")


class SendGrid:
    """The stand-in on its journal."""

    def __init__(self, journal: Journal, stopping: asyncio.Event, *, api_key: str, verified: str) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._books = Books(journal)
        self._api_key = api_key
        self._verified = verified
        self._outward = Outward()
        self._calls = Calls(stopping, _no, shows={"mails": self._listed}, does={"event": self._tell})

    @property
    def switches(self) -> Switches:
        """`/_local`, with the mails, and with events to be sent."""
        return self._calls.switches

    def routes(self) -> Sequence[BaseRoute]:
        """The one call of the API, and a mail to look at with its attachments."""
        return [
            self._calls.route("/v3/mail/send", _mail, self._send, most_bytes=MAX_BODY),
            Route("/mails/{id}", self._one),
        ]

    async def close(self) -> None:
        """Write what is not on the disk yet, and close the journal."""
        await self._outward.close()
        self._books.close()

    async def _send(self, request: Request, mail: dict[str, Any] | None) -> Response:
        wrong = self._wrong(request, mail)
        if wrong is not None or mail is None:
            return _refused(wrong or _UNREADABLE)
        mail_id = secrets.token_urlsafe(16)
        self._books.keep(mail_id, time.time(), mail)
        await self._books.written()
        return Response(status_code=202, headers={"x-message-id": mail_id})

    def _wrong(self, request: Request, mail: dict[str, Any] | None) -> Fault | None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._api_key}".encode()):
            return Fault(None, "The provided authorization grant is invalid, expired, or revoked", 401)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return Fault(None, "Content-Type should be application/json.", 415)
        return _UNREADABLE if mail is None else fault_of(mail, self._verified)

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
        if not TO_THIS_MACHINE.fullmatch(to):
            raise ValueError("to must be an http address of this machine")
        at = int(time.time())
        raw = json.dumps([_event(mail_id, mail, kind, person, at) for person in _people(mail)]).encode()
        answered = await self._outward.post(to, signing.signed(raw, at), content=raw)
        self._books.tell(mail_id, kind, answered)
        await self._books.written()
        return {"answered": answered}


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


def _mail(_request: Request, raw: bytes) -> Read[dict[str, Any] | None]:
    """The mail; None where the body is no JSON object."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        return Read(None)
    return Read(value, _without_files(value), f"{' '.join(_people(value))} {value.get('subject', '')}")


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


def _refused(fault: Fault) -> Response:
    # A limit says when it ends.
    headers = {"retry-after": _RETRY_AFTER} if fault.status == 429 else {}
    return JSONResponse({"errors": [fault.told()]}, fault.status, headers)


def _no(status: int, message: str) -> Response:
    return _refused(Fault(None, message, status))
