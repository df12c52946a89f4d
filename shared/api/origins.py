"""The codes of a location, as its people read and change them (contract 37 to 39, rules 18)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from shared.api.base import Cleaned, Id, Reply, Request, RequestPart, Whole

MAX_PICTURE = 600_000
"""The longest picture of a location's codes, in characters of its data URL."""

MAX_LOGO = 350_000
"""The longest picture in the middle of a code, in characters of its data URL."""

BODY_BYTES = 1024 * 1024
"""The largest body with a style: it brings two pictures along (contract V12)."""

MAX_AT_ONCE = 200

OriginType = Literal["table", "room", "parking", "campaign", "pickup"]
Label = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S"), Cleaned]
Color = Annotated[str, Field(pattern=r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")]
Kind = Annotated[str, Field(pattern=r"^[a-z-]{0,30}$")]
Pixels = Annotated[int | float, Field(ge=0, le=4096)]
DataUrl = r"^(|data:image/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2})$"


class NewOrigin(Request):
    """A place where a code hangs; `name` becomes its label."""

    name: Label
    type: OriginType


class Origin(Reply):
    """An origin with its code. `qrCode`: the code as a picture, a PNG data URL; "" where there is none."""

    id: str = Field(alias="_id")
    restaurant_id: str
    location_id: str
    label: str
    qr_code_id: str
    qr_code: str
    type: str


class OriginRange(Request):
    """Places that are numbered, at most 200 at once. `label` holds `{n}` once, where the number goes."""

    type: OriginType
    from_: Annotated[Whole, Field(alias="from", ge=0, le=99_999)]
    to: Annotated[Whole, Field(ge=0, le=99_999)]
    label: Label

    @field_validator("label")
    @classmethod
    def _has_a_place_for_the_number(cls, label: str) -> str:
        if label.count("{n}") != 1:
            raise ValueError("Write {n} once, where the number goes, as in Table {n}.")
        return label

    @field_validator("to")
    @classmethod
    def _ends_a_range(cls, to: int, info: ValidationInfo) -> int:
        first = info.data.get("from_")
        if first is not None and not 0 <= to - first < MAX_AT_ONCE:
            raise ValueError(
                f"It must be from {first} to {first + MAX_AT_ONCE - 1}: at most {MAX_AT_ONCE} numbers at once."
            )
        return to

    def labels(self) -> list[str]:
        """The label of each number."""
        return [self.label.strip().replace("{n}", str(number)) for number in range(self.from_, self.to + 1)]


class MadeOrigins(Reply):
    """What was made, and the labels that were there already."""

    created: list[Origin]
    skipped: list[str]


class OriginChange(Request):
    """What is to be another; what is left out stays."""

    label: Label | None = None
    type: OriginType | None = None


class CodeMove(Request):
    """The code that the origin is to have; it is another one's of the same location, which gets this one's."""

    qr_code_id: Id


class Tint(Reply):
    """The colour and the kind of a part of a code."""

    color: str
    type: str


class Background(Reply):
    """The colour behind a code."""

    color: str


class QrOptions(Reply):
    """How a code is encoded."""

    type_number: int | float
    error_correction_level: str


class ImageOptions(Reply):
    """How the picture in the middle stands there."""

    hide_background_dots: bool
    image_size: int | float
    margin: int | float
    cross_origin: str


class QrStyle(Reply):
    """How a location's codes look, in the words of the library that the staff's app draws with."""

    width: int | float
    height: int | float
    type: str
    data: str
    margin: int | float
    qr_options: QrOptions
    image_options: ImageOptions
    image: Annotated[str, Field(exclude_if=lambda image: not image)] = ""
    dots_options: Tint
    background_options: Background
    corners_square_options: Tint
    corners_dot_options: Tint
    shape: str


class Origins(Reply):
    """A location's codes and how they look. `qrCodeImage`: a picture of one in that style, as the staff's app drew
    it."""

    qr_code_style: QrStyle
    qr_code_image: str
    origin_data: list[Origin]


class NewTint(RequestPart):
    """The colour and the kind of a part of a code."""

    color: Color
    type: Kind


class NewBackground(RequestPart):
    """The colour behind a code: lighter than the code, so that a phone can read it."""

    color: Color


class NewQrOptions(RequestPart):
    """How a code is encoded."""

    type_number: Annotated[int | float, Field(ge=0, le=40)]
    error_correction_level: Literal["L", "M", "Q", "H"]


class NewImageOptions(RequestPart):
    """How the picture in the middle stands there; `imageSize` is a part of the code's width."""

    hide_background_dots: bool
    image_size: Annotated[int | float, Field(ge=0, le=1)]
    margin: Pixels
    cross_origin: Annotated[str, Field(max_length=30), Cleaned]


class NewQrStyle(RequestPart):
    """How the location's codes are to look. `image`: a PNG or JPEG data URL; it is never fetched from elsewhere."""

    width: Pixels
    height: Pixels
    type: Kind
    data: Annotated[str, Field(max_length=2000), Cleaned]
    margin: Pixels
    qr_options: NewQrOptions
    image_options: NewImageOptions
    image: Annotated[str, Field(max_length=MAX_LOGO, pattern=DataUrl)] | None = None
    dots_options: NewTint
    background_options: NewBackground
    corners_square_options: NewTint
    corners_dot_options: NewTint
    shape: Kind


class StyleChange(Request):
    """How the location's codes are to look, and a picture of one: a PNG data URL, or ""."""

    qr_code_style: NewQrStyle
    qr_code_image: Annotated[str, Field(max_length=MAX_PICTURE, pattern=DataUrl)]


class Saved(Reply):
    """The style is stored."""

    data: None = None
    message: str


class LinkSent(Reply):
    """The code is on its way to the location's address."""

    data: None = None
    message: str


class DayOfScans(Reply):
    """How often a code was scanned on a day of the location."""

    day: date
    scans: int


class ScansOfOrigin(Reply):
    """How often an origin's code was scanned; days without a scan are left out. `label`: "" of one that is deleted."""

    origin_id: str
    label: str
    scans: int
    days: list[DayOfScans]


class Scans(Reply):
    """How often a location's codes were scanned from one day to another, both included; the most scanned one first."""

    from_: Annotated[date, Field(alias="from")]
    to: date
    scans: int
    origins: list[ScansOfOrigin]
