"""What a picture must be to be kept, how it is called, and where in an address its name stands (rules 24.4)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

WIDTHS = (320, 640, 1280)
"""How wide pictures are kept. One that is narrower than the last is kept as wide as it came: none is blown up."""

KEPT_UNNAMED_DAYS = 30
"""A picture goes once nothing has named it for so long."""

Kind = Literal["JPEG", "PNG", "WEBP", "GIF"]
"""What a file is by its first bytes, by the name that Pillow gives it."""

MOST_PIXELS: dict[Kind, int] = {"JPEG": 60_000_000, "PNG": 25_000_000, "WEBP": 25_000_000, "GIF": 25_000_000}
"""How many pixels a file may claim to have. A JPEG can be read at a fraction of its size, as no other can."""

MOST_TIMES_AS_LONG = 8
"""How many times as long as wide a picture may be, and as wide as long."""

TYPES = {"webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}
"""The media type of each ending that a kept picture may have."""

_HASH_LETTERS = 32
_NAMED = re.compile(
    r"/([^/?#\s]{1,400})/([A-Za-z0-9_-]{1,40})/([0-9a-f]{32})-([0-9]{1,4})\.(?:webp|jpg|png)(?:[?#]|\Z)"
)

USE = "Send a JPEG, PNG, WebP or GIF picture."


class PictureRefusedError(Exception):
    """This is no picture that can be kept; the text says why, to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture made anew, at one width and in one format."""

    width: int
    ending: str
    content: bytes


def kind_of(data: bytes) -> Kind:
    """What a file is, by its first bytes alone: names and headers are a client's word. Raises PictureRefusedError."""
    head = data[:512]
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    raise PictureRefusedError(_why_not(data, head))


def check_size(kind: Kind, width: int, height: int) -> None:
    """Raises PictureRefusedError for a picture of so many pixels, before any of them is unpacked."""
    if width < 1 or height < 1:
        raise PictureRefusedError("This picture is empty.")
    if width * height > MOST_PIXELS[kind]:
        millions = MOST_PIXELS[kind] // 1_000_000
        raise PictureRefusedError(f"This picture has more than {millions} million pixels. Send a smaller one.")
    if max(width, height) > MOST_TIMES_AS_LONG * min(width, height):
        raise PictureRefusedError(f"This picture is more than {MOST_TIMES_AS_LONG} times as long as it is wide.")


def widths_of(width: int) -> list[int]:
    """The widths at which a picture is kept that came `width` wide, the largest last."""
    return [*(each for each in WIDTHS if each < width), min(width, WIDTHS[-1])]


def hash_of(renditions: Iterable[Rendition]) -> str:
    """What a picture is called: by what is kept of it, so that a name never shows anything else."""
    digest = hashlib.sha256()
    for each in renditions:
        digest.update(f"{each.width} {each.ending} {len(each.content)}\n".encode())
        digest.update(each.content)
    return digest.hexdigest()[:_HASH_LETTERS]


def name_of(restaurant_id: str, folder: str, picture_hash: str, rendition: Rendition) -> str:
    """The name under which a rendition is kept."""
    return f"{restaurant_id}/{folder}/{picture_hash}-{rendition.width}.{rendition.ending}"


def shown(names: Sequence[str]) -> str:
    """Of a picture's names the one that every client can show: the widest that is no WebP."""
    plain = [name for name in names if not name.endswith(".webp")]
    return max(plain, key=lambda name: int(name.rpartition("-")[2].partition(".")[0]))


def picture_in(address: str) -> str | None:
    """The id of the picture that an address leads to; None where to none of ours. The host does not matter: a picture
    stays the same where another one serves it."""
    found = _NAMED.search(unquote(address))
    return None if found is None else f"{found[1]}/{found[2]}/{found[3]}"


def _why_not(data: bytes, head: bytes) -> str:
    if not data:
        return f"The file is empty. {USE}"
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"):
        return f"HEIC pictures cannot be read here: on the phone choose the most compatible format. {USE}"
    if b"<svg" in head.lower() or (head.lstrip()[:5] == b"<?xml" and b"<svg" in data[:4096].lower()):
        return f"SVG is a program, not a picture: it may hold scripts. {USE}"
    return f"This is no picture that can be read here. {USE}"
