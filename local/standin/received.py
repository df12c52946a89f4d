"""The record of what a stand-in was called with, for tests and the console. What it is given holds no secret."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_MAX_CALLS = 1_000
_SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key"})


def moment(at: float) -> str:
    """Seconds since the epoch as ISO text in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class ReceivedCall:
    """One call. `answered` is the status that went out, None while or when nothing did."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: Any = None
    answered: int | None = None

    def describe(self) -> dict[str, Any]:
        """The call as JSON."""
        return {
            "at": moment(self.at),
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "body": self.body,
            "answered": self.answered,
        }


class Received:
    """The last 1,000 calls, newest last."""

    def __init__(self) -> None:
        self._calls: deque[ReceivedCall] = deque(maxlen=_MAX_CALLS)

    def add(self, method: str, path: str, headers: Iterable[tuple[str, str]]) -> ReceivedCall:
        """Records a call that came in; the caller sets `body` and `answered`. Headers with secrets are masked here."""
        shown = {name.lower(): "***" if name.lower() in _SECRET_HEADERS else value for name, value in headers}
        call = ReceivedCall(time.time(), method, path, shown)
        self._calls.append(call)
        return call

    def describe(self) -> list[dict[str, Any]]:
        """All recorded calls as JSON."""
        return [call.describe() for call in self._calls]
