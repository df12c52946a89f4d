"""From a file that somebody sent to the pixels that are kept (rules 24.4). It runs in a process of its own only
(child.py): it hands bytes from strangers to decoders written in C.

Only pixels pass: every byte that is kept was written by our own encoder, so nothing that hides in a file gets through.
A file that is something else besides is refused all the same: whoever sent it hears of it.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

from shared.domain.pictures import (
    USE,
    WIDTHS,
    Kind,
    PictureRefusedError,
    Rendition,
    check_size,
    kind_of,
    widths_of,
)
from shared.domain.polyglots import is_something_else

if TYPE_CHECKING:
    from PIL.Image import Image

_TURNED = 0x0112
"""The tag of Exif that says how the camera was held."""

_TURNED_SIDEWAYS = (5, 6, 7, 8)
_MORE_THAN_THAT = f"A web page, a program or an archive hides in this picture. Save it anew. {USE}"
_BROKEN = f"This picture is damaged, or only a part of it arrived. {USE}"


def made(data: bytes) -> list[Rendition]:
    """The renditions of a picture: each width as WebP, and as JPEG, or as PNG where it is transparent. Raises
    PictureRefusedError."""
    import PIL.Image

    kind = kind_of(data)
    if is_something_else(data):
        raise PictureRefusedError(_MORE_THAN_THAT)
    # Each file says how large it is before its pixels come; what it says is checked here, and not by Pillow's own
    # guard, which warns first and refuses only what is twice as large.
    PIL.Image.MAX_IMAGE_PIXELS = None
    try:
        with PIL.Image.open(io.BytesIO(data), formats=[kind]) as picture:
            check_size(kind, *picture.size)
            whole = _upright(picture, kind)
    except PictureRefusedError:
        raise
    except MemoryError as error:
        raise PictureRefusedError("This picture is too large to be read. Send a smaller one.") from error
    except Exception as error:
        # A decoder that meets bytes which nobody meant for it may raise anything: it is the file's fault.
        raise PictureRefusedError(_BROKEN) from error
    return [rendition for width in widths_of(whole.width) for rendition in _at(whole, width)]


def _upright(picture: Image, kind: Kind) -> Image:
    """The pixels of the first frame, as the camera was held, in plain colours, no wider than they are kept."""
    turned = _orientation(picture)
    if kind == "JPEG":
        side = WIDTHS[-1] * 2
        picture.draft("RGB", (side, side))
    picture.load()
    profile = picture.info.get("icc_profile")
    plain = _plain(picture)
    plain = _turned(_narrowed(plain, by_height=turned in _TURNED_SIDEWAYS), turned)
    return _in_usual_colours(plain, profile)


def _orientation(picture: Image) -> int:
    with contextlib.suppress(Exception):
        return int(picture.getexif().get(_TURNED, 1))
    return 1


def _turned(picture: Image, orientation: int) -> Image:
    from PIL.Image import Transpose

    way = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(orientation)
    return picture if way is None else picture.transpose(way)


def _narrowed(picture: Image, *, by_height: bool) -> Image:
    """No larger than the largest width that is kept, so that all that follows is done on few pixels."""
    from PIL.Image import Resampling

    side = picture.height if by_height else picture.width
    if side <= WIDTHS[-1]:
        return picture
    share = WIDTHS[-1] / side
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(size, Resampling.LANCZOS, reducing_gap=2.0)


def _plain(picture: Image) -> Image:
    """The pixels as RGB, or as RGBA where some are transparent."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # Sixteen bits a pixel: Pillow's own way to eight makes all but the darkest white.
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    see_through = picture.convert("RGBA")
    darkest, _ = see_through.getchannel("A").getextrema()
    return see_through if darkest != 255 else see_through.convert("RGB")


def _in_usual_colours(picture: Image, profile: object) -> Image:
    """The pixels in sRGB: a phone's own colours look pale once their profile is dropped with the other metadata."""
    if not isinstance(profile, bytes) or not profile:
        return picture
    from PIL import ImageCms

    with contextlib.suppress(Exception):
        # A profile of another kind of colours (CMYK, grey) does not fit what the pixels are by now.
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if str(own.profile.xcolor_space).strip() != "RGB":
            return picture
        alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
        usual = ImageCms.profileToProfile(picture.convert("RGB"), own, ImageCms.createProfile("sRGB"))
        if usual is not None:
            if alpha is not None:
                usual.putalpha(alpha)
            return usual
    return picture


def _at(picture: Image, width: int) -> list[Rendition]:
    import PIL.Image

    if width != picture.width:
        size = (width, max(1, round(picture.height * width / picture.width)))
        picture = picture.resize(size, PIL.Image.Resampling.LANCZOS)
    # A new picture has the pixels alone; what Pillow keeps beside them (comments, Exif, profiles) stays behind.
    bare = PIL.Image.new(picture.mode, picture.size)
    bare.paste(picture)
    webp = Rendition(width, "webp", _written(bare, "WEBP", quality=80, method=4))
    if bare.mode == "RGBA":
        return [webp, Rendition(width, "png", _written(bare, "PNG", optimize=True))]
    return [webp, Rendition(width, "jpg", _written(bare, "JPEG", quality=82, optimize=True, progressive=True))]


def _written(picture: Image, format_name: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format_name, **options)
    return file.getvalue()
