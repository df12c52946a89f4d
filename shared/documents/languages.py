"""The three languages of the product, and how one is stored."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from shared.documents.base import StoredAs

Language = Literal["en", "es", "pt"]

_CODE = re.compile(r"\s*(en|es|pt)(?:[-_ ]|$)", re.IGNORECASE)


def _language(value: Any) -> Any:
    """`ES` and `es-MX` are Spanish; whatever is none of ours is English."""
    found = _CODE.match(value) if isinstance(value, str) else None
    return found[1].lower() if found else "en"


StoredLanguage = Annotated[Language, BeforeValidator(_language), StoredAs("string", "null")]
"""A language, English unless the document names another of ours."""
