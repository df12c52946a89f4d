"""A menu's texts in the product's languages, as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LANGUAGES = ("en", "es", "pt")


def texts_of(value: Any) -> dict[str, str]:
    """A stored text by language; "" where there is none. Older documents have one text for all."""
    if isinstance(value, str):
        return {language: value if language == "en" else "" for language in LANGUAGES}
    found = value if isinstance(value, Mapping) else {}
    return {language: text if isinstance(text := found.get(language), str) else "" for language in LANGUAGES}
