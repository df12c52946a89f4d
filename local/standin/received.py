"""The record of what a stand-in was called with, for tests and the console."""

from __future__ import annotations

import base64
import json
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_MAX_CALLS = 1_000
_MAX_BODY_BYTES = 16 * 1024
_SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key", "api-key"})


def moment(at: float) -> str:
    """Seconds since the epoch as ISO text in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RawBody:
    """A body as it came, for services whose bodies hold no secret. It is made readable only when somebody looks."""

    __slots__ = ("_kept", "_size")

    def __init__(self, body: bytes) -> None:
        self._kept = body[:_MAX_BODY_BYTES]
        self._size = len(body)

    def readable(self) -> Any:
        """The value where the body is JSON, else its text, else base64; a long one is cut."""
        if not self._kept:
            return None
        if self._size > len(self._kept):
            return f"{self._kept.decode(errors='replace')}... ({self._size} bytes)"
        try:
            return json.loads(self._kept)
        except (ValueError, RecursionError):
            pass
        try:
            return self._kept.decode()
        except UnicodeDecodeError:
            return base64.b64encode(self._kept).decode()


@dataclass(slots=True)
class ReceivedCall:
    """One call. `body` is a value without secrets, or a RawBody. `answered` is the status that went out, None while or
    when nothing did.
    """

    at: float
    method: str
    path: str
    headers: Iterable[tuple[str, str]]
    body: Any = None
    answered: int | None = None

    def describe(self) -> dict[str, Any]:
        """The call as JSON; headers with secrets are masked."""
        return {
            "at": moment(self.at),
            "method": self.method,
            "path": self.path,
            "headers": {name.lower(): _masked(name, value) for name, value in self.headers},
            "body": self.body.readable() if isinstance(self.body, RawBody) else self.body,
            "answered": self.answered,
        }


class Received:
    """The last 1,000 calls, newest last."""

    def __init__(self) -> None:
        self._calls: deque[ReceivedCall] = deque(maxlen=_MAX_CALLS)

    def add(self, method: str, path: str, headers: Iterable[tuple[str, str]], body: Any = None) -> ReceivedCall:
        """Record a call that came in. The caller sets `answered`, and `body` where it is known only later."""
        call = ReceivedCall(time.time(), method, path, headers, body)
        self._calls.append(call)
        return call

    def describe(self) -> list[dict[str, Any]]:
        """All recorded calls as JSON."""
        return [call.describe() for call in self._calls]


def _masked(name: str, value: str) -> str:
    return "***" if name.lower() in _SECRET_HEADERS else value
