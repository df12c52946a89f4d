"""Origins with their codes, and how often a code was scanned (contract 2.4, rules 18)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared.documents.base import (
    Document,
    Flag,
    Moment,
    Part,
    StoredAs,
    StoredId,
    Text,
    Whole,
    plain_number,
)
from shared.documents.places import Origin


def _number(value: Any) -> Any:
    number = plain_number(value)
    return 0 if number is None else number if isinstance(number, int) else float(number)


Number = Annotated[int | float, BeforeValidator(_number), StoredAs("number", "null")]
"""A number of a drawing; 0 for anything else."""


def _code(value: Any) -> Any:
    return (
        str(value)
        if isinstance(value, int) and not isinstance(value, bool)
        else value
        if isinstance(value, str)
        else ""
    )


Code = Annotated[str, BeforeValidator(_code), StoredAs("string", "number", "null")]
"""A code. Where the original's short-link service answered digits, the original stored a number."""


class StoredOrigin(Origin):
    """An origin with its code. `qr_code`: the code as a picture, a PNG data URL. `own_code`: this project made the
    code, not the original's short-link service."""

    qr_code_id: Code = ""
    qr_code: Text = ""
    own_code: Flag = False
    version: Whole = 0


class ScannedOrigin(Document):
    """What following a code needs: its origin, and of the restaurant the name, of the location the time zone."""

    id: StoredId = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    own_code: Flag = False
    restaurant_name: Text = ""
    timezone: Text = ""


class OriginScans(Document):
    """How often an origin's code was scanned on a day of its location; `_id` is `<origin>:<day>`."""

    id: Text = Field(alias="_id")
    restaurant_id: Text
    location_id: StoredId
    origin_id: StoredId
    day: Text
    n: Whole
    purge_at: Moment


class Tint(Document):
    """The colour and the kind of a part of a code."""

    color: Text = ""
    type: Text = ""


class QrOptions(Document):
    """How a code is encoded; the level is L, M, Q or H."""

    type_number: Number = 0
    error_correction_level: Text = ""


class ImageOptions(Document):
    """How the picture in the middle stands there; `image_size` is a part of the code's width."""

    hide_background_dots: Flag = False
    image_size: Number = 0
    margin: Number = 0
    cross_origin: Text = ""


class QrStyle(Document):
    """How a location's codes look, in the words of the library that the staff's app draws with. Sizes are in pixels."""

    width: Number = 0
    height: Number = 0
    type: Text = ""
    data: Text = ""
    margin: Number = 0
    qr_options: Annotated[QrOptions, Part] = QrOptions()
    image_options: Annotated[ImageOptions, Part] = ImageOptions()
    image: Text = ""
    dots_options: Annotated[Tint, Part] = Tint()
    background_options: Annotated[Tint, Part] = Tint()
    corners_square_options: Annotated[Tint, Part] = Tint()
    corners_dot_options: Annotated[Tint, Part] = Tint()
    shape: Text = ""


class StyledLocation(Document):
    """What is read of a location for its codes."""

    id: StoredId = Field(alias="_id")
    name: Text = ""
    timezone: Text = ""
    qr_code_style: Annotated[QrStyle, Part] = QrStyle()
    qr_code_image: Text = ""
    restaurant_name: Text = ""
