"""The record of what service clients called, for tests and the console."""

import base64
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_MAX_CALLS = 1_000
_MAX_BODY_BYTES = 16 * 1024
_SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key"})


@dataclass(slots=True)
class ReceivedCall:
    """One call. `answered` is the status that went out, None while or when nothing did. Formatted only when read."""

    at: float
    method: str
    path: str
    headers: Iterable[tuple[str, str]]
    body: bytes
    size: int
    answered: int | None = None

    def describe(self) -> dict[str, Any]:
        """The call as JSON: the body as a value where it is JSON, as text, or as base64; secrets masked."""
        return {
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "method": self.method,
            "path": self.path,
            "headers": {name.lower(): _masked(name, value) for name, value in self.headers},
            "body": self._readable_body(),
            "answered": self.answered,
        }

    def _readable_body(self) -> Any:
        if not self.body:
            return None
        if self.size > len(self.body):
            return f"{self.body.decode(errors='replace')}... ({self.size} bytes)"
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            pass
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            return base64.b64encode(self.body).decode()


class Received:
    """The last 1,000 calls, newest last."""

    def __init__(self) -> None:
        self._calls: deque[ReceivedCall] = deque(maxlen=_MAX_CALLS)

    def add(self, at: float, method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes) -> ReceivedCall:
        """Records a call that came in; the caller sets `answered`. `at` is in seconds since the epoch."""
        call = ReceivedCall(at, method, path, headers, body[:_MAX_BODY_BYTES], len(body))
        self._calls.append(call)
        return call

    def describe(self) -> list[dict[str, Any]]:
        """All recorded calls as JSON."""
        return [call.describe() for call in self._calls]


def _masked(name: str, value: str) -> str:
    return "***" if name.lower() in _SECRET_HEADERS else value
