"""What of a location's style is drawn: colours that a phone can tell apart, and a picture that the style brings along
(rules 18)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from shared.documents.origins import QrStyle

LEAST_CONTRAST = 3.0
"""How many times as bright the ground must be as the code, as WCAG counts it."""

BLACK, WHITE = "#000000", "#ffffff"
QUIET_MODULES = 4
"""The empty border that a reader needs around a code, in modules."""

MOST_QUIET_MODULES = 12
LARGEST_PICTURE = 0.3
"""The part of a code's width that the picture in its middle may take: the rest can still be read."""

_COLOR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class Look:
    """How a code is drawn. Colours are `#rrggbb`; `border` is in modules; `picture` is a PNG or a JPEG, `picture_size`
    a part of the code's width; `level` is how much of it may be hidden: l, m, q or h."""

    dark: str = BLACK
    corners: str = BLACK
    light: str = WHITE
    border: int = QUIET_MODULES
    level: str = "q"
    picture: bytes | None = None
    picture_size: float = 0.0


PLAIN = Look()


def look_of(style: QrStyle) -> Look:
    """How codes in this style are drawn. Colours that no reader can tell apart, or that are none, become black on
    white."""
    light = _long(style.background_options.color) or WHITE
    dark = _long(style.dots_options.color) or BLACK
    corners = _long(style.corners_square_options.color) or dark
    if min(contrast(dark, light), contrast(corners, light)) < LEAST_CONTRAST:
        dark, corners, light = BLACK, BLACK, WHITE
    picture = _picture(style.image)
    level = style.qr_options.error_correction_level.lower()
    return Look(
        dark=dark,
        corners=corners,
        light=light,
        border=_border(style),
        level="h" if picture else level if level in ("l", "m", "q", "h") else "q",
        picture=picture,
        picture_size=_size(style) if picture else 0.0,
    )


def _size(style: QrStyle) -> float:
    wanted = float(style.image_options.image_size) or LARGEST_PICTURE
    return min(LARGEST_PICTURE, max(0.05, wanted))


def contrast(dark: str, light: str) -> float:
    """How much brighter `light` is than `dark`: 1 to 21, and below 1 where it is darker. Both are `#rgb` or
    `#rrggbb`."""
    return (_luminance(light) + 0.05) / (_luminance(dark) + 0.05)


def _luminance(color: str) -> float:
    long = _long(color) or BLACK
    parts = [int(long[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _long(color: str) -> str:
    """A colour as `#rrggbb`; "" where it is none."""
    if not _COLOR.fullmatch(color):
        return ""
    digits = color[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _border(style: QrStyle) -> int:
    """The style's margin, which is in pixels of its width, in modules of a code as it usually is."""
    width = float(style.width) or 300.0
    return min(MOST_QUIET_MODULES, max(QUIET_MODULES, round(float(style.margin) / width * 33)))


def _picture(url: str) -> bytes | None:
    found = _PICTURE.fullmatch(url)
    if found is None:
        return None
    try:
        return base64.b64decode(found[1], validate=True)
    except (binascii.Error, ValueError):
        return None
