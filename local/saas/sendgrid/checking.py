"""What SendGrid refuses of a mail, in its words: 400 with `errors`, each with its field."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.standin.emulation import unknown

MAX_RECIPIENTS = 1000
MAX_CUSTOM_BYTES = 10_000

_ADDRESS = re.compile(r"[^\s@<>,;:()\[\]\\\"]{1,64}@[^\s@]+\.[^\s@.]{2,}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a mail."""

    field: str | None
    message: str
    status: int = 400

    def told(self) -> dict[str, Any]:
        """As it stands in `errors`."""
        return {"message": self.message, "field": self.field, "help": None}


NOT_THERE = ("template_id", "send_at", "batch_id", "asm", "ip_pool_name", "dynamic_template_data", "substitutions")
"""What can be asked of SendGrid with a mail, or for one of its recipients, and not of the stand-in."""


def fault_of(mail: Mapping[str, Any], verified: str) -> Fault | None:
    """What is wrong with a mail; None for one that is taken. `verified`: the only address that may send."""
    who = _sender(mail, verified) or _recipients(mail) or _not_there(mail)
    return who or _content(mail) or _attachments(mail) or _arguments(mail)


def _not_there(mail: Mapping[str, Any]) -> Fault | None:
    rows = [mail, *(row for row in mail["personalizations"] if isinstance(row, dict))]
    found = next((name for name in NOT_THERE for row in rows if name in row), None)
    return None if found is None else Fault(found, unknown(found), 501)


def _sender(mail: Mapping[str, Any], verified: str) -> Fault | None:
    sender = mail.get("from")
    address = sender.get("email") if isinstance(sender, dict) else None
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        return Fault("from.email", "The from email does not contain a valid address.")
    if address != verified:
        return Fault("from", "The from address does not match a verified Sender Identity.", 403)
    return None


def _recipients(mail: Mapping[str, Any]) -> Fault | None:
    rows = mail.get("personalizations")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_RECIPIENTS:
        return Fault("personalizations", "The personalizations field is required and must have at least one value.")
    for number, row in enumerate(rows):
        where = f"personalizations.{number}"
        people = row.get("to") if isinstance(row, dict) else None
        if not isinstance(people, list) or not people:
            return Fault(f"{where}.to", "The to array is required for all personalization objects.")
        for place, one in enumerate(people):
            address = one.get("email") if isinstance(one, dict) else None
            if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
                return Fault(f"{where}.to.{place}.email", "Does not contain a valid address.")
        if not (mail.get("subject") or row.get("subject")):
            return Fault(
                "subject", "The subject is required. You can get around this requirement if you use a template."
            )
    return None


def _content(mail: Mapping[str, Any]) -> Fault | None:
    parts = mail.get("content")
    if not isinstance(parts, list) or not parts:
        return Fault("content", "Unless a valid template_id is provided, the content parameter is required.")
    kinds = []
    for number, part in enumerate(parts):
        value = part.get("value") if isinstance(part, dict) else None
        if not isinstance(value, str) or not value:
            return Fault(
                f"content.{number}.value", "The content value must be a string at least one character in length."
            )
        kinds.append(part.get("type"))
    if len(set(kinds)) != len(kinds):
        return Fault("content", "If present, text/plain and text/html may only be provided once.")
    if kinds not in (["text/plain"], ["text/html"], ["text/plain", "text/html"]):
        return Fault(
            "content",
            "If present, text/plain must be first, followed by text/html, followed by any other content.",
        )
    return None


def _attachments(mail: Mapping[str, Any]) -> Fault | None:
    for number, one in enumerate(mail.get("attachments") or []):
        where = f"attachments.{number}"
        if not isinstance(one, dict) or not isinstance(one.get("filename"), str) or not one["filename"]:
            return Fault(f"{where}.filename", "The filename must be a string at least one character in length.")
        try:
            content = base64.b64decode(one.get("content") or "", validate=True)
        except (binascii.Error, ValueError, TypeError):
            content = b""
        if not content:
            return Fault(f"{where}.content", "The attachment content must be base64 encoded.")
        if one.get("disposition") == "inline" and not one.get("content_id"):
            return Fault(f"{where}.content_id", "The content_id is required where the disposition is inline.")
    return None


def _arguments(mail: Mapping[str, Any]) -> Fault | None:
    given = mail.get("custom_args")
    if given is None:
        return None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        return Fault("custom_args", "The custom_args values must be strings.")
    if sum(len(name) + len(value) for name, value in given.items()) > MAX_CUSTOM_BYTES:
        return Fault("custom_args", "The custom_args must be less than 10,000 bytes in total.")
    return None
