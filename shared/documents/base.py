"""The base of all documents, and the lenient types that old data needs."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any

from bson import ObjectId
from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from shared.ids import stored_id


class Document(BaseModel):
    """A stored document or a part of one: frozen, camelCase in the database, unknown fields ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
    )


def _id(value: Any) -> Any:
    return stored_id(value) if isinstance(value, str) else value


def _text(value: Any) -> Any:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _list(value: Any) -> Any:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _part(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def _part_or_none(value: Any) -> Any:
    return value if isinstance(value, dict) else None


def _text_or_none(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _texts(value: Any) -> Any:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return round(value) if math.isfinite(value) else 0


def _whole_or_none(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value) if math.isfinite(value) else None


def _flag(value: Any) -> Any:
    return value is True


def _moment(value: Any) -> Any:
    """Dates of the original are BSON dates or ISO texts (contract V10); the driver gives aware UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


StoredId = Annotated[ObjectId | str, BeforeValidator(_id)]
"""An ObjectId, or plain text in imported data."""

Text = Annotated[str, BeforeValidator(_text)]
"""Text; null and absent are ""."""

TextOrNone = Annotated[str | None, BeforeValidator(_text_or_none)]
"""Text; whatever is none is None."""

Part = BeforeValidator(_part)
"""A sub-document; whatever is none is an empty one."""

PartOrNone = BeforeValidator(_part_or_none)

Texts = Annotated[list[str], BeforeValidator(_texts)]
Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number (cents, counts); what is none, NaN included, is 0."""

WholeOrNone = Annotated[int | None, BeforeValidator(_whole_or_none)]
"""A whole number; whatever is none is None."""

Flag = Annotated[bool, BeforeValidator(_flag)]
"""True only for a stored true, as the original reads flags (contract V4)."""

Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Rows = BeforeValidator(_list)
"""A list of sub-documents; null and absent are []."""
