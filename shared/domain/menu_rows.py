"""The rows of a menu by their keys, and whether two values of it are the same (rules 16)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import bson
from bson import ObjectId

Lists = Mapping[str, Any]
OF_ITEM: Lists = {"variants": {}, "modifiers": {"options": {}}}
OF_MENU: Lists = {"categories": {}, "items": OF_ITEM}
"""The fields that hold lists of rows, and those of such a row."""


def keyed(rows: list[Any]) -> dict[str, Any]:
    """The rows of a list by their keys, in order."""
    found: dict[str, Any] = {}
    times: dict[str, int] = {}
    for row in rows:
        key = _id(row)
        times[key] = times.get(key, 0) + 1
        if not key or times[key] > 1:
            key = f"{key}~{times[key]}"
        while key in found:
            key += "~"
        found[key] = row
    return found


def _id(row: Any) -> str:
    key = row.get("id") if isinstance(row, dict) else None
    return str(key) if isinstance(key, str | ObjectId | int | float) and not isinstance(key, bool) else ""


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same: true is not 1, and what is no number (NaN) is itself."""
    if one is other:
        return True
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        # Most rows are the same to the byte, and comparing bytes is fast.
        return stored_bytes(one) == stored_bytes(other) or (
            one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (_is_nan(one) and _is_nan(other))


def stored_bytes(row: dict[str, Any]) -> bytes:
    """A row as MongoDB stores it."""
    return bson.encode(row)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def inner(lists: Lists | None, name: str, *values: Any) -> Lists | None:
    """What the rows under `name` hold, where all of these values are lists of rows; else None."""
    if lists is None or name not in lists or not all(isinstance(value, list) for value in values):
        return None
    found: Lists = lists[name]
    return found
