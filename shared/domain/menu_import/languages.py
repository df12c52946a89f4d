"""Which of the product's languages a file means, however it says so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from shared.domain.menu_texts import LANGUAGES

NAMES = {"en": "English", "es": "Spanish", "pt": "Portuguese"}

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*\Z")
_WORD = re.compile(r"[^\W\d_]+")
_BY_WORD = {
    **{"en": "en", "eng": "en", "english": "en", "ingles": "en"},
    **{"es": "es", "spa": "es", "spanish": "es", "espanol": "es", "espanhol": "es", "castellano": "es"},
    **{"pt": "pt", "por": "pt", "portuguese": "pt", "portugues": "pt"},
}


def first_of(texts: Mapping[str, str]) -> str:
    """The text that fills the missing languages: the English one, else the first there is; "" where there is none."""
    return next((texts[language] for language in LANGUAGES if texts.get(language)), "")


def language_of(said: str) -> str | None:
    """`en-US`, `en_US`, `eng`, `English` and `English (US)` are English. None: another language, or several."""
    tag = _TAG.match(said.strip())
    if tag:
        return _BY_WORD.get(tag[1].lower())
    plain = unicodedata.normalize("NFKD", said.casefold())
    words = _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))
    # Of words of two letters some are regions, and "es" and "en" are words of Spanish.
    found = {_BY_WORD[word] for word in words if len(word) > 3 and word in _BY_WORD}
    return found.pop() if len(found) == 1 else None


def said_language(value: Any) -> str | None:
    """What a file writes under `inLanguage`, as one text: a tag, a name, a `Language`, or a list of these."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, dict):
        named = (value.get(key) for key in ("alternateName", "@value", "name", "@id"))
        return next((found for each in named if (found := said_language(each))), None)
    if isinstance(value, list):
        said = [found for each in value if (found := said_language(each))]
        same = {language_of(each) for each in said}
        return said[0] if len(same) == 1 and None not in same else ", ".join(said) or None
    return None


def is_language_map(value: dict[str, Any]) -> bool:
    """Whether an object is a text in several languages, such as {"en": "Soup", "es": "Sopa"}."""
    keys = [key for key in value if key != "@none"]
    if not value or not all(_TAG.match(key) or language_of(key) for key in keys):
        return False
    # Without a language that is kept, only short tags: {"url": "..."} is none.
    return any(language_of(key) for key in keys) or all(len(re.split("[-_]", key)[0]) == 2 for key in keys)
