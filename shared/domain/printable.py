"""A person's text as a printer can print it: nothing that steers the printer, and every letter readable (rules 20).

A printer takes bytes below 0x20 for commands. So of a text only letters of the printer's code page are left, and line
breaks. A letter that the code page lacks becomes the nearest that it has; pictures are dropped; the rest is `?`.
"""

from __future__ import annotations

import textwrap
import unicodedata
from functools import lru_cache
from typing import Literal

from shared.text import clean

CodePage = Literal["cp1252", "ascii"]
"""Western Europe's letters, one byte each; or none but the plainest."""

_SPELT = {
    "‘": "'",
    "’": "'",
    "‚": ",",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "–": "-",
    "—": "-",
    "…": "...",
    "•": "*",
    "·": "*",
    "⁄": "/",
    "×": "x",
    "€": "EUR",
    "£": "GBP",
    "¡": "!",
    "¿": "?",
    "°": "deg",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "TH",
    "ı": "i",
}
"""What has no other form in Unicode's own tables."""

_UNKNOWN = "?"


def printable(text: str, page: CodePage) -> str:
    """The text with only letters of the code page, spaces and line feeds."""
    composed = unicodedata.normalize("NFC", clean(text))
    return "".join(_letter(letter, page) for letter in composed)


@lru_cache(maxsize=4096)
def _letter(letter: str, page: CodePage) -> str:
    if letter == "\n":
        return letter
    if letter.isspace():
        return "\n" if unicodedata.category(letter) in ("Zl", "Zp") else " "
    if unicodedata.category(letter)[0] == "C":
        # Controls, marks of direction, joiners, halves of pairs: nobody sees them on paper.
        return ""
    return letter if _has(page, letter) else _nearest(letter, page)


def _nearest(letter: str, page: CodePage) -> str:
    spelt = "".join(_part(part, page) for part in unicodedata.normalize("NFKD", letter))
    if spelt.strip():
        return spelt
    # Accents and pictures go; of a letter in a foreign script it must be seen that there was one.
    return "" if unicodedata.category(letter)[0] in "MSZ" else _UNKNOWN


def _part(part: str, page: CodePage) -> str:
    if unicodedata.category(part)[0] in "CM":
        return ""
    return part if _has(page, part) else _SPELT.get(part, "")


def _has(page: CodePage, letter: str) -> bool:
    try:
        letter.encode(page)
    except UnicodeEncodeError:
        return False
    return True


def wrapped(text: str, width: int, *, indent: str = "", further: str = "") -> list[str]:
    """A text in lines of at most `width` letters, words kept whole where they fit. `indent` begins the first line,
    `further` those after it."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        made = textwrap.wrap(
            paragraph,
            width,
            initial_indent=further if lines else indent,
            subsequent_indent=further,
            break_on_hyphens=False,
        )
        lines += made
    return lines
