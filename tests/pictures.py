"""Pictures for tests, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import PIL.Image
from PIL.Image import Image


def encoded(picture: Image, format_name: str, **options: Any) -> bytes:
    """A picture as a file."""
    file = io.BytesIO()
    picture.save(file, format_name, **options)
    return file.getvalue()


def plain(width: int = 40, height: int = 30, colour: str = "tomato") -> bytes:
    """A PNG of one colour."""
    return encoded(PIL.Image.new("RGB", (width, height), colour), "PNG")


def photo(width: int = 1600, height: int = 1200) -> Image:
    """Something like a photograph: red on its left half, blue on its right, with a white top edge."""
    picture = PIL.Image.new("RGB", (width, height), "red")
    picture.paste("blue", (width // 2, 0, width, height))
    picture.paste("white", (0, 0, width, height // 10))
    return picture


def from_a_phone(*, turned: int, width: int = 1600, height: int = 1200) -> bytes:
    """The photo as a phone keeps it that was held another way: turned in its pixels, with a word in Exif of how; and
    where it was taken."""
    from PIL.Image import Exif, Transpose

    as_kept = {3: Transpose.ROTATE_180, 6: Transpose.ROTATE_90, 8: Transpose.ROTATE_270, 1: None}[turned]
    picture = photo(width, height)
    exif = Exif()
    exif[0x0112] = turned
    exif[0x010F] = "A secret maker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 26.0)
    kept = picture if as_kept is None else picture.transpose(as_kept)
    return encoded(kept, "JPEG", quality=90, exif=exif)


def opened(content: bytes) -> Image:
    """A kept picture, read to its last pixel."""
    picture = PIL.Image.open(io.BytesIO(content))
    picture.load()
    return picture


def png_that_claims(width: int, height: int, *, data: bytes = b"") -> bytes:
    """A PNG whose head names a size that its data need not have."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data) + chunk(b"IEND", b"")
