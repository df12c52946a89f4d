"""What leaves as telemetry is cleaned here, and nowhere else: spans, logs, measures and exceptions alike (rules 24.5).

Two guards stand one behind the other. Whoever notes something notes ids, codes, counts and times, never what a person
typed. And whatever is noted all the same goes through `clean`, which knows phones, e-mails, cards, keys, tokens,
cookies, addresses with secrets, and ids. An order's id is its diner's secret: who has it may read and cancel the order.
So ids of 24 digits leave as a fingerprint, which finds the order's telemetry again, and leads to no order.
"""

from __future__ import annotations

import hashlib
import re
import traceback
from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, Final

MASK: Final = "***"
LONGEST: Final = 4_000
MOST_ATTRIBUTES: Final = 32
_CACHED_UP_TO: Final = 256

PLAIN: Final = frozenset({"restaurantId", "locationId", "stationId", "menuId", "traceId"})
"""Attributes whose ids stay as they are: they stand in public addresses."""

_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_SUSPECT = re.compile(
    r"[@?=]|\d{3}|[\w-]{24}|printing/|bearer|basic|cookie|authorization|key|secret|token|sig|pass|pwd", re.IGNORECASE
)
"""What no secret does without: most texts have none of it, and need no closer look."""

_ID = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{24}(?![0-9A-Za-z])")

_NAMED = (
    r"password|passwd|pwd|secret|client_secret|token|access_?token|refresh_?token|id_?token|api_?key|x-api-key|accesskey"
    r"|accountkey|sharedaccesskey|sharedaccesssignature|sig|signature"
)
_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # Whole headers, to the end of their line.
    (re.compile(r"(?i)\b((?:set-)?cookie|(?:proxy-)?authorization)([\"']?\s*[:=])[^\r\n]+"), rf"\1\2 {MASK}"),
    # Who signs in stands before the host; whatever is asked stands behind the question mark.
    (re.compile(r"(?<=://)[^/\s@]+@"), f"{MASK}@"),
    (re.compile(r"(?<=[\w/}-])\?[^\s\"'<>=]+=[^\s\"'<>]*"), f"?{MASK}"),
    # A printer's secret stands in its address.
    (re.compile(r"(?i)\b(printing/[^/\s]+/)[^/?\s\"'{]+"), rf"\1{MASK}"),
    (re.compile(rf"(?i)\b({_NAMED})([\"']?\s*[:=]\s*[\"']?)[^\s\"',;&}}]+"), rf"\1\2{MASK}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w+/=.~-]{6,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]{6,}(?:\.[\w-]+){1,2}"), MASK),
    (re.compile(r"[\w.+%'-]{1,128}@[\w-]+(?:\.[\w-]+)+"), MASK),
)
_LATE_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # Cards and phones: nine digits or more, however they are set; then short phones without an area code.
    (re.compile(r"(?<![\w.-])\+?\(?\d(?:[\s().-]{0,2}\d){8,18}(?!\w)"), MASK),
    (re.compile(r"(?<![\w.-])\d{3}[-. ]\d{4}(?![\w-])"), MASK),
    # What is long and looks like nothing: keys, tokens of devices, hashes.
    (re.compile(r"(?<![\w+/-])(?:[\w-]{8,40}:)?(?=[\w+/-]*[A-Za-z])(?=[\w+/-]*\d)[\w+-]{40,}={0,2}"), MASK),
)


def fingerprint(id_: object) -> str:
    """What stands in telemetry for an id that is somebody's secret: the same for the same id."""
    return "id:" + hashlib.sha256(str(id_).lower().encode()).hexdigest()[:16]


def clean(text: str) -> str:
    """A text without personal data and secrets, at most 4,000 characters long."""
    return _cached(text) if len(text) <= _CACHED_UP_TO else _cleaned(text[:LONGEST])


_TRACEBACK: Final = "Traceback (most recent call last)"
_FRAME = re.compile(r'\s*(?:\| *)?(?:  File "| {4})|Traceback \(most recent|The above exception|During handling|\s*$')
_KIND = re.compile(r"[A-Za-z_][\w.]*(?=:)|[A-Za-z_][\w.]*$")


def _without_messages(text: str) -> str:
    """A text with tracebacks in it, without what the exceptions say: that may repeat a document."""
    before, mark, after = text.partition(_TRACEBACK)
    kept = []
    for line in (mark + after).splitlines():
        kind = None if _FRAME.match(line) else _KIND.match(line)
        if kind is not None:
            kept.append(kind[0])
        elif _FRAME.match(line):
            kept.append(line)
    return before + "\n".join(kept)


def _cleaned(text: str) -> str:
    if _TRACEBACK in text:
        text = _without_messages(text)
    if _SUSPECT.search(text) is None:
        return text
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    text = _ID.sub(lambda found: fingerprint(found[0]), text)
    for pattern, instead in _LATE_RULES:
        text = pattern.sub(instead, text)
    return text


_cached = lru_cache(maxsize=4096)(_cleaned)


def attributes(given: Mapping[str, Any]) -> dict[str, str | int | float | bool]:
    """Attributes without personal data and secrets: texts, numbers, booleans; anything else as its text."""
    cleaned: dict[str, str | int | float | bool] = {}
    for name, value in given.items():
        if value is None:
            continue
        if len(cleaned) >= MOST_ATTRIBUTES:
            break
        if isinstance(value, bool | int | float):
            # A number of nine digits or more is no count of ours, but it may be a card or a phone.
            cleaned[name] = value if -(10**9) < value < 10**9 else MASK
            continue
        text = str(value)
        cleaned[name] = text if name in PLAIN and _PLAIN_VALUE.match(text) else clean(text)
    return cleaned


def exception(kind: type[BaseException], where: TracebackType | None) -> dict[str, str]:
    """An exception as attributes: its type, and where it was raised. Never its message: that may repeat a document."""
    frames = "".join(traceback.format_tb(where)[-30:]) if where is not None else ""
    return {"exception.type": kind.__name__, "exception.stacktrace": clean(frames)}
