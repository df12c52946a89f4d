"""Filters that ask for nothing but to be in one of some groups: publishers send one with nearly every message.

Whoever is in these groups is found without asking each connection of the hub.
"""

import re
from functools import lru_cache

_NAME = r"'(?:[^']|'')*'"
_WHOLE = re.compile(rf"{_NAME} in groups(?: or {_NAME} in groups)*")
_ONE = re.compile(rf"({_NAME}) in groups")


@lru_cache(maxsize=256)
def one_of(text: str) -> tuple[str, ...] | None:
    """The groups of such a filter; None for any other, or for none."""
    if _WHOLE.fullmatch(text) is None:
        return None
    return tuple(name[1:-1].replace("''", "'") for name in _ONE.findall(text))
