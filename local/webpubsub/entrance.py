"""Where connections come in. Publishers' small calls are answered here, everything else by the HTTP server.

There are ten such calls for each order, and the stand-in shares its cores with the product. Such a call comes in one
piece, on a connection that carries nothing else. Answered here, it takes a third of the time that the server needs.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

import httptools

from local.webpubsub import limits, rest
from local.webpubsub.answers import ERROR_HEADER, Answer
from local.webpubsub.messages import dump_json
from local.webpubsub.server import WebPubSub

_METHODS = tuple(f"{method} {rest.PREFIX}".encode() for method in ("POST", "PUT", "DELETE"))
_HEAD_BYTES = 64 * 1024
_LEFT_TO_THE_SERVER = frozenset({"transfer-encoding", "expect", "upgrade", "connection"})


class Entrance(asyncio.Protocol):
    """One connection. It stays here while all its calls are simple; with the first other call it goes to the server."""

    _transport: asyncio.Transport

    def __init__(self, service: WebPubSub, server: Callable[[], asyncio.Protocol], open_: set["Entrance"]) -> None:
        """`server` makes the protocol that takes over; `open_` holds all that are here."""
        self._service = service
        self._server = server
        self._open = open_

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller is gone."""
        self._open.discard(self)

    def data_received(self, data: bytes) -> None:
        """What came: one whole call, or something for the server."""
        call = _Call.read(data) if data.startswith(_METHODS) else None
        answer = None
        if call is not None:
            answer = self._service.answer_at_once(call.method, call.target, call.headers, call.body)
        if answer is None:
            self._hand_over(data)
        else:
            self._transport.write(_response(answer))

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def _hand_over(self, data: bytes) -> None:
        self._open.discard(self)
        server = self._server()
        self._transport.set_protocol(server)
        server.connection_made(self._transport)
        server.data_received(data)


class _Call:
    """One HTTP request, filled by the parser."""

    def __init__(self) -> None:
        self.method = self.target = ""
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self._ends = 0
        self._parser = httptools.HttpRequestParser(self)

    @classmethod
    def read(cls, data: bytes) -> "_Call | None":
        """The request in `data`. None where `data` is not exactly one, or the request asks for more than an answer."""
        if len(data) > _HEAD_BYTES + limits.MAX_MESSAGE_BYTES:
            return None
        call = cls()
        try:
            call._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, UnicodeDecodeError):
            return None
        names = {name.lower() for name, _ in call.headers}
        simple = call._ends == 1 and len(names) == len(call.headers) and names.isdisjoint(_LEFT_TO_THE_SERVER)
        if not simple or call._parser.get_http_version() != "1.1" or len(call.body) > limits.MAX_MESSAGE_BYTES:
            return None
        call.method = call._parser.get_method().decode("ascii")
        return call

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self.target += url.decode("ascii")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self.headers.append((name.decode("ascii"), value.decode("ascii")))

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self.body += body

    def on_message_complete(self) -> None:
        """The end of a request."""
        self._ends += 1


def _response(answer: Answer) -> bytes:
    head = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
    if answer.code is not None:
        head += f"{ERROR_HEADER}: {answer.code}\r\n"
    if answer.body is None:
        # No content has no length (RFC 9110, 8.6).
        length = "" if answer.status == HTTPStatus.NO_CONTENT else "Content-Length: 0\r\n"
        return f"{head}{length}\r\n".encode("ascii")
    body = dump_json(answer.body).encode("ascii")
    kind = "Content-Type: application/json; charset=utf-8"
    return f"{head}{kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode("ascii") + body
