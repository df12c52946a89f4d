"""Twilio's API of messages: it takes texts, refuses what Twilio refuses, and tells what became of them."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.saas.twilio import wire
from local.saas.twilio.books import Books
from local.saas.twilio.telling import Telling
from local.saas.twilio.vendor import ACCOUNT_SID, AUTH_TOKEN, PHONE_NUMBER
from local.standin.calls import Calls, Read
from local.standin.faults import PLAIN_MODES, FaultMode
from local.standin.journal import Journal
from local.standin.switches import Switches

_ACCOUNT = "/2010-04-01/Accounts/{account}"
_UNREACHABLE = 30003
_ARRIVES = (("sent", 0), ("delivered", 0))
_MAX_TEXT = 1600


class Twilio:
    """The stand-in on its journal."""

    def __init__(self, journal: Journal, stopping: asyncio.Event) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._books = Books(journal)
        self._telling = Telling(self._books)
        self._unreachable: set[str] = set()
        self._calls = Calls(
            stopping,
            lambda status, message: _refused(wire.refusal(status, message)),
            modes=(*PLAIN_MODES, FaultMode.GARBLE),
            shows={"texts": self._texts},
            does={"reply": self._reply, "unreachable": self._cannot_be_reached},
        )

    @property
    def switches(self) -> Switches:
        """`/_local`, with the texts, and what phones do with them."""
        return self._calls.switches

    def routes(self) -> Sequence[BaseRoute]:
        """The API's calls that texts need."""
        return [
            self._calls.route(f"{_ACCOUNT}/Messages.json", _form, self._send),
            Route(f"{_ACCOUNT}/Messages/{{sid}}.json", self._fetch),
        ]

    async def close(self) -> None:
        """Stop telling, and close the journal."""
        await self._telling.close()
        self._books.close()

    async def _send(self, request: Request, form: Mapping[str, str]) -> Response:
        refusal = _stranger(request) or wire.fault_of(form, PHONE_NUMBER)
        if refusal is None and self._books.is_stopped(form["To"]):
            refusal = wire.STOPPED
        if refusal is not None:
            return _refused(refusal)
        text = self._books.send(form["From"], form["To"], form["Body"], form.get("StatusCallback", ""))
        await self._books.written()
        ends = (("sent", 0), ("undelivered", _UNREACHABLE)) if text.to in self._unreachable else _ARRIVES
        self._telling.follow(text, ends)
        return JSONResponse(wire.answer(ACCOUNT_SID, text.sid, form), 201)

    async def _fetch(self, request: Request) -> Response:
        call = self._calls.received.add("GET", request.url.path, request.headers.items())
        refusal, found = _stranger(request), self._books.find(request.path_params["sid"])
        if refusal is None and found is None:
            refusal = wire.OTHER_ACCOUNT
        if refusal is not None or found is None:
            call.answered = (refusal or wire.OTHER_ACCOUNT).status
            return _refused(refusal or wire.OTHER_ACCOUNT)
        call.answered = 200
        form = {"From": found.sender, "To": found.to, "Body": found.body}
        return JSONResponse(wire.answer(ACCOUNT_SID, found.sid, form) | {"status": found.status})

    async def _texts(self) -> list[dict[str, Any]]:
        """The newest texts, oldest first."""
        return self._books.texts()

    async def _reply(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"from", "text", "url"?}: a phone sends us a text, such as STOP. The app that sent the last text hears it."""
        sender, words, url = body.get("from"), body.get("text"), body.get("url", "")
        if not isinstance(sender, str) or not wire.is_number(sender):
            raise ValueError("from is the phone's number, with its + and country code")
        if not isinstance(words, str) or not 0 < len(words) <= _MAX_TEXT or not isinstance(url, str):
            raise ValueError("give the text that the phone sends")
        text = self._books.reply(sender, PHONE_NUMBER, words)
        await self._books.written()
        return {"sid": text.sid, "answered": await self._telling.say(text, url)}

    async def _cannot_be_reached(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"number", "unreachable"}: whether texts to a number arrive from now on."""
        number, unreachable = body.get("number"), body.get("unreachable", True)
        if not isinstance(number, str) or not wire.is_number(number) or not isinstance(unreachable, bool):
            raise ValueError("give the number, with its + and country code")
        (self._unreachable.add if unreachable else self._unreachable.discard)(number)
        return {}


def _form(_request: Request, raw: bytes) -> Read[dict[str, str]]:
    form = dict(parse_qsl(raw.decode("utf-8", errors="replace"), keep_blank_values=True))
    return Read(form, form, f"{form.get('To', '')} {form.get('Body', '')}")


def _stranger(request: Request) -> wire.Refusal | None:
    """Why a caller is let no further; None for the account's owner."""
    expected = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode())
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or not hmac.compare_digest(given.strip().encode(), expected):
        return wire.AUTHENTICATE
    return None if request.path_params["account"] == ACCOUNT_SID else wire.OTHER_ACCOUNT


def _refused(refusal: wire.Refusal) -> Response:
    return JSONResponse(refusal.body(), refusal.status, headers={"retry-after": "1"} if refusal.status == 429 else None)
