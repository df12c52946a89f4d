"""Where a list goes on: an opaque text, which a client sends back as it came."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import orjson
from bson import ObjectId

from shared.errors import INVALID_REQUEST, Problem

REFUSALS = (INVALID_REQUEST,)

MAX_CURSOR = 400
"""The longest cursor, in characters."""

PATTERN = r"^[A-Za-z0-9_-]+$"
"""What a cursor consists of, for the `after` of a query."""

Part = str | int | datetime | ObjectId | None
"""What a list is sorted by. A moment is exact to the millisecond, as MongoDB keeps it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cursor(*parts: Part) -> str:
    """The cursor of a row, by what its list is sorted by."""
    return base64.urlsafe_b64encode(orjson.dumps([_written(part) for part in parts])).decode().rstrip("=")


def parts_of(text: str, kinds: Sequence[type]) -> list[Part]:
    """What a cursor holds: one part of each kind, or None. Raises Problem INVALID_REQUEST, which names `after`."""
    try:
        if len(text) > MAX_CURSOR:
            raise ValueError("too long")
        rows = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        parts = [_read(row) for row in rows]
        if len(parts) != len(kinds) or any(
            part is not None and type(part) is not kind for part, kind in zip(parts, kinds, strict=True)
        ):
            raise ValueError("of another list")
    except (binascii.Error, ValueError, TypeError, KeyError, OverflowError):
        message = "This is not where a list goes on: send it as it came."
        raise Problem(INVALID_REQUEST, f"after: {message}", detail=[{"field": "after", "message": message}]) from None
    return parts


def _written(part: Part) -> object:
    if isinstance(part, datetime):
        return {"at": (part - _EPOCH) // timedelta(milliseconds=1)}
    if isinstance(part, ObjectId):
        return {"id": str(part)}
    return part


def _read(row: object) -> Part:
    if isinstance(row, dict):
        if "id" in row:
            if not ObjectId.is_valid(row["id"]):
                raise ValueError("no id")
            return ObjectId(row["id"])
        return _EPOCH + timedelta(milliseconds=int(row["at"]))
    if row is None or type(row) in (str, int):
        return row  # type: ignore[return-value]  # looked at on the line before
    raise TypeError("a part that no cursor has")
