"""How a text message is counted, and which letters make it short (rules 24.1).

A text in the letters of GSM 03.38 takes seven bits a letter: 160 in one segment, 153 in each of several. One letter of
another alphabet makes it UCS-2: 70, or 67 in each of several. Each segment is paid for.
"""

from __future__ import annotations

import unicodedata

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Each takes two places."""

_OTHERS = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "`": "'", "´": "'", "′": "'", "ʼ": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "″": '"',
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "•": "-", "·": "-",
    "…": "...", "×": "x", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "œ": "oe", "Œ": "OE",
    "þ": "th", "Þ": "Th", "ð": "d", "ø": "ø",
}  # fmt: skip

_ONE_GSM, _MORE_GSM = 160, 153
_ONE_UCS2, _MORE_UCS2 = 70, 67
_BEYOND = 0xFFFF


def is_gsm(text: str) -> bool:
    """Whether a text has letters of GSM 03.38 only."""
    return all(letter in _BASIC or letter in _EXTENDED for letter in text)


def segments(text: str) -> int:
    """How many segments a text takes. What takes two places is not torn between two segments."""
    if is_gsm(text):
        return _counted([2 if letter in _EXTENDED else 1 for letter in text], _ONE_GSM, _MORE_GSM)
    return _counted([2 if ord(letter) > _BEYOND else 1 for letter in text], _ONE_UCS2, _MORE_UCS2)


def _counted(places: list[int], alone: int, each: int) -> int:
    if sum(places) <= alone:
        return 1
    count, left = 1, each
    for size in places:
        if size > left:
            count, left = count + 1, each
        left -= size
    return count


def to_gsm(text: str) -> str:
    """A text in letters of GSM 03.38: accents that it does not know are left off, and so is what has no such letter."""
    return "".join(_letter(one) for one in unicodedata.normalize("NFC", text))


def loses_letters(text: str) -> bool:
    """Whether `to_gsm` leaves out letters or digits, and not only pictures and signs."""
    normal = unicodedata.normalize("NFC", text)
    return any(unicodedata.category(one)[0] in "LN" and not _letter(one) for one in normal)


def _letter(one: str) -> str:
    if one in _BASIC or one in _EXTENDED:
        return one
    if one in _OTHERS:
        return _OTHERS[one]
    if one.isspace():
        return " "
    plain = unicodedata.normalize("NFKD", one)
    return "".join(letter for letter in plain if letter in _BASIC or letter in _EXTENDED)
