"""A receiver of webhooks: it keeps what came, checks the signature, and stalls, fails or sends elsewhere on demand."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from local import clock
from local.standin.calls import before, plainly
from local.standin.faults import FaultMode, Faults
from local.standin.received import RawBody, Received, moment
from local.standin.server import CutLine, read_body
from local.standin.switches import Switches

MAX_EVENTS = 500
MAX_NAMES = 100
TOO_OLD_SECONDS = 300

Checked = Literal["good", "bad", "unknown"]
"""Whether an event is signed with the secret of its address; unknown where nobody told the secret."""


class Receiver:
    """Receives at `in/{name}`, each name an address of its own. Nothing outlives its process."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._faults = Faults()
        self._received = Received()
        self._secrets: dict[str, str] = {}
        self._elsewhere: dict[str, str] = {}
        self._events: deque[dict[str, Any]] = deque(maxlen=MAX_EVENTS)
        self._switches = Switches(
            self._faults,
            self._received,
            shows={"events": self._show},
            does={"secret": self._tell, "redirect": self._redirect},
        )

    @property
    def switches(self) -> Switches:
        """`/_local`, with the events."""
        return self._switches

    def routes(self) -> Sequence[BaseRoute]:
        """Where events come in."""
        return [Route("/in/{name}", self._receive, methods=["POST"])]

    async def close(self) -> None:
        """There is nothing to keep."""

    async def _receive(self, request: Request) -> Response:
        name = request.path_params["name"]
        raw = await read_body(request)
        call = self._received.add("POST", request.url.path, request.headers.items(), RawBody(raw))
        event = _event(raw)
        checked = self._check(name, request.headers, raw)
        seen = {"at": moment(time.time()), "name": name, **event, "signature": checked, "answered": None}
        self._events.append(seen)
        response = await self._answer(request, f"POST {request.url.path} {event['type']}", name, checked)
        seen["answered"] = call.answered = None if isinstance(response, CutLine) else response.status_code
        return response

    async def _answer(self, request: Request, subject: str, name: str, checked: Checked) -> Response:
        fault = self._faults.take(subject)
        ended = await before(fault, self._faults, request, subject, stopping=self._stopping, refuse=plainly)
        if ended is not None:
            return ended
        if fault is not None and fault.mode is FaultMode.DROP_AFTER:
            return CutLine()
        if name in self._elsewhere:
            return RedirectResponse(self._elsewhere[name], 307)
        return JSONResponse({"status": "received", "signature": checked}, 400 if checked == "bad" else 200)

    def _check(self, name: str, headers: Mapping[str, str], raw: bytes) -> Checked:
        secret = self._secrets.get(name)
        if secret is None:
            return "unknown"
        fields = [part.partition("=") for part in headers.get("orderbuddy-signature", "").split(",")]
        stamp = next((value for key, _, value in fields if key == "t"), "")
        made = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
        fits = any(hmac.compare_digest(made, value) for key, _, value in fields if key == "v1")
        fresh = stamp.isdecimal() and abs(clock.seconds() - int(stamp)) < TOO_OLD_SECONDS
        return "good" if fits and fresh else "bad"

    async def _show(self) -> list[dict[str, Any]]:
        """The last 500 events, newest last."""
        return list(self._events)

    async def _tell(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"name", "secret"}: what the events at `in/{name}` are signed with."""
        name, secret = body.get("name"), body.get("secret")
        if set(body) != {"name", "secret"} or not isinstance(name, str) or not isinstance(secret, str):
            raise ValueError("give name and secret")
        _keep(self._secrets, name, secret)
        return {}

    async def _redirect(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"name", "to"}: send callers of `in/{name}` there; "" ends it."""
        name, to = body.get("name"), body.get("to")
        if set(body) != {"name", "to"} or not isinstance(name, str) or not isinstance(to, str):
            raise ValueError("give name and to")
        if to and urlsplit(to).scheme not in ("http", "https"):
            raise ValueError("to must be an http or https address")
        if to:
            _keep(self._elsewhere, name, to)
        else:
            self._elsewhere.pop(name, None)
        return {}


def _keep(kept: dict[str, str], name: str, value: str) -> None:
    if name not in kept and len(kept) >= MAX_NAMES:
        raise ValueError(f"{MAX_NAMES} names are kept already")
    kept[name] = value


def _event(raw: bytes) -> dict[str, Any]:
    """The id and the type of an event; "" where the body says none."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    told = value if isinstance(value, dict) else {}
    return {"id": str(told.get("id", "")), "type": str(told.get("type", ""))}
