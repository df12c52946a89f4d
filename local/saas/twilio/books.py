"""What the stand-in remembers: every text, who said STOP, and where it tells of both. Kept in a journal."""

from __future__ import annotations

import secrets
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, Literal

from local.saas.twilio import wire
from local.standin.books import BooksOnDisk
from local.standin.journal import Journal
from local.standin.received import moment

MAX_TEXTS = 500


@dataclass(slots=True)
class Message:
    """A text. `way`: out to a phone, or in from one. `told_at`: where its sender hears what became of it, or ""."""

    sid: str
    way: Literal["out", "in"]
    sender: str
    to: str
    body: str
    at: float
    status: str
    told_at: str = ""

    def describe(self) -> dict[str, Any]:
        """The text as the console shows it."""
        return {
            "sid": self.sid,
            "way": self.way,
            "from": self.sender,
            "to": self.to,
            "body": self.body,
            "at": moment(self.at),
            "status": self.status,
            "segments": wire.segments(self.body),
            "gsm": wire.is_gsm(self.body),
        }


class Books(BooksOnDisk):
    """The newest 500 texts, and the numbers that want none."""

    def __init__(self, journal: Journal) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._texts: deque[Message] = deque(maxlen=MAX_TEXTS)
        self._stopped: set[str] = set()
        self.told_at = ""
        """Where the last sender that wanted to hear of its texts is told."""
        super().__init__(journal)

    def send(self, sender: str, to: str, body: str, told_at: str) -> Message:
        """Take a text, each time it is asked for."""
        return self._keep(Message(_sid(), "out", sender, to, body, time.time(), "queued", told_at))

    def reply(self, sender: str, to: str, body: str) -> Message:
        """A phone sends a text to us. STOP and START count at once, as with Twilio."""
        word = body.strip().upper()
        if word in wire.STOPS or word in wire.STARTS:
            self._record({"event": "stop" if word in wire.STOPS else "start", "number": sender})
        return self._keep(Message(_sid(), "in", sender, to, body, time.time(), "received"))

    def ended(self, sid: str, status: str) -> None:
        """What became of a text."""
        self._record({"event": "status", "sid": sid, "status": status})

    def is_stopped(self, number: str) -> bool:
        """Whether a number wants no texts."""
        return number in self._stopped

    def find(self, sid: str) -> Message | None:
        """A text by its id, while it is remembered."""
        return next((text for text in self._texts if text.sid == sid), None)

    def texts(self) -> list[dict[str, Any]]:
        """The newest texts, oldest first."""
        return [text.describe() for text in self._texts]

    def _keep(self, message: Message) -> Message:
        self._record({"event": "text", **asdict(message)})
        return self._texts[-1]

    def _apply(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "text":
                message = Message(**{name: value for name, value in event.items() if name != "event"})
                self._texts.append(message)
                self.told_at = message.told_at or self.told_at
            case "status":
                found = self.find(event["sid"])
                if found is not None:
                    found.status = event["status"]
            case "stop":
                self._stopped.add(event["number"])
            case "start":
                self._stopped.discard(event["number"])


def _sid() -> str:
    return f"SM{secrets.token_hex(16)}"
