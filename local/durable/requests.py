"""Requests to the engine's HTTP API, read as Azure's extension reads them, and the answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

from local.durable.binding import ROOT
from local.durable.codec import dump, quote

BODY_LIMIT = 4 * 1024 * 1024
"""The largest body that is taken, in bytes."""
_JSON = "application/json"
_SWITCH = {"true": True, "false": False}

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `text` is JSON, or empty."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: the path below the API's root, its segments decoded; the query, names in lower case."""

    method: str
    segments: list[str]
    query: Mapping[str, list[str]]
    headers: Mapping[bytes, bytes]
    body: bytes
    target: str

    @staticmethod
    def of(scope: Scope, body: bytes) -> Request:
        """A request of ASGI's form. The path is decoded twice, and + is a blank: the extension does so."""
        raw: str = scope["raw_path"].decode("latin-1")
        query_string: str = scope["query_string"].decode("latin-1")
        segments = [unquote_plus(segment) for segment in unquote(raw[len(ROOT) + 1 :]).split("/")]
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(query_string, keep_blank_values=True):
            query.setdefault(name.lower(), []).append(value)
        target = f"{raw}?{query_string}" if query_string else raw
        return Request(scope["method"], segments, query, dict(scope["headers"]), body, target)

    def last(self, name: str) -> str | None:
        """The last value of a parameter of the query."""
        values = self.query.get(name)
        return values[-1] if values else None

    def text(self, name: str) -> str | None:
        """All values of a parameter of the query, with commas between them."""
        values = self.query.get(name)
        return ",".join(values) if values else None

    def switch(self, name: str, *, default: bool = False) -> bool:
        """What a switch of the query says: true or false in any letter case. Anything else, also both, is ignored."""
        return _SWITCH.get((self.text(name) or "").strip().lower(), default)

    @property
    def is_json(self) -> bool:
        """Whether the body calls itself JSON."""
        kind = self.headers.get(b"content-type", b"").decode("latin-1").partition(";")[0]
        return kind.strip().lower() == _JSON

    @property
    def base_url(self) -> str:
        """The address that the client called, without a path."""
        return f"http://{self.headers.get(b'host', b'127.0.0.1').decode('latin-1')}"


def sentence(status: int, text: str) -> Reply:
    """An answer that says in one sentence why not, as a JSON string: the SDK's client makes an exception of it."""
    return Reply(status, quote(text))


def failure(status: int, message: str, why: str = "", kind: str = "") -> Reply:
    """An answer in the form of the extension's own failures: `message`, what happened, and the exception's type."""
    body = {"Message": message}
    if why:
        body |= {"ExceptionMessage": why, "ExceptionType": kind, "StackTrace": ""}
    return Reply(status, dump(body))


async def respond(reply: Reply, send: Send) -> None:
    """Send an answer."""
    data = reply.text.encode()
    headers = [(b"content-length", b"%d" % len(data))]
    if data:
        headers.append((b"content-type", b"application/json; charset=utf-8"))
    headers.extend((name.encode(), value.encode("latin-1")) for name, value in reply.headers.items())
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def read_body(receive: Receive) -> bytes | None:
    """The whole body; None where it is longer than BODY_LIMIT."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            return None
    return body if len(body) <= BODY_LIMIT else None
