"""Receivers of webhooks on this machine: real sockets that answer as a test says, or do not."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Got:
    """One call that came in; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def signed_by(self, secret: str) -> bool:
        """Whether one of the signatures is made with this secret, as docs/webhooks.md tells receivers to look."""
        fields = [part.split("=", 1) for part in self.headers["orderbuddy-signature"].split(",")]
        stamp = next(value for name, value in fields if name == "t")
        made = hmac.new(secret.encode(), f"{stamp}.".encode() + self.body, hashlib.sha256).hexdigest()
        return any(hmac.compare_digest(made, value) for name, value in fields if name == "v1")


@dataclass
class Receiver:
    """`answers`: what the next calls get: a status, or a whole answer; "stall" holds one until the end, "cut" hangs up.
    Afterwards each gets 200."""

    port: int = 0
    host: str = "127.0.0.1"
    scheme: str = "http"
    got: list[Got] = field(default_factory=list)
    connections: int = 0
    answers: list[int | bytes | str] = field(default_factory=list)
    always: int | bytes | str = 200
    on_call: Callable[[], None] | None = None
    came: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/events?key=k"

    def events(self) -> list[str]:
        """The types of the events that came, in order."""
        return [call.json["type"] for call in self.got]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rows = head.strip().split("\r\n")
            headers = {name.strip().lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.got.append(Got(line, headers, body))
            self.came.set()
            if self.on_call is not None:
                self.on_call()
            answer = self.answers.pop(0) if self.answers else self.always
            if answer == "stall":
                await self.over.wait()
            elif answer != "cut":
                raw = (
                    answer
                    if isinstance(answer, bytes)
                    else f"HTTP/1.1 {answer} X\r\ncontent-length: 2\r\n\r\nok".encode()
                )
                writer.write(raw)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(
    host: str = "127.0.0.1", port: int = 0, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver that listens there."""
    receiver = Receiver(host=host, scheme="https" if tls else "http")
    server = await asyncio.start_server(receiver.handle, host, port, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.close()
