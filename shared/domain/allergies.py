"""What of an order speaks of an allergy: a cook must not overlook it (rules 23)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from shared.documents.orders import OrderItem

_WORDS = re.compile(r"\b(?:allerg|alerg|celiac|coeliac|anaphyla|anafila|epi-?pen|intoleran)")
"""The beginnings of English, Spanish and Portuguese words, in small letters without accents."""

_NONE = frozenset({"no", "none", "ninguna", "ninguno", "nenhuma", "nenhum", "nada", "nao"})
"""What somebody chooses who has no allergy, where a menu asks everyone."""

MAX_TEXT = 300
"""The most characters that are told of one order."""


def speaks_of_allergy(text: str) -> bool:
    """Whether a text in English, Spanish or Portuguese speaks of an allergy. "No allergies" does, too: a person reads
    it."""
    return _WORDS.search(_plain(text)) is not None


def of_item(item: OrderItem) -> list[str]:
    """The texts of one item that speak of an allergy: its note, and what was chosen, as the kitchen reads it."""
    return [text for text in _texts(item) if speaks_of_allergy(text)]


def of_items(items: Iterable[OrderItem]) -> str | None:
    """All that an order's items say of allergies, each text once, in one line; None where they say nothing."""
    found = dict.fromkeys(" ".join(text.split()) for item in items for text in of_item(item))
    return " · ".join(found)[:MAX_TEXT] or None


def _texts(item: OrderItem) -> Iterator[str]:
    yield item.notes
    for modifier in item.modifiers:
        for option in modifier.options:
            if _plain(option.name_for_staff).strip() not in _NONE:
                yield f"{modifier.name_for_staff}: {option.name_for_staff}"


def _plain(text: str) -> str:
    """The text in small letters without accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()
