"""What Twilio tells: that somebody says STOP, and what became of a text (rules 24.1).

Twilio's signature has no time in it, so a call that was once heard could be sent again by whoever has kept it. It then
changes nothing: a reply counts once by its id, so does a text that Twilio refused for a STOP, and a text's story only
goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from shared.app import App
from shared.errors import BODY_TOO_LARGE, FORBIDDEN, INVALID_REQUEST, Problem
from shared.integrations.twilio_texts.client import OPTED_OUT
from shared.integrations.twilio_texts.hooks import MESSAGE_PATH, STATUS_PATH, is_from_twilio
from shared.services.messages import numbers
from shared.store import duties, opt_outs

log = logging.getLogger("orderbuddy.messages")

REFUSALS = (BODY_TOO_LARGE, FORBIDDEN, INVALID_REQUEST)

MAX_BODY = 32 * 1024
MAX_FIELDS = 200
SIGNATURE = "x-twilio-signature"
LONGEST_ID = 64

STOPS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "ALTO", "PARAR"})
STARTS = frozenset({"START", "YES", "UNSTOP"})
"""The words that Twilio knows, and STOP in our diners' other languages."""

STORY = ("accepted", "scheduled", "queued", "sending", "sent", "delivered")
"""How a text goes on."""

OVER = frozenset({"delivered", "undelivered", "failed", "read"})
"""After these nothing else is heard of a text, but that it was read."""

LOOKS = 6
LOOK_EVERY_SECONDS = 0.5
"""Twilio may tell of a text before its id is written down."""


async def replied(app: App, raw: bytes, headers: Mapping[str, str]) -> None:
    """Somebody sent a text to our number. `headers`: names in small letters. Raises Problem (REFUSALS)."""
    form = _read(app, MESSAGE_PATH, raw, headers)
    message_id, sender = _one(form, "MessageSid"), _one(form, "From")
    if not message_id or not sender:
        raise Problem(INVALID_REQUEST)
    # Where the account's own list of words is longer, Twilio says what it took the text for.
    word = _one(form, "OptOutType").upper() or " ".join(_one(form, "Body").upper().split()).rstrip(".!")
    if word not in STOPS | STARTS or _one(form, "To") != app.settings.twilio_phone_number:
        return
    counts = await opt_outs.hear(app.db, numbers.key(app, sender), message_id, app.clock.now(), stopped=word in STOPS)
    log.info("a number %s%s", "stops texts" if word in STOPS else "wants texts", "" if counts else ", as was heard")


async def told(app: App, raw: bytes, headers: Mapping[str, str]) -> None:
    """Twilio says what became of a text. `headers`: names in small letters. Raises Problem (REFUSALS)."""
    form = _read(app, STATUS_PATH, raw, headers)
    text_id, status, error = _one(form, "MessageSid"), _one(form, "MessageStatus"), _one(form, "ErrorCode")
    if not text_id or not status:
        raise Problem(INVALID_REQUEST)
    if status not in OVER and status not in STORY:
        return
    if error == str(OPTED_OUT) and _one(form, "To"):
        # They may want texts again by the time that this is told again.
        await opt_outs.hear(app.db, numbers.key(app, _one(form, "To")), text_id, app.clock.now(), stopped=True)
    delivery = f"{status} {error}" if error.isdecimal() else status
    before = STORY[: STORY.index(status)] if status in STORY else STORY if status == "read" else STORY[:-1]
    for left in reversed(range(LOOKS)):
        if await duties.delivered(app.db, text_id, delivery, before=before) is not None:
            return
        if left:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
    log.info("Twilio tells of a text that nobody knows")


def _read(app: App, path: str, raw: bytes, headers: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    if len(raw) > MAX_BODY:
        raise Problem(BODY_TOO_LARGE)
    try:
        form = parse_qs(raw.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace")
    except ValueError:
        raise Problem(INVALID_REQUEST, "The body is no form.") from None
    if not is_from_twilio(app.settings, path, form, headers.get(SIGNATURE, "")):
        raise Problem(FORBIDDEN)
    return form


def _one(form: Mapping[str, Sequence[str]], name: str) -> str:
    """A field that stands there once, and is not too long; else ""."""
    values = form.get(name, ())
    return values[0] if len(values) == 1 and (name == "Body" or len(values[0]) <= LONGEST_ID) else ""
