"""What SendGrid tells of mails that it took: its signed event webhook (rules 24.2).

The signature is over the time of sending and the body as it came, by an ECDSA key of SendGrid's whose public half is a
setting. What is older than ten minutes counts as a replay. SendGrid names no limit; others who check take five minutes,
and ten forgive a slow line and a clock that is off. SendGrid tries again for a day: a call whose time it does not make
anew is lost then, which costs one mail more to a dead address. The ids of events are no help, since a call that is made
again may have others: that events change nothing twice is the service's work.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

SIGNATURE_HEADER = "x-twilio-email-event-webhook-signature"
TIME_HEADER = "x-twilio-email-event-webhook-timestamp"
LONGEST_AGE_SECONDS = 600

MAX_EVENTS = 2000


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One event of a mail. `kind`: SendGrid's word, such as `delivered`. `duty`: what the mail was sent for. `soft`: a
    bounce that says nothing of the address."""

    id: str
    kind: str
    address: str
    duty: str
    reason: str
    soft: bool


def is_genuine(raw: bytes, headers: Mapping[str, str], public_key: str, now: datetime) -> bool:
    """Whether SendGrid signed this body, not long ago. `headers`: names in small letters."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from sendgrid.helpers.eventwebhook import EventWebhook

    signature, sent_at = headers.get(SIGNATURE_HEADER, ""), headers.get(TIME_HEADER, "")
    if not (sent_at.isascii() and sent_at.isdecimal() and len(sent_at) <= 12):
        return False
    if abs(now.timestamp() - int(sent_at)) > LONGEST_AGE_SECONDS:
        return False
    try:
        return EventWebhook(public_key).verify_signature(raw.decode(), signature, sent_at) is True
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return False


def read(raw: bytes) -> list[MailEvent] | None:
    """The events of a body; None where it is no list of events. What has no id or no kind is left out."""
    try:
        rows = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(rows, list) or len(rows) > MAX_EVENTS:
        return None
    return [_event(row) for row in rows if isinstance(row, dict) and _text(row, "sg_event_id") and _text(row, "event")]


def _event(row: Mapping[str, Any]) -> MailEvent:
    kind = _text(row, "event")
    return MailEvent(
        id=_text(row, "sg_event_id"),
        kind=kind,
        address=_text(row, "email"),
        duty=_text(row, "duty"),
        reason=_text(row, "reason"),
        # A bounce of this type is a server that did not want it now; the address may be as good as ever.
        soft=kind == "bounce" and _text(row, "type") == "blocked",
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value[:320] if isinstance(value, str) else ""
