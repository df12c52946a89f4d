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

from shared.telemetry import tracebacks

MASK: Final = "***"
LONGEST: Final = 4_000
MOST_ATTRIBUTES: Final = 32
_CACHED_UP_TO: Final = 256
_MARGIN: Final = 512
"""So much more is cleaned than is kept: what the end cuts in two is still known for what it is."""

PLAIN: Final = frozenset({"restaurantId", "locationId", "stationId", "menuId", "traceId"})
"""Attributes whose ids stay as they are: they stand in public addresses."""

_PLAIN_VALUE = re.compile(r"(?!\d{7,20}\Z)[A-Za-z0-9_-]{1,64}\Z")
_SUSPECT = re.compile(
    r"[@?=#%\\]|\d\W{0,3}\d\W{0,3}\d|[\w-]{24}|printing/|eyj|bearer|basic|cookie|authorization|key|secret|token|sig|pass|pwd"
    r"|name|phone|mail|address|note|comment|instruction|request|contact|street|code|otp|credential",
    re.IGNORECASE,
)
"""What no secret does without: most texts have none of it, and need no closer look."""

_ID = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{24}(?![0-9A-Za-z])")

_SECRETS = (
    r"password|passwd|pwd|secret|token|credential|otp|input_?code|api[_-]?key|access_?key|account_?key"
    r"|sharedaccesssignature|signature|(?<![a-z])sig"
)
_TYPED = (
    r"(?<![a-z])(?:name|(?:first|last|full|customer|guest|diner|holder|display)_?name|phone(?:_?number)?|e-?mail(?:_?address)?"
    r"|address|notes?|comment|instructions?|special_?requests?|contact|street)"
)
"""Fields of secrets, and of what people type, as they stand before a value: in JSON, in JSON within a text (so with any
number of backslashes), in Python's own words, in forms."""

_QUOTED = r"(\\*[\"'\]]?\s*[:=]\s*b?)(\\*[\"'])(?:(?!(?<!\\)\3).){0,400}(?:(?<!\\)\3)?"
_BARE = r"[^\s\"',;&}]+"

_RULES: Final[tuple[tuple[str, re.Pattern[str], str], ...]] = (
    ("-", re.compile(r"(?s)-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)"), MASK),
    # Whole headers, to the end of their line.
    (
        ":=,",
        re.compile(r"(?i)\b((?:set-)?cookie|(?:proxy-)?authorization)(\\*[\"']?\s*[:=,])[^\r\n]+"),
        rf"\1\2 {MASK}",
    ),
    # Who signs in stands before the host; whatever is asked stands behind the question mark, or behind the #.
    ("@", re.compile(r"(?<=://)[^/\s@]+@"), f"{MASK}@"),
    ("?#", re.compile(r"(?<=[\w/}-])([?#])[^\s\"'<>]+"), rf"\1{MASK}"),
    # A printer's secret stands in its address.
    ("/", re.compile(r"(?i)\b(printing/[^/\s]+/)[^/?\s\"'{]+"), rf"\1{MASK}"),
    (":=", re.compile(rf"(?is)({_SECRETS}|{_TYPED}){_QUOTED}"), rf"\1\2\3{MASK}\3"),
    (":=", re.compile(rf"(?i)({_SECRETS})(\\*[\"'\]]?\s*[:=]\s*){_BARE}"), rf"\1\2{MASK}"),
    ("=", re.compile(rf"(?i)({_TYPED})(\]?=){_BARE}"), rf"\1\2{MASK}"),
    ("", re.compile(r"(?i)\b(bearer|basic)\s+[\w+/=.~-]{6,}"), rf"\1 {MASK}"),
    (".", re.compile(r"\beyJ[\w-]{6,}(?:\.[\w-]+){1,2}"), MASK),
    ("@", re.compile(r"(?:\"[^\"\n]{1,64}\"|[\w.!#$&+%'^~-]{1,128})@[\w-]+(?:\.[\w-]+)*"), MASK),
)
"""What is masked, and the letters of which it has at least one: most texts need few looks."""

_LONG = re.compile(
    r"(?<![\w+/-])(?:[\w-]{8,40}:)?(?=[\w+/-]*[A-Za-z])(?=[\w+/-]*\d)[\w+-]{40,}={0,2}",
)
"""What is long and looks like nothing: keys, tokens of devices, hashes."""

_UUID = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
_BETWEEN = r"(?:[\s().\u00b7\u2010-\u2015-]|\+(?!\d\d:)){0,3}"
_NUMBER = re.compile(
    rf"{_UUID}|\b(?:[0-9a-f]{{32}}|[0-9a-f]{{16}})\b"
    rf"|\+?\(?\d(?:{_BETWEEN}\d){{8,60}}(?!\d|[0-9a-f]{{6}})"
    r"|(?<![\d.-])\d{3}[-. ]\d{4}(?![\d-])"
)
"""Ids that are drawn by lot; cards and phones, nine digits or more, however they are set; short phones without an area
code."""

_WORD = re.compile(rf"{_UUID}|\w{{10,}}")
_DIGITS = re.compile(r"\d{10}")
_BY_LOT = re.compile(r"(?=[0-9]*[a-f-])(?:[0-9a-f-]{36}|[0-9a-f]{16}|[0-9a-f]{32})\Z")
"""A UUID, the id of a trace or a span: it may have ten digits in a row."""

_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+|\\+u[0-9A-Fa-f]{4}|\\+x[0-9A-Fa-f]{2}")
_MOST_ESCAPES: Final = 5
"""How often a text may have been escaped, such as an address within an address."""


def fingerprint(id_: object) -> str:
    """What stands in telemetry for an id that is somebody's secret: the same for the same id."""
    return "id:" + hashlib.sha256(str(id_).lower().encode()).hexdigest()[:16]


def clean(text: str) -> str:
    """A text without personal data and secrets, at most 4,000 characters long."""
    return _cached(text) if len(text) <= _CACHED_UP_TO else _cleaned(text[: LONGEST + _MARGIN])[:LONGEST]


def _cleaned(text: str) -> str:
    if _ID.fullmatch(text):
        return fingerprint(text)
    text = tracebacks.without_messages(text)
    if _SUSPECT.search(text) is None:
        return text
    text = _masked(text)
    for _ in range(_MOST_ESCAPES):
        # First as it came: an escaped space must not end what is to be masked.
        if _ESCAPED.search(text) is None:
            break
        text = _masked(_ESCAPED.sub(_unescaped, text))
    text = _ID.sub(lambda found: fingerprint(found[0]), text)
    text = _NUMBER.sub(_unless_by_lot, _LONG.sub(MASK, text))
    return _WORD.sub(_without_digits, text)


def _masked(text: str) -> str:
    for letters, pattern, instead in _RULES:
        if not letters or any(letter in text for letter in letters):
            text = pattern.sub(instead, text)
    return text


def _unless_by_lot(number: re.Match[str]) -> str:
    return number[0] if _BY_LOT.match(number[0]) else MASK


def _without_digits(word: re.Match[str]) -> str:
    return _unless_by_lot(word) if _DIGITS.search(word[0]) else word[0]


def _unescaped(found: re.Match[str]) -> str:
    escape = found[0]
    if escape.startswith("%"):
        text = bytes.fromhex(escape.replace("%", "")).decode(errors="replace")
    else:
        text = chr(int("0" + escape.lstrip("\\").replace("u", "x"), 0))
    # No escaped line becomes a line of its own.
    return "".join(one if one.isprintable() else " " for one in text)


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
