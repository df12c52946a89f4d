"""Which stored entry each entry of a file is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.menu_import.identity import folded
from shared.domain.menu_import.read import ImportedMenu
from shared.domain.menu_texts import LANGUAGES, texts_of

Row = Mapping[str, Any]
Marks = Callable[[Row], Iterable[Hashable]]


@dataclass(slots=True)
class Matches:
    """`same`: the stored id by the file's id. `removed`: the stored id that an entry had which staff took off."""

    same: dict[str, str]
    removed: dict[str, str]

    def id_of(self, fresh_id: str) -> str:
        """The id under which an entry of the file is stored."""
        return self.same.get(fresh_id) or self.removed.get(fresh_id) or fresh_id


def match(
    imported: ImportedMenu,
    fresh: Sequence[Row],
    stored: Sequence[Row],
    sources: Collection[Row],
    sections: tuple[Mapping[str, Row], Mapping[str, Row]] | None = None,
) -> Matches:
    """Match by what earlier imports wrote, else by ids, by the ids that older releases made, and by names.

    Of two with the same name those are the same that stand in sections of the same name. `sections` are the file's and
    the stored ones by their ids.
    """
    by_key = {source["key"]: str(source["id"]) for source in sources}
    pairs = _Pairs(stored)
    for row in fresh:
        pairs.add(row, by_key.get(imported.keys[row["id"]]))
    for row in fresh:
        pairs.add(row, row["id"])
    for row in fresh:
        pairs.add(row, imported.ids_before.get(row["id"]))

    def said_names(row: Row) -> list[Hashable]:
        return _said_names(imported, row)

    if sections is not None:
        ours, theirs = sections
        pairs.add_alike(
            fresh,
            lambda row: _in_sections(said_names(row), row, ours),
            lambda row: _in_sections(_names(row), row, theirs),
        )
    pairs.add_alike(fresh, said_names, _names)
    removed = {
        row["id"]: before
        for row in fresh
        if row["id"] not in pairs.same
        and (before := by_key.get(imported.keys[row["id"]])) is not None
        and before not in pairs.stored
    }
    return Matches(pairs.same, removed)


class _Pairs:
    """Pairs of a file's and a stored entry, each in one pair at most."""

    def __init__(self, stored: Sequence[Row]) -> None:
        self.stored = {str(row["id"]): row for row in stored}
        self.same: dict[str, str] = {}
        self._free = dict(self.stored)

    def add(self, row: Row, stored_id: str | None) -> None:
        """Pair two entries where neither is in a pair."""
        if stored_id is not None and stored_id in self._free and row["id"] not in self.same:
            self.same[row["id"]] = stored_id
            del self._free[stored_id]

    def add_alike(self, fresh: Sequence[Row], marks_of_fresh: Marks, marks_of_stored: Marks) -> None:
        """Pair entries that share a mark which no other entry has."""
        by_mark: dict[Hashable, set[str]] = {}
        for stored_id, row in self._free.items():
            for mark in marks_of_stored(row):
                by_mark.setdefault(mark, set()).add(stored_id)
        marks = {row["id"]: dict.fromkeys(marks_of_fresh(row)) for row in fresh if row["id"] not in self.same}
        often = Counter(mark for each in marks.values() for mark in each)
        for row in fresh:
            for mark in marks.get(row["id"], ()):
                alike = by_mark.get(mark, set())
                if often[mark] == len(alike) == 1:
                    self.add(row, next(iter(alike)))


def match_sections(
    found: Matches, fresh: Sequence[Row], stored: Sequence[Row], items: Sequence[tuple[Row, Row]]
) -> None:
    """A section that got another name is the stored one when it has most of that one's items.

    `items` are the matched items: the file's, and the stored one.
    """
    free = {str(row["id"]) for row in stored} - set(found.same.values())
    whole = Counter(str(old.get("categoryId")) for _, old in items)
    together = Counter((str(new["categoryId"]), str(old.get("categoryId"))) for new, old in items)
    unmatched = {str(row["id"]) for row in fresh} - set(found.same)
    for (section, before), count in together.most_common():
        if section in unmatched and before in free and 2 * count >= whole[before]:
            found.same[section] = before
            found.removed.pop(section, None)
            unmatched.discard(section)
            free.discard(before)


def is_same_dish(imported: ImportedMenu, fresh: Row, stored: Row, source: Row | None) -> bool:
    """Whether two entries with one id look like one dish: by name or price, or because the languages differ.

    Sites number their dishes: "#1" of the lunch is another dish than "#1" of the dinner.
    """
    if set(_said_names(imported, fresh)) & set(_names(stored)) or fresh["priceCents"] == stored.get("priceCents"):
        return True
    said = {mark for mark in imported.said[fresh["id"]] if mark.startswith("name.")}
    before = {mark for mark in source["said"] if mark.startswith("name.")} if source else set()
    return bool(said and before and not said & before)


def _names(row: Row) -> list[Hashable]:
    name = row.get("name")
    return [(language, folded(text)) for language, text in texts_of(name).items() if text]


def _said_names(imported: ImportedMenu, row: Row) -> list[Hashable]:
    """An entry's names in the languages that the file says, or what stands for all of them."""
    texts = texts_of(row.get("name"))
    said = [language for language in LANGUAGES if f"name.{language}" in imported.said.get(row["id"], frozenset())]
    return [(language, folded(texts[language])) for language in said or ["en"] if texts[language]]


def _in_sections(names: Iterable[Hashable], row: Row, sections: Mapping[str, Row]) -> list[Hashable]:
    section = sections.get(str(row.get("categoryId")))
    return [(name, where) for name in names for where in (_names(section) if section else [])]
