"""Codes as pictures. Nothing is fetched: a picture in a code comes with the style that asks for it (rules 18)."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import Any

from shared.domain.qr_styles import PLAIN, Look

SMALLEST, LARGEST, USUAL = 100, 2000, 600
"""The sizes in which a code is drawn, in pixels."""

MOST_PICTURE_PIXELS = 4_000_000
_PICTURE_PIXELS = 400
"""How wide the picture in a code is kept."""

_STORED_SCALE = 8


def png(url: str, look: Look, size: int = USUAL) -> bytes:
    """The code of `url` as a PNG, as large as whole pixels for its modules allow, and at most `size` pixels wide."""
    code = _code(url, look)
    drawn = io.BytesIO()
    code.save(drawn, kind="png", scale=_scale(code, look, size), border=look.border, **_colors(look))
    picture = _picture(look)
    return drawn.getvalue() if picture is None else _with_picture(drawn.getvalue(), picture, look, code)


def svg(url: str, look: Look, size: int = USUAL) -> bytes:
    """The code of `url` as an SVG, `size` pixels wide."""
    code = _code(url, look)
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", border=look.border, xmldecl=False, omitsize=True, **_colors(look))
    text = drawn.getvalue().decode()
    head, _, rest = text.partition("<svg ")
    text = f'{head}<svg width="{size}" height="{size}" {rest}'
    picture = _picture(look)
    if picture is not None:
        text = text.replace("</svg>", _svg_picture(picture, look, _modules(code)) + "</svg>")
    return text.encode()


def data_url(url: str) -> str:
    """The code of `url`, black on white, as a PNG data URL: what the staff's app shows of an origin (contract 38)."""
    code = _code(url, PLAIN)
    drawn = io.BytesIO()
    code.save(drawn, kind="png", scale=_STORED_SCALE, border=PLAIN.border)
    return "data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode()


def _code(url: str, look: Look) -> Any:
    import segno

    return segno.make_qr(url, error=look.level, boost_error=False)


def _modules(code: Any) -> int:
    return int(code.symbol_size(scale=1, border=0)[0])


def _scale(code: Any, look: Look, size: int) -> int:
    return max(1, size // (_modules(code) + 2 * look.border))


def _colors(look: Look) -> dict[str, str]:
    return {"dark": look.dark, "light": look.light, "finder_dark": look.corners}


def _picture(look: Look) -> bytes | None:
    return None if look.picture is None else _readable(look.picture)


@lru_cache(maxsize=16)
def _readable(picture: bytes) -> bytes | None:
    """A picture as a PNG of a sane size; None where it cannot be read."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG")) as found:
            if found.width * found.height > MOST_PICTURE_PIXELS:
                return None
            whole = found.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        # Whatever is wrong with it: the code is drawn without.
        return None
    whole.thumbnail((_PICTURE_PIXELS, _PICTURE_PIXELS))
    kept = io.BytesIO()
    whole.save(kept, "PNG")
    return kept.getvalue()


def _with_picture(drawn: bytes, picture: bytes, look: Look, code: Any) -> bytes:
    from PIL import Image, ImageDraw

    with Image.open(io.BytesIO(drawn)) as found:
        whole = found.convert("RGB")
    with Image.open(io.BytesIO(picture)) as found:
        middle = found.convert("RGBA")
    module = whole.width / (_modules(code) + 2 * look.border)
    side = round(_modules(code) * module * look.picture_size)
    factor = side / max(middle.width, middle.height)
    middle = middle.resize((max(1, round(middle.width * factor)), max(1, round(middle.height * factor))))
    at = ((whole.width - middle.width) // 2, (whole.height - middle.height) // 2)
    gap = round(module / 2)
    around = (at[0] - gap, at[1] - gap, at[0] + middle.width + gap, at[1] + middle.height + gap)
    ImageDraw.Draw(whole).rectangle(around, fill=look.light)
    whole.paste(middle, at, middle)
    kept = io.BytesIO()
    whole.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _svg_picture(picture: bytes, look: Look, modules: int) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as found:
        width, height = found.size
    side = modules * look.picture_size
    wide, high = (side * part / max(width, height) for part in (width, height))
    whole = modules + 2 * look.border
    x, y = (whole - wide) / 2, (whole - high) / 2
    data = base64.b64encode(picture).decode()
    ground = f'x="{x - 0.5:.3f}" y="{y - 0.5:.3f}" width="{wide + 1:.3f}" height="{high + 1:.3f}"'
    place = f'x="{x:.3f}" y="{y:.3f}" width="{wide:.3f}" height="{high:.3f}"'
    return f'<rect {ground} fill="{look.light}"/><image {place} href="data:image/png;base64,{data}"/>'
