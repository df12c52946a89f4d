"""What the stand-in remembers: the newest pushes, and the tokens that were told to be dead. Kept in a journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from local.standin.books import BooksOnDisk
from local.standin.journal import Journal
from local.standin.received import moment

MAX_PUSHES = 500
MAX_TOKENS = 2000


class Books(BooksOnDisk):
    """The newest 500 pushes, and what tokens were told to be."""

    def __init__(self, journal: Journal) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._pushes: deque[dict[str, Any]] = deque(maxlen=MAX_PUSHES)
        self._tokens: dict[str, str] = {}
        super().__init__(journal)

    def keep(self, push_id: str, at: float, message: Mapping[str, Any]) -> None:
        """A push was taken."""
        self._record({"event": "push", "id": push_id, "at": at, "message": dict(message)})

    def tell(self, token: str, state: str) -> None:
        """From now on the token is what `state` says; "ok" takes that away. Raises ValueError where too many are."""
        if token not in self._tokens and len(self._tokens) >= MAX_TOKENS:
            raise ValueError(f"{MAX_TOKENS} tokens are told of already")
        self._record({"event": "token", "token": token, "state": state})

    def state_of(self, token: str) -> str:
        """What a token was told to be."""
        return self._tokens.get(token, "ok")

    def listed(self) -> list[dict[str, Any]]:
        """The pushes as a phone shows them, oldest first."""
        return [_shown(one) for one in self._pushes]

    def _apply(self, event: dict[str, Any]) -> None:
        if event["event"] == "push":
            self._pushes.append(dict(event))
        elif event["state"] == "ok":
            self._tokens.pop(event["token"], None)
        else:
            self._tokens[event["token"]] = event["state"]


def _shown(push: Mapping[str, Any]) -> dict[str, Any]:
    message = push["message"]
    notification = message.get("notification") or {}
    return {
        "id": push["id"],
        "at": moment(push["at"]),
        "token": message["token"],
        "title": notification.get("title", ""),
        "body": notification.get("body", ""),
        "data": message.get("data") or {},
        "android": message.get("android") or {},
        "webpush": message.get("webpush") or {},
    }
