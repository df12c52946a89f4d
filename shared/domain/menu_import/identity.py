"""Which entry is which over several imports: names that mean the same are the same, and ids are made of them."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field

from shared.domain.menu_import.jsonld import Node
from shared.domain.menu_import.report import stable_id
from shared.domain.menu_import.texts import Words

LONGEST_SLUG = 60
_HASHED = 8

_FOLDED = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u02bc`"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-"),
}


def folded(name: str) -> str:
    """A name as it is compared: one form of each character, of quotes and dashes, no capitals, single spaces."""
    same = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    # NFKC takes a lone acute accent, which many write as an apostrophe, for a space with a mark.
    return " ".join(same.replace(" \u0301", "'").translate(_FOLDED).split())


def slug_of(name: str) -> str:
    """A name as part of an address: lower case, dash separated.

    Where letters are lost on the way, as of 午餐, or the name is longer than an address likes, a hash stands for them:
    two menus never get one slug because their names differ in what a slug cannot say.
    """
    whole = folded(name)
    slug, complete = _ascii(whole)
    if complete and slug and len(slug) <= LONGEST_SLUG:
        return slug
    mark = hashlib.sha256(whole.encode()).hexdigest()[:_HASHED]
    return f"{slug[: LONGEST_SLUG - _HASHED - 1].rstrip('-') or 'menu'}-{mark}"


def slug_before(name: str) -> str:
    """The slug that older releases made of a name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())[:LONGEST_SLUG] or "menu"


def _ascii(name: str) -> tuple[str, bool]:
    """A name in plain letters and dashes, and whether all its letters and digits are in it."""
    parts = unicodedata.normalize("NFKD", name)
    complete = all(c.isascii() or not c.isalnum() for c in parts)
    plain = "".join(c for c in parts if not unicodedata.combining(c))
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in plain).split()), complete


@dataclass(frozen=True, slots=True)
class Key:
    """What an entry is among its siblings, now and by the rule of older releases; `before` is None where there is
    none that is worth anything."""

    now: str
    before: str | None


class Siblings:
    """Keys of siblings, each used once: an own id where there is one, else the name."""

    def __init__(self) -> None:
        self._now: set[str] = set()
        self._before: set[str] = set()

    def key(self, node: Node, words: Words, section: Key | None = None) -> Key:
        """The key of `node`; a second one of the same key gets a number."""
        identifier = node.fields.get("identifier")
        own = node.id or (identifier if isinstance(identifier, str) and identifier else None)
        # A blank node's id is made anew at each export: it says nothing the next time.
        blank = own is not None and own.startswith("_:")
        now = own if own and not blank else _within(section.now if section else None, folded(words.own))
        before = None if blank else own or _within(section.before if section else None, words.raw).casefold()
        return Key(_unique(self._now, now), before and _unique(self._before, before))


def _within(section: str | None, name: str) -> str:
    return name if section is None else f"{section}\x1f{name}"


def _unique(taken: set[str], key: str) -> str:
    number = 2
    unique = key
    while unique in taken:
        unique, number = f"{unique}#{number}", number + 1
    taken.add(unique)
    return unique


@dataclass(slots=True)
class Ids:
    """Ids made of keys: the same file gives the same ids.

    `keys` has each id's key; `before` the id that an older release made of the same entry, where it is another.
    """

    scope: str
    scope_before: str
    keys: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)

    def of(self, parent: str, kind: str, key: Key) -> str:
        """The id of an entry of this kind, below the entry with the id `parent`."""
        made = stable_id(parent, kind, key.now)
        self.keys[made] = key.now
        if key.before is not None:
            older = self.scope_before if parent == self.scope else self.before.get(parent, parent)
            old = stable_id(older, kind, key.before)
            if old != made:
                self.before[made] = old
        return made
