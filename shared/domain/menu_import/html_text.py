"""Texts as they were before somebody made HTML of them: entities decoded, tags taken out."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from html.parser import HTMLParser

from shared.text import clean

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ENCODED_AT_MOST = 3
"""A text that went through three systems is encoded three times."""

_INLINE = frozenset(
    {
        *("a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "ins", "mark", "s", "small", "span"),
        *("strike", "strong", "sub", "sup", "u"),
    }
)
_BLOCK = frozenset(
    {
        *("address", "article", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "head", "hr", "html"),
        *("img", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "section", "title", "ul"),
        *("table", "tbody", "td", "th", "thead", "tr"),
    }
)
_HIDDEN = frozenset({"script", "style"})

_UNSEEN = frozenset("\ufeff\u200b\u00ad")
"""A byte order mark, a space without width and a hyphen that may be: they part names that look the same."""


def plain(text: str) -> tuple[str, bool]:
    """A text in one line, without HTML and unseen characters, its accents in one form; and whether HTML was in it."""
    decoded = decode(text)
    bare = _without_tags(decoded) if "<" in decoded else decoded
    seen = "".join(c for c in clean(" ".join(bare.split())) if c not in _UNSEEN and unicodedata.category(c) != "Cs")
    return unicodedata.normalize("NFC", " ".join(seen.split())), bare != text


def decode(text: str) -> str:
    """A text with its entities decoded, those that were encoded twice too. "Fish & chips" stays."""
    for _ in range(_ENCODED_AT_MOST):
        # Only with the semicolon: HTML takes "&regular" for a registered trademark.
        decoded = _ENTITY.sub(lambda found: unescape(found[0]), text)
        if decoded == text:
            break
        text = decoded
    return text


def _without_tags(text: str) -> str:
    reader = _Words()
    # The entities are decoded already: what is left of "&" is the text's own, and passes as it is.
    reader.feed(text.replace("&", "&amp;"))
    reader.close()
    return "".join(reader.parts)


class _Words(HTMLParser):
    """Keeps the words. What only looks like a tag, such as "<3" or "<new>", is words, too."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in _HIDDEN
        self._tag(tag, self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False
        self._tag(tag, f"</{tag}>")

    def _tag(self, tag: str, written: str) -> None:
        if tag in _BLOCK:
            self.parts.append(" ")
        elif tag not in _INLINE and tag not in _HIDDEN:
            self.parts.append(unescape(written))

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
