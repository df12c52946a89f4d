"""Characters in a text that are no text: they steer a terminal, or move the words beside them.

A diner writes a name and a note. Staff read them on screens and in a terminal, so such a character must not get there.
"""

from __future__ import annotations

import re
import unicodedata

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
"""C0 without tab and line break, DEL, and C1, whose U+009B begins a terminal's command like ESC does."""
_DIRECTIONS = r"\u202a-\u202e\u2066-\u2069"
"""Bidi embeddings, overrides and isolates: one that is not ended turns all the text after it."""
_BREAKS = r"\t\n\u2028\u2029"
_SURROGATES = r"\ud800-\udfff"

_DROPPED = re.compile(f"[{_CONTROLS}{_DIRECTIONS}]")
_ESCAPED = re.compile(f"[{_CONTROLS}{_BREAKS}{_SURROGATES}\u202a-\u202e\u2066\u2067]")
_LINE_END = re.compile(r"\r\n?")
_FIRST_STRONG, _POP = "\u2068", "\u2069"


def clean(text: str) -> str:
    """A text that somebody wrote, without the characters that are no text. Tabs and line breaks (as \\n) stay."""
    return _DROPPED.sub("", _LINE_END.sub("\n", text))


_UNSEEN = r"[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]{0,8}"
"""Characters that take no room: a web address with some in it looks like one without. With very many no program makes a
link of it."""
_DOT = r"[.\u2024\u3002\ufe52\uff0e\uff61]"
"""What is read as a dot in the name of a server (UTS 46), and what looks like one and is written as one elsewhere."""
_SLASH = r"[/\\\u2044\u2215\u29f8\uff0f\uff3c]"
_NAME_OF_SERVER = re.compile(rf"(?<=\S){_UNSEEN}{_DOT}{_UNSEEN}(?=[^\W\d_]{_UNSEEN}[\w-])")
_NUMBER_OF_SERVER = re.compile(rf"(?<!\d)(\d{{1,3}}){_DOT}(\d{{1,3}}){_DOT}(\d{{1,3}}){_DOT}(?=\d{{1,3}}(?!\d))")
_SCHEME = re.compile(rf"[:\uff1a]?{_UNSEEN}{_SLASH}{_UNSEEN}{_SLASH}+")


def without_links(text: str) -> str:
    """A text that a stranger wrote, as it stands in a message of ours: without what mail programs and phones would make
    a link of. `evil.com/x` becomes `evil com/x`; sentences, initials, prices and fractions stay."""
    text = _NUMBER_OF_SERVER.sub(r"\1 \2 \3 ", _SCHEME.sub(" ", text))
    return _NAME_OF_SERVER.sub(" ", text)


def one_line(text: str) -> str:
    """A text as one line for a terminal: whatever would steer it is spelled out, such as `\\x1b` or `\\n`.

    The two marks of `isolated` stay as they are: alone, neither can turn more than the rest of its line.
    """
    return _ESCAPED.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def isolated(text: str) -> str:
    """A text to stand inside a sentence: where it has letters that are read from the right, it is marked as a text of
    its own, so that the words and numbers after it stay where they are."""
    if not any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text):
        return text
    return f"{_FIRST_STRONG}{_DROPPED.sub('', text)}{_POP}"


def masked(phone: str) -> str:
    """A phone number for those who need not call it: its last two digits, the others as stars; "" stays ""."""
    return "*" * max(0, len(phone) - 2) + phone[-2:] if len(phone) > 4 else "*" * len(phone)
