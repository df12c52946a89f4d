"""JSON texts and times, in the forms that the durable protocol uses.

Times are whole microseconds since 1970, UTC. Values travel as JSON text, and are kept as the text they came as.
"""

from __future__ import annotations

import json
import math
import re
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from local import clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DEEPEST = 200
_BRACKETS = re.compile(r"[\[\]{}]")
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class BadTimeError(ValueError):
    """A text that is not an ISO 8601 time."""


def now() -> int:
    """The time, as this stack counts it."""
    return int(clock.seconds() * 1_000_000)


_last_stamp = 0


def stamp() -> int:
    """A number larger than every one before, also those before a restart: the order in which things happened.

    It follows the machine's clock: the stack's may stand still, or be set back.
    """
    global _last_stamp  # noqa: PLW0603 - one order for the whole process
    _last_stamp = max(_last_stamp + 1, time.time_ns() // 1000)
    return _last_stamp


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
    _strict(text)
    return text


def event_text(body: bytes) -> str:
    """An event's value, written anew in the shortest form. Raises ValueError where the body is not one JSON value."""
    value = _strict(body.decode("utf-8-sig"))
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    # Lone surrogates are no UTF-8, but legal as escapes.
    return text if _is_unicode(text) else dump(value)


def _strict(text: str) -> Any:
    """The value of a JSON text, without what only Python's reader knows. Raises ValueError."""
    if _depth(text) > _DEEPEST:
        raise ValueError(f"values lie more than {_DEEPEST} deep in one another")
    return json.loads(text, parse_float=_finite, parse_constant=_no_number)


def _depth(text: str) -> int:
    """How deep lists and objects lie in one another at most."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return 0
    deepest = depth = 0
    for bracket in _BRACKETS.findall(_TEXTS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text:.20} is too large")
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


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
