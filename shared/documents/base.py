"""The base of all documents, and the lenient types that old data needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from bson import Decimal128, ObjectId
from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from shared.ids import stored_id

_TOO_LARGE = 2**63
"""From here on MongoDB cannot store a whole number, so it counts as none."""


@dataclass(frozen=True, slots=True)
class StoredAs:
    """The types (MongoDB's `bsonType`) in which this project or the original server writes a field.

    A reader may understand other types, too. Nobody should write them.
    """

    types: tuple[str, ...]

    def __init__(self, *types: str) -> None:
        object.__setattr__(self, "types", types)


class Document(BaseModel):
    """A stored document or a part of one: frozen, camelCase in the database, unknown fields ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        defer_build=True,
    )


def _id(value: Any) -> Any:
    if isinstance(value, ObjectId):
        return value
    return stored_id(value) if isinstance(value, str) else _text(value)


def _text(value: Any) -> Any:
    """A stored number or id is read as its text, a translated text as its English text."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _text(value.get("en"))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool) or not isinstance(value, int | float | ObjectId | Decimal128):
        return ""
    return str(value)


def _list(value: Any) -> Any:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _part(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def _part_or_none(value: Any) -> Any:
    return value if isinstance(value, dict) else None


def _text_or_none(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _texts(value: Any) -> Any:
    return [text for item in value if (text := _text(item))] if isinstance(value, list) else []


def _texts_or_none(value: Any) -> Any:
    return None if value is None else _texts(value)


def plain_number(value: Any) -> int | float | Decimal | None:
    """A number, however it was stored: as a double, a 64-bit or decimal number, or as text. None where it is none."""
    try:
        if isinstance(value, str | Decimal128):
            value = Decimal(value.strip()) if isinstance(value, str) else value.to_decimal()
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
            return None
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return value


def _whole_or_none(value: Any) -> Any:
    if type(value) is int:
        return value
    number = plain_number(value)
    whole = round(number) if number is not None else None
    return whole if whole is not None and abs(whole) < _TOO_LARGE else None


def _whole(value: Any) -> Any:
    return _whole_or_none(value) or 0


def _flag(value: Any) -> Any:
    return value is True


def _moment(value: Any) -> Any:
    """A BSON date, an ISO text or milliseconds: the original writes all three (contract V10). It becomes aware UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def moment_of(value: Any) -> datetime | None:
    """A stored moment, in any of the ways in which it is stored; None for what is none."""
    found: datetime | None = _moment(value)
    return found


StoredId = Annotated[ObjectId | str, BeforeValidator(_id), StoredAs("objectId", "string")]
"""An ObjectId, or plain text in imported data."""

Text = Annotated[str, BeforeValidator(_text), StoredAs("string", "null")]
"""Text; null and absent are ""."""

TextOrNone = Annotated[str | None, BeforeValidator(_text_or_none), StoredAs("string", "null")]
"""Text; None for anything else."""

Part = BeforeValidator(_part)
"""A sub-document; an empty one for anything else."""

PartOrNone = BeforeValidator(_part_or_none)

Texts = Annotated[list[str], BeforeValidator(_texts)]
TextsOrNone = Annotated[list[str] | None, BeforeValidator(_texts_or_none)]
"""A list of texts; None only for a stored null, and [] for what is neither."""

Whole = Annotated[int, BeforeValidator(_whole), StoredAs("number", "null")]
"""A whole number (cents, counts); 0 for anything else, also for NaN."""

WholeOrAbsent = Annotated[int | None, BeforeValidator(_whole), StoredAs("number", "null")]
"""A whole number, 0 for anything else; None only where the field is absent."""

WholeOrNone = Annotated[int | None, BeforeValidator(_whole_or_none), StoredAs("number", "null")]
"""A whole number; None for anything else."""

Flag = Annotated[bool, BeforeValidator(_flag), StoredAs("bool", "null")]
"""True only for a stored true: the original reads flags so (contract V4)."""

Moment = Annotated[datetime | None, BeforeValidator(_moment), StoredAs("date", "string", "null")]
Rows = BeforeValidator(_list)
"""A list of sub-documents; null and absent are []."""
