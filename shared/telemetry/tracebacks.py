"""Tracebacks within a text: where something went wrong stays, what the exceptions say goes: it may be of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_BEGINS: Final = "Traceback (most recent call last)"
_PHRASE = re.compile(
    r"[\s|+-]*(?:Traceback \(most recent call last\)|The above exception was|During handling of the above)"
)
_PLACE = re.compile(r'[\s|]*  File "[^"]*", line \d+')
_CODE = re.compile(r"(?:\s*\|)* {4}\s*\S")
_MARKS = re.compile(r"[\s|]*[\^~]*\s*\Z")
_KIND = re.compile(r"[\s|]*([A-Za-z_][\w.]*)(?=:|\s*\Z)")


def without_messages(text: str) -> str:
    """A text whose exceptions say their types and places alone. A text without a traceback stays as it is."""
    if _BEGINS not in text:
        return text
    before, begins, after = text.partition(_BEGINS)
    return before + "\n".join(_kept((begins + after).splitlines()))


def _kept(lines: list[str]) -> Iterator[str]:
    is_place = said = False
    for line in lines:
        was_place, is_place = is_place, bool(_PLACE.match(line))
        if is_place or (was_place and _CODE.match(line)):
            # Behind a place stands its line of code, where that is known.
            said = False
            yield line
        elif _PHRASE.match(line):
            yield line
        elif not said and _MARKS.match(line) is None:
            # The first line behind the places is the exception's own. What it says may have many more.
            said = True
            if kind := _KIND.match(line):
                yield kind[1]
