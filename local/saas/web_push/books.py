"""What the stand-in remembers: browsers with their keys, and the newest pushes. Kept in a journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from local.standin.books import BooksOnDisk
from local.standin.journal import Journal
from local.standin.received import moment

MAX_PUSHES = 500
MAX_BROWSERS = 2000


class Books(BooksOnDisk):
    """Browsers by id, and the newest 500 pushes."""

    def __init__(self, journal: Journal) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._browsers: dict[str, dict[str, Any]] = {}
        self._pushes: deque[dict[str, Any]] = deque(maxlen=MAX_PUSHES)
        super().__init__(journal)

    def subscribe(self, browser_id: str, keys: Mapping[str, str]) -> None:
        """A browser subscribed. Raises ValueError where too many have."""
        if len(self._browsers) >= MAX_BROWSERS:
            raise ValueError(f"{MAX_BROWSERS} browsers are subscribed already")
        self._record({"event": "browser", "id": browser_id, **keys})

    def unsubscribe(self, browser_id: str) -> None:
        """A browser is gone."""
        self._record({"event": "gone", "id": browser_id})

    def browser(self, browser_id: str) -> dict[str, Any] | None:
        """A browser with its keys; None where there never was one. `gone`: whether it is."""
        return self._browsers.get(browser_id)

    def keep(self, browser_id: str, at: float, shown: Any, headers: Mapping[str, str]) -> None:
        """A push was taken. `shown`: what the browser reads in it."""
        self._record({"event": "push", "browser": browser_id, "at": at, "shown": shown, "headers": dict(headers)})

    def listed(self) -> list[dict[str, Any]]:
        """The pushes as the browser shows them, oldest first."""
        return [{**one, "at": moment(one["at"])} for one in self._pushes]

    def _apply(self, event: dict[str, Any]) -> None:
        told = {name: value for name, value in event.items() if name != "event"}
        match event["event"]:
            case "browser":
                self._browsers[event["id"]] = {**told, "gone": False}
            case "gone":
                self._browsers[event["id"]] = {**self._browsers.get(event["id"], {}), "gone": True}
            case "push":
                self._pushes.append(told)
