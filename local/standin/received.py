"""The record of what a stand-in was called with, for tests and the console."""

from __future__ import annotations

import base64
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_MAX_CALLS = 1_000
_MAX_BODY_BYTES = 16 * 1024
_SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key", "api-key"})

_SECRET_FIELD = re.compile(r"token|secret|password|apikey|^key$|code$|signature", re.IGNORECASE)
_FORM = re.compile(r"[\w.%+*-]+=[^\s=&]*(?:&[\w.%+*-]+=[^\s=&]*)*")
MASK = "***"
"""What stands in the place of a secret where a call is shown."""


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


class SecretBody(RawBody):
    """A body in which fields that are named like secrets are masked."""

    __slots__ = ()

    def readable(self) -> Any:
        """As of any body, with masks; what is neither JSON nor a form is not shown."""
        value = super().readable()
        if isinstance(value, str) and _FORM.fullmatch(value):
            return "&".join(map(_field_without_secret, value.split("&")))
        return _without_secrets(value) if isinstance(value, dict | list) else None


@dataclass(frozen=True, slots=True)
class WholeCall:
    """A call as it came, with its secrets: kept in memory only, so that it can be made again, and never shown."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


CURRENT: ContextVar[WholeCall | None] = ContextVar("current_call", default=None)
"""The call that is being answered, where the way to the service kept it whole."""


@dataclass(slots=True)
class ReceivedCall:
    """One call. `body` is a value without secrets, or a RawBody. `answered` is the status that went out, None while or
    when nothing did. `number` tells it apart from all others of this process; `whole` is it as it came, where kept.
    """

    at: float
    method: str
    path: str
    headers: Iterable[tuple[str, str]]
    body: Any = None
    answered: int | None = None
    number: int = 0
    whole: WholeCall | None = None

    def describe(self) -> dict[str, Any]:
        """The call as JSON; headers with secrets are masked."""
        return {
            "number": self.number,
            "at": moment(self.at),
            "method": self.method,
            "path": self.path,
            "headers": {name.lower(): _masked(name, value) for name, value in self.headers},
            "body": self.body.readable() if isinstance(self.body, RawBody) else self.body,
            "answered": self.answered,
            "again": self.whole is not None,
        }


class Received:
    """The last 1,000 calls, newest last."""

    def __init__(self) -> None:
        self._calls: deque[ReceivedCall] = deque(maxlen=_MAX_CALLS)
        self._count = 0
        self.mask_path: Callable[[str], str] = str
        """What of a path may be seen, for calls that end before the service masks them."""

    def add(self, method: str, path: str, headers: Iterable[tuple[str, str]], body: Any = None) -> ReceivedCall:
        """Record a call that came in. The caller sets `answered`, and `body` where it is known only later."""
        self._count += 1
        call = ReceivedCall(time.time(), method, path, headers, body, number=self._count, whole=CURRENT.get())
        self._calls.append(call)
        return call

    def find(self, number: int) -> ReceivedCall | None:
        """The call with this number, while it is remembered."""
        return next((call for call in self._calls if call.number == number), None)

    def describe(self) -> list[dict[str, Any]]:
        """All recorded calls as JSON."""
        return [call.describe() for call in self._calls]


def _masked(name: str, value: str) -> str:
    return MASK if name.lower() in _SECRET_HEADERS or "token" in name.lower() else value


def _field_without_secret(field: str) -> str:
    name = field.partition("=")[0]
    return f"{name}={MASK}" if _SECRET_FIELD.search(name) else field


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        hidden = {name: MASK for name, inner in value.items() if _SECRET_FIELD.search(name) and isinstance(inner, str)}
        return {name: hidden.get(name) or _without_secrets(inner) for name, inner in value.items()}
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value
