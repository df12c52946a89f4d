"""A printable sheet of codes: each with its label and what somebody types where a phone cannot read it (rules 18)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from shared.domain import qr_drawing
from shared.domain.qr_styles import Look

MAX_CARDS = 200
"""How many codes one file holds."""

Paper = Literal["a4", "letter"]

_Box = tuple[float, float, float, float]
"""Left, top, width and height, in mm."""

_Line = tuple[float, float, float]
"""Left, top and width, in mm."""

_COLUMNS, _ROWS = 3, 4
_MARGIN, _HEAD = 10.0, 10.0
_LABEL_POINTS, _SMALL_POINTS = 14.0, 7.0
_LEAST_POINTS = 7.0
_LINE, _SMALL_LINE = 6.0, 4.0
_CODE_PIXELS = 500
_DOTS_PER_MM = 300 / 25.4
_POINT = 25.4 / 72
_FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"


@dataclass(frozen=True, slots=True)
class Card:
    """One code of the sheet. `url` is in the code, `code` stands below it."""

    label: str
    code: str
    url: str


def sheet(cards: Sequence[Card], title: str, look: Look, paper: Paper) -> bytes:
    """The cards as a PDF, twelve a page, with `title` above each page. At most MAX_CARDS."""
    from fpdf import FPDF

    pdf: Any = FPDF(unit="mm", format=paper)
    pdf.set_auto_page_break(False)
    pdf.set_title("".join(letter for letter in title if letter.isprintable()))
    width = (pdf.w - 2 * _MARGIN) / _COLUMNS
    height = (pdf.h - 2 * _MARGIN - _HEAD) / _ROWS
    per_page = _COLUMNS * _ROWS
    for index, card in enumerate(cards[:MAX_CARDS]):
        place = index % per_page
        if place == 0:
            pdf.add_page()
            _write(pdf, title, (_MARGIN, _MARGIN, pdf.w - 2 * _MARGIN), _LABEL_POINTS)
        row, column = divmod(place, _COLUMNS)
        _card(pdf, card, look, (_MARGIN + column * width, _MARGIN + _HEAD + row * height, width, height))
    if not cards:
        pdf.add_page()
        _write(pdf, title, (_MARGIN, _MARGIN, pdf.w - 2 * _MARGIN), _LABEL_POINTS)
    return bytes(pdf.output())


def _card(pdf: Any, card: Card, look: Look, where: _Box) -> None:
    x, y, width, height = where
    pdf.set_draw_color(210)
    pdf.set_line_width(0.1)
    # Where to cut.
    pdf.rect(x, y, width, height)
    side = min(width, height - _LINE - _SMALL_LINE) - 4
    drawn = io.BytesIO(qr_drawing.png(card.url, look, _CODE_PIXELS))
    pdf.image(drawn, x=x + (width - side) / 2, y=y + 2, w=side, h=side)
    below = y + 2 + side
    _write(pdf, card.label, (x + 2, below, width - 4), _LABEL_POINTS)
    _write(pdf, card.code, (x + 2, below + _LINE, width - 4), _SMALL_POINTS)


def _write(pdf: Any, text: str, where: _Line, points: float) -> None:
    """One line in the middle of `width`: smaller where it is long, and cut where it is longer still."""
    x, y, width = where
    text = " ".join(text.split())
    if not text:
        return
    if _is_plain(text):
        pdf.set_font("helvetica", size=points)
        points = max(_LEAST_POINTS, min(points, points * width / max(pdf.get_string_width(text), 1)))
        pdf.set_font_size(points)
        while pdf.get_string_width(text) > width:
            text = text[:-1]
        pdf.set_xy(x, y)
        pdf.cell(width, _LINE if points > _SMALL_POINTS else _SMALL_LINE, text, align="C")
        return
    picture, wide, high = _as_picture(text, points, width)
    pdf.image(io.BytesIO(picture), x=x + (width - wide) / 2, y=y + max(0.0, (_LINE - high) / 2), w=wide, h=high)


def _is_plain(text: str) -> bool:
    """Whether the fonts that every PDF reader has know these letters."""
    return all(" " <= letter <= "~" or "\u00a1" <= letter <= "\u00ff" for letter in text)


def _as_picture(text: str, points: float, width: float) -> tuple[bytes, float, float]:
    """A text in other letters as a picture, and its size in mm: at most `width`, and a line high. Letters that our font
    lacks are empty boxes."""
    from PIL import Image, ImageDraw

    font = _font(round(points * _POINT * _DOTS_PER_MM))
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text))
    picture = Image.new("L", (max(1, right - left + 4), max(1, bottom - top + 4)), 255)
    ImageDraw.Draw(picture).text((2 - left, 2 - top), text, font=font, fill=0)
    kept = io.BytesIO()
    picture.save(kept, "PNG", optimize=True)
    wide, high = picture.width / _DOTS_PER_MM, picture.height / _DOTS_PER_MM
    # Marks that are piled up would reach over the codes.
    shrunk = min(1.0, width / wide, _LINE / high)
    return kept.getvalue(), wide * shrunk, high * shrunk


@lru_cache(maxsize=4)
def _font(pixels: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(_FONT), pixels)
