"""JSON texts and times, in the forms that the durable protocol uses.

Times are whole microseconds since 1970, UTC. Values travel as JSON text, and are kept as the text they came as.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from local import clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class BadTimeError(ValueError):
    """A text that is not an ISO 8601 time."""


def now() -> int:
    """The time, as this stack counts it."""
    return int(clock.seconds() * 1_000_000)


@lru_cache(64)
def _second(seconds: int, form: str) -> str:
    return time.strftime(form, time.gmtime(seconds))


def iso(micros: int) -> str:
    """`2026-11-23T18:00:01.0000000Z`, the seven digits of a history's times."""
    seconds, rest = divmod(micros, 1_000_000)
    return f"{_second(seconds, '%Y-%m-%dT%H:%M:%S')}.{rest:06d}0Z"


def iso_second(micros: int) -> str:
    """`2026-11-23T18:00:01Z`, cut to the second, as a status has it."""
    return _second(micros // 1_000_000, "%Y-%m-%dT%H:%M:%SZ")


def basic(micros: int) -> str:
    """`20261123T180001.000000Z`, which the SDK's parser reads faster than the usual form."""
    seconds, rest = divmod(micros, 1_000_000)
    return f"{_second(seconds, '%Y%m%dT%H%M%S')}.{rest:06d}Z"


def basic_second(micros: int) -> str:
    """`20261123180001Z`: whole seconds, the form that is read fastest. For times that no user code looks at."""
    return _second(micros // 1_000_000, "%Y%m%d%H%M%SZ")


def parse_time(text: str) -> int:
    """Microseconds of an ISO 8601 time; one without a zone is UTC. Raises BadTimeError."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadTimeError(f"'{text}' is not an ISO 8601 time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


def quote(text: str | None) -> str:
    """The JSON string literal of `text`; `null` for None."""
    if text is None:
        return "null"
    try:
        return orjson.dumps(text).decode()
    except TypeError:
        # Lone surrogates: not UTF-8, but legal as escapes.
        return json.dumps(text)


def dump(value: Any) -> str:
    """JSON text of a value that came from JSON, in ASCII, with numbers of any size and NaN as Python writes them."""
    return json.dumps(value, separators=(",", ":"))


def plain(text: str, limit: int = 8000) -> str:
    """`text` as it can be stored: valid Unicode, and at most `limit` characters."""
    if len(text) > limit:
        text = f"{text[:limit]} ..."
    return text.encode("utf-8", "replace").decode()


def input_text(body: bytes) -> str | None:
    """An input as it was sent, None for an empty body. Raises ValueError where it is not one JSON value."""
    if not body.strip():
        return None
    text = body.decode("utf-8-sig")
    json.loads(text)
    return text


def event_text(body: bytes) -> str:
    """An event's value, written anew in the shortest form. Raises ValueError where the body is not one JSON value."""
    value = json.loads(body.decode("utf-8-sig"))
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    # Lone surrogates are no UTF-8, but legal as escapes.
    return text if _is_unicode(text) else dump(value)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def parsed(text: str | None) -> Any:
    """The value of a JSON text; a text that is none stays text."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
