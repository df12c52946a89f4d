"""What the stand-in remembers: the newest mails with what became of each. Kept in a journal."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from local.standin.books import BooksOnDisk
from local.standin.journal import Journal
from local.standin.received import moment

MAX_MAILS = 200


class Books(BooksOnDisk):
    """The newest 200 mails."""

    def __init__(self, journal: Journal) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._mails: OrderedDict[str, dict[str, Any]] = OrderedDict()
        super().__init__(journal)

    def keep(self, mail_id: str, at: float, mail: Mapping[str, Any]) -> None:
        """A mail was taken."""
        self._record({"event": "mail", "id": mail_id, "at": at, "mail": dict(mail)})

    def tell(self, mail_id: str, kind: str, answered: int | None) -> None:
        """An event of a mail went out. `answered`: what the receiver said."""
        self._record({"event": "told", "id": mail_id, "kind": kind, "answered": answered})

    def mail(self, mail_id: str) -> dict[str, Any] | None:
        """A mail as it came; None where it is forgotten."""
        found = self._mails.get(mail_id)
        return None if found is None else dict(found["mail"])

    def listed(self) -> list[dict[str, Any]]:
        """The mails without their attachments' contents, oldest first."""
        return [_shown(mail_id, found) for mail_id, found in self._mails.items()]

    def one(self, mail_id: str) -> dict[str, Any] | None:
        """A mail with its attachments; None where it is forgotten."""
        found = self._mails.get(mail_id)
        if found is None:
            return None
        return {**_shown(mail_id, found), "attachments": found["mail"].get("attachments") or []}

    def _apply(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "mail":
                self._mails[event["id"]] = {"at": event["at"], "mail": event["mail"], "told": []}
                while len(self._mails) > MAX_MAILS:
                    self._mails.popitem(last=False)
            case "told":
                found = self._mails.get(event["id"])
                if found is not None:
                    found["told"].append({"kind": event["kind"], "answered": event["answered"]})


def _shown(mail_id: str, found: Mapping[str, Any]) -> dict[str, Any]:
    mail = found["mail"]
    content = {part["type"]: part["value"] for part in mail["content"]}
    return {
        "id": mail_id,
        "at": moment(found["at"]),
        "from": mail["from"],
        "to": [person["email"] for row in mail["personalizations"] for person in row["to"]],
        "subject": mail.get("subject") or mail["personalizations"][0].get("subject", ""),
        "text": content.get("text/plain", ""),
        "html": content.get("text/html", ""),
        "attachments": [
            {"filename": one["filename"], "type": one.get("type", ""), "content_id": one.get("content_id")}
            for one in mail.get("attachments") or []
        ],
        "custom_args": mail.get("custom_args") or {},
        "told": found["told"],
    }
