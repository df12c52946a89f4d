"""Inline route constraints, as in ASP.NET: {id:int}, {name:alpha:minlength(3)}, {code:regex(^[A-Z]+$)}."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

Constraint = Callable[[str], bool]


class ConstraintError(ValueError):
    """A route names a constraint that does not exist, or gives it arguments that it cannot use."""


_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")
_NUMBER = re.compile(r"\s*[+-]?[0-9,]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?\s*")
_DECIMAL = re.compile(r"\s*[+-]?[0-9,]*\.?[0-9]+\s*")
_ALPHA = re.compile(r"[A-Za-z]*")
_GUID = re.compile(
    r"\s*(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|\{[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}|\([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\))\s*"
)
_DATE_FORMATS = ("%m/%d/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m-%d-%Y", "%Y/%m/%d")
_CALL = re.compile(r"(?P<name>[A-Za-z]+)(?:\((?P<arguments>.*)\))?", re.DOTALL)


def _integer(bits: int) -> Constraint:
    bound = 1 << (bits - 1)
    return lambda text: _INTEGER.fullmatch(text) is not None and -bound <= int(text) < bound


def _is_datetime(text: str) -> bool:
    candidate = text.strip()
    try:
        datetime.fromisoformat(candidate)
    except ValueError:
        return any(_parses(candidate, form) for form in _DATE_FORMATS)
    # fromisoformat also takes what .NET does not, such as week dates and bare digits.
    return "-" in candidate and "W" not in candidate.upper()


def _parses(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _is_file(text: str) -> bool:
    _, dot, extension = text.rpartition("/")[2].rpartition(".")
    return bool(dot and extension)


_PLAIN: dict[str, Constraint] = {
    "int": _integer(32),
    "long": _integer(64),
    "bool": lambda text: text.strip().lower() in {"true", "false"},
    "decimal": lambda text: _DECIMAL.fullmatch(text) is not None,
    "double": lambda text: _NUMBER.fullmatch(text) is not None,
    "float": lambda text: _NUMBER.fullmatch(text) is not None,
    "datetime": _is_datetime,
    "guid": lambda text: _GUID.fullmatch(text) is not None,
    "alpha": lambda text: _ALPHA.fullmatch(text) is not None,
    "required": lambda text: text != "",
    "file": _is_file,
    "nonfile": lambda text: not _is_file(text),
}


def _between(text: str, low: int | None, high: int | None) -> bool:
    """Whether `text` is a whole number of 64 bits within the bounds."""
    if not _PLAIN["long"](text):
        return False
    return (low is None or int(text) >= low) and (high is None or int(text) <= high)


_WITH_NUMBERS: dict[tuple[str, int], Callable[..., Constraint]] = {
    ("length", 1): lambda exact: lambda text: len(text) == exact,
    ("length", 2): lambda low, high: lambda text: low <= len(text) <= high,
    ("minlength", 1): lambda low: lambda text: len(text) >= low,
    ("maxlength", 1): lambda high: lambda text: len(text) <= high,
    ("min", 1): lambda low: lambda text: _between(text, low, None),
    ("max", 1): lambda high: lambda text: _between(text, None, high),
    ("range", 2): lambda low, high: lambda text: _between(text, low, high),
}


def make_constraint(text: str) -> Constraint:
    """The check for one inline constraint such as `int` or `range(1,5)`. Raises ConstraintError."""
    call = _CALL.fullmatch(text)
    if call is None:
        raise ConstraintError(f"'{text}' is not a constraint")
    name, arguments = call["name"].lower(), call["arguments"]
    if arguments is None and name in _PLAIN:
        return _PLAIN[name]
    if name == "regex" and arguments is not None:
        try:
            # ASP.NET's regex constraint ignores case, and may match anywhere unless the route's author anchors it.
            pattern = re.compile(arguments, re.IGNORECASE)
        except re.error as error:
            raise ConstraintError(f"the pattern of '{text}' is wrong: {error}") from None
        return lambda value: pattern.search(value) is not None
    try:
        numbers = [int(part) for part in (arguments or "").split(",")]
        return _WITH_NUMBERS[name, len(numbers)](*numbers)
    except (ValueError, KeyError):
        raise ConstraintError(f"'{text}' is not a known constraint, or its arguments are wrong") from None
