"""Which stored entry each entry of a file is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.menu_import.identity import folded
from shared.domain.menu_import.languages import LANGUAGES
from shared.domain.menu_import.provenance import texts_of
from shared.domain.menu_import.read import ImportedMenu

Row = Mapping[str, Any]


@dataclass(slots=True)
class Matches:
    """`same`: the stored id by the file's id. `removed`: the stored id that an entry had which staff took off."""

    same: dict[str, str] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)

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
    """Match by what is known of earlier imports, else by ids, by the ids that older releases made, and by names.

    Of two with the same name those are the same that stand in sections of the same name. `sections` are the file's and
    the stored ones by their ids.
    """
    there = {str(row["id"]) for row in stored}
    by_key = {source["key"]: str(source["id"]) for source in sources}
    found = Matches()
    taken: set[str] = set()

    def pair(row: Row, stored_id: str | None) -> None:
        if stored_id in there and stored_id not in taken and row["id"] not in found.same:
            found.same[row["id"]] = stored_id
            taken.add(stored_id)

    for candidate in (
        lambda row: by_key.get(imported.keys[row["id"]]),
        lambda row: row["id"],
        lambda row: imported.ids_before.get(row["id"]),
    ):
        for row in fresh:
            pair(row, candidate(row))
    new, old = sections or ({}, {})
    inner: list[tuple[Callable[[Row], Iterable[Hashable]], Callable[[Row], Iterable[Hashable]]]] = [
        (
            lambda row: _in_sections(_said_names(imported, row), row, new),
            lambda row: _in_sections(_names(row), row, old),
        ),
        (lambda row: _said_names(imported, row), _names),
    ]
    for of_fresh, of_stored in inner if sections else inner[1:]:
        left = [row for row in fresh if row["id"] not in found.same]
        free = [row for row in stored if row["id"] not in taken]
        for row, stored_id in _only_pairs(left, free, of_fresh, of_stored):
            pair(row, stored_id)
    for row in fresh:
        before = by_key.get(imported.keys[row["id"]])
        if row["id"] not in found.same and before is not None and before not in there:
            found.removed[row["id"]] = before
    return found


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


def _only_pairs(
    fresh: Sequence[Row],
    stored: Sequence[Row],
    of_fresh: Callable[[Row], Iterable[Hashable]],
    of_stored: Callable[[Row], Iterable[Hashable]],
) -> Iterable[tuple[Row, str]]:
    """Pairs that share a mark which nobody else has."""
    by_mark: dict[Hashable, set[str]] = {}
    for row in stored:
        for mark in of_stored(row):
            by_mark.setdefault(mark, set()).add(str(row["id"]))
    marks = {row["id"]: list(of_fresh(row)) for row in fresh}
    often = Counter(mark for each in marks.values() for mark in set(each))
    for row in fresh:
        for mark in marks[row["id"]]:
            if often[mark] == 1 and len(by_mark.get(mark, ())) == 1:
                yield row, next(iter(by_mark[mark]))
