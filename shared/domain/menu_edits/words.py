"""What texts, prices and numbers of a menu may be. What is stored already passes, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shared.api.menu_edits import SentTexts
from shared.domain.menu_edits.content import Faults
from shared.domain.menu_texts import LANGUAGES, texts_of

MAX_NAME = 200
MAX_DESCRIPTION = 2_000
MAX_PRICE_CENTS = 10_000_000
MAX_EMOJI = 4
"""In UTF-16 units, as clients count (contract 26)."""

_CENT = Decimal("0.000001")
"""A sum in dollars may be off by so little: clients count in binary fractions."""


def texts(
    sent: SentTexts | None, stored: Any, where: str, faults: Faults, *, limit: int = MAX_NAME, needed: bool = True
) -> Any:
    """A text in all languages. A language that is left out stays where it is a translation, else it is the English one.

    None stays what is stored, or is "" in all languages. `needed`: the English text must not be empty.
    """
    old = texts_of(stored)
    if sent is None:
        return stored if stored is not None else dict.fromkeys(LANGUAGES, "")
    english = sent.en.strip()
    if needed and not english:
        faults.add(f"{where}.en", "This text is empty.")
    made = {"en": english, **{name: _other(getattr(sent, name), name, old, english) for name in LANGUAGES[1:]}}
    for name, text in made.items():
        if len(text) > limit and text != old[name]:
            faults.add(f"{where}.{name}", f"This text has more than {limit} characters.")
    return {**(stored if isinstance(stored, dict) else {}), **made}


def _other(sent: str | None, name: str, old: Mapping[str, str], english: str) -> str:
    if sent is not None:
        return sent.strip() or english
    return old[name] if old[name] and old[name] != old["en"] else english


def plain(sent: str, stored: Any, where: str, faults: Faults, *, limit: int = MAX_NAME) -> str:
    """A text in one language, which must not be empty."""
    text = sent.strip()
    if not text and text != stored:
        faults.add(where, "This text is empty.")
    if len(text) > limit and text != stored:
        faults.add(where, f"This text has more than {limit} characters.")
    return text


def number(sent: int, stored: Any, where: str, faults: Faults, *, most: int, least: int = 0) -> int:
    """A whole number between two others."""
    if not least <= sent <= most and sent != stored:
        faults.add(where, f"This is a number from {least} to {most}.")
    return sent


def price(sent: int, stored: Any, where: str, faults: Faults) -> int:
    """A price in cents."""
    if not 0 <= sent <= MAX_PRICE_CENTS and sent != stored:
        faults.add(where, f"A price is from 0 to {MAX_PRICE_CENTS} cents.")
    return sent


def one_of(sent: str, stored: Any, where: str, faults: Faults, known: tuple[str, ...]) -> str:
    """One of some words."""
    if sent not in known and sent != stored:
        faults.add(where, f"This is one of {', '.join(known)}.")
    return sent


def emoji(sent: str, stored: Any, where: str, faults: Faults) -> str:
    """An emoji; "" for none."""
    if len(sent.encode("utf-16-le", "surrogatepass")) // 2 > MAX_EMOJI and sent != stored:
        faults.add(where, f"An emoji has at most {MAX_EMOJI} UTF-16 units.")
    return sent


def cents_of(dollars: float) -> int | None:
    """A sum in dollars, as clients send it, in cents; None where it has parts of a cent."""
    exact = Decimal(str(dollars)) * 100
    if abs(exact) > 10 * MAX_PRICE_CENTS:
        return 10 * MAX_PRICE_CENTS if exact > 0 else -1
    cents = exact.to_integral_value()
    return int(cents) if abs(exact - cents) <= _CENT else None


def sales_tax(sent: float, stored: Any, where: str, faults: Faults) -> float:
    """A sales tax in percent, with three decimals at most."""
    rate = Decimal(str(sent))
    if sent == stored:
        return sent
    if not 0 <= rate <= 100:
        faults.add(where, "A sales tax is from 0 to 100 percent.")
    elif rate != round(rate, 3):
        faults.add(where, "A sales tax has three decimals at most.")
    return sent
