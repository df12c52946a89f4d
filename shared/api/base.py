"""The bases of requests and replies."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticKnownError

from shared.text import clean

_PART = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True)
"""What all of them share. `defer_build`: a model's validator is built at its first use, not at the import, so that a
cold start does not pay for routes that are not called."""


class Request(BaseModel):
    """A body: strict types, unknown keys refused."""

    model_config = ConfigDict(**_PART, extra="forbid", strict=True)


class RequestPart(BaseModel):
    """A part of a body that the original never checked: strict types, but unknown keys are ignored.

    Existing clients send more there than is needed, and nothing of it is kept.
    """

    model_config = ConfigDict(**_PART, extra="ignore", strict=True)


class Form(BaseModel):
    """A body that is no JSON but a form (`application/x-www-form-urlencoded`), as devices send it; unknown fields are
    ignored."""

    model_config = ConfigDict(populate_by_name=True, frozen=True, defer_build=True, extra="ignore")


class Multipart(BaseModel):
    """A body that is a form with a file in it (`multipart/form-data`), as browsers send it; unknown parts are
    ignored."""

    model_config = ConfigDict(**_PART, extra="ignore")


class Reply(BaseModel):
    """A part of an answer."""

    model_config = _PART


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z, as the original's clients know it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Instant = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""A moment in UTC."""


FIRST_YEAR, LAST_YEAR = 1970, 9000
"""The years that somebody may name: a day more, or another offset, leads out of none of them."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_BEGINS_WITH_A_DAY = re.compile(r"\d{4}-\d\d-\d\d[Tt _]", re.ASCII)

_DayT = TypeVar("_DayT", bound=date)


def _in_our_years(day: _DayT) -> _DayT:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"name a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _written_moment(value: object) -> object:
    return _written(value, _BEGINS_WITH_A_DAY, "datetime_parsing")


def _written_day(value: object) -> object:
    return _written(value, _DAY, "date_parsing")


def _written(value: object, shape: re.Pattern[str], error: Literal["datetime_parsing", "date_parsing"]) -> object:
    """A number, also one in a text, would be read as seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and shape.match(value)):
        return value
    raise PydanticKnownError(error, {"error": "write it as in ISO 8601"})


# Not strict: a text of JSON is a Python text by the time that it has passed the function before.
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_moment), AfterValidator(_in_our_years)]
"""A moment that a caller names, written with its offset."""

Date = Annotated[date, Field(strict=False), BeforeValidator(_written_day), AfterValidator(_in_our_years)]
"""A day that a caller names, such as 2026-01-31."""


def _clean(text: object) -> object:
    return clean(text) if isinstance(text, str) else text


def _cut(text: object) -> object:
    return clean(text)[:200] if isinstance(text, str) else text


def whole(number: object) -> object:
    """For `BeforeValidator`: 2.0 is 2, since JSON knows only one kind of number."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


Whole = Annotated[int, BeforeValidator(whole)]
"""A whole number in a body: 2, and 2.0 too, since JSON knows only one kind of number."""

Cleaned = BeforeValidator(_clean)
"""For a text that somebody wrote: `Annotated[str, Field(max_length=200), Cleaned]`. Control characters but tabs and
line breaks are dropped, and so are marks that turn the direction of a text: staff read it on screens and in terminals.
Every text of a body or a query is cleaned, or is of a type that refuses such characters; a test walks them."""

Echo = Annotated[str, BeforeValidator(_cut)]
"""A name that the client was told, and sends back. It is compared with what is stored. It is cleaned and cut
at 200 characters, never refused."""

Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$")]
"""An id in a body. One with such characters as `Cleaned` drops is refused."""


Sent = Annotated[bytes, WithJsonSchema({"type": "string", "format": "binary"})]
"""The content of a file that is a part of a `Multipart` body."""


def is_zero(value: object) -> bool:
    """For `exclude_if`: the field is left out of the answer where it is 0, as in all answers before there was one."""
    return value == 0


def is_empty(value: object) -> bool:
    """For `exclude_if`: the field is left out of the answer where it says nothing. 0 says something."""
    return value is None or value == []
