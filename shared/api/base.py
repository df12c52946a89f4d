"""The bases of requests and replies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel


class Request(BaseModel):
    """A body: strict types, unknown keys refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True, frozen=True)


class RequestPart(BaseModel):
    """A part of a body that the original never checked: strict types, but unknown keys are ignored.

    Existing clients send more there than is needed, and nothing of it is kept.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", strict=True, frozen=True)


class Reply(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z, as the original's clients know it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Instant = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""A moment in UTC."""


def _cut(text: object) -> object:
    return text[:200] if isinstance(text, str) else text


def whole(number: object) -> object:
    """For `BeforeValidator`: 2.0 is 2, since JSON knows only one kind of number."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


Whole = Annotated[int, BeforeValidator(whole)]
"""A whole number in a body: 2, and 2.0 too, since JSON knows only one kind of number."""

Echo = Annotated[str, BeforeValidator(_cut)]
"""A name that a client repeats. It is only compared with what is stored; a long one is cut, never refused."""

Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]*$")]
"""An id in a body."""


def is_empty(value: object) -> bool:
    """For `exclude_if`: the field is left out of the answer where it says nothing. 0 says something."""
    return value is None or value == []
