"""Entries of a menu, merged field by field, with what stands in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.menu_import.matching import match
from shared.domain.menu_import.provenance import ABSENT, AVAILABLE, Entry, Overruled
from shared.domain.menu_import.read import ImportedMenu
from shared.domain.menu_texts import texts_of

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entries: the list in which they stand, their texts, their other fields, and lists of their own."""

    rows: str
    texts: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    parts: tuple[Kind, ...] = ()


OPTION = Kind("options", ("name",), ("priceCents",))
MODIFIER = Kind(
    "modifiers",
    ("name",),
    ("type", "required", "selectionMode", "maxChoices", "freeChoices", "extraChoicePriceCents"),
    (OPTION,),
)
VARIANT = Kind("variants", (), ("name", "priceCents", "default"))
ITEM = Kind(
    "items",
    ("name", "description"),
    ("imageUrls", "categoryId", "priceCents", "makingCostCents", AVAILABLE, "stationTags", "diets"),
    (VARIANT, MODIFIER),
)
CATEGORY = Kind("categories", ("name", "description"), ("emoji", "sortOrder"))
MENU = Kind("menu", ("name",), ("salesTax",))

_NOT_TOLD = frozenset({"sortOrder", "default"})
"""Where staff's word stays and nobody needs to hear of it: the order of things, and what is chosen beforehand."""


@dataclass(frozen=True, slots=True)
class PriceChange:
    """Another price than before, in cents. `part` is the size or the option, "" for the item's own price."""

    item: str
    part: str
    before: int
    after: int


@dataclass(slots=True)
class Account:
    """What an import changes, collected while it is worked out."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    prices: list[PriceChange] = field(default_factory=list)
    overruled: list[Overruled] = field(default_factory=list)
    older: list[tuple[str, str]] = field(default_factory=list)

    def removed(self, name: str) -> None:
        """Staff took an entry off the menu that the file has."""
        self.overruled.append(Overruled(name, "removed", None, None))


class Entries:
    """Merges entries. Beside each stands its source: what is kept of the file for the next import."""

    def __init__(self, imported: ImportedMenu, account: Account) -> None:
        self._imported = imported
        self._account = account

    def entry(
        self,
        kind: Kind,
        row_id: str,
        fresh: Mapping[str, Any],
        stored: Mapping[str, Any] | None,
        source: Mapping[str, Any] | None,
        *,
        inside: str = "",
    ) -> tuple[Row, Row]:
        """An entry as it is from now on, and its source. `stored` is None for a new one."""
        key = str(fresh["id"])
        name = f"{inside}: {name_of(fresh)}" if inside else name_of(fresh)
        entry = Entry(name, fresh, self._imported.said.get(key, frozenset()), stored or {}, source)
        row = {**fresh, **(stored or {}), "id": row_id}
        for text in kind.texts:
            row[text] = entry.text(text)
        for each in kind.fields:
            row[each] = entry.value(each)
        self._account.overruled += [told for told in entry.overruled if told.field not in _NOT_TOLD]
        self._account.older += [(name, mark) for mark in entry.older]
        kept: Row = {
            "id": row_id,
            "key": self._imported.keys.get(key, ""),
            "said": sorted(entry.said),
            "wrote": entry.wrote,
        }
        for part in kind.parts:
            row[part.rows], kept[part.rows] = self._parts(part, fresh, stored, source, name)
        if kind is ITEM and fresh["variants"]:
            _settle_price(row, kept)
        return {each: value for each, value in row.items() if value is not ABSENT}, kept

    def _parts(
        self,
        kind: Kind,
        fresh: Mapping[str, Any],
        stored: Mapping[str, Any] | None,
        source: Mapping[str, Any] | None,
        inside: str,
    ) -> tuple[list[Row], list[Row]]:
        """The variants, modifiers or options of an entry: those of the file, then those that staff made."""
        old, known = rows(stored, kind.rows), by_id(rows(source, kind.rows))
        says = kind.rows in self._imported.said.get(str(fresh["id"]), frozenset())
        if source is None and kind is MODIFIER and not says:
            return old, []
        matches = match(self._imported, fresh[kind.rows], old, known.values())
        there = by_id(old)
        found, kept = [], []
        for row in fresh[kind.rows]:
            row_id = matches.id_of(row["id"])
            if row["id"] in matches.removed:
                self._account.removed(f"{inside}: {name_of(row)}")
                kept.append(known[row_id])
                continue
            part, part_source = self.entry(kind, row_id, row, there.get(row_id), known.get(row_id), inside=inside)
            found.append(part)
            kept.append(part_source)
        if source is not None:
            here = {part["id"] for part in found}
            found += [part for part in old if part["id"] not in here and part["id"] not in known]
        return found, kept

    def tell_prices(self, item: Mapping[str, Any], old: Mapping[str, Any]) -> None:
        """Note each price of an item that is another than before: its own, its sizes' and its options'."""

        def tell(part: str, now: Mapping[str, Any], was: Mapping[str, Any], field: str = "priceCents") -> None:
            before, after = was.get(field), now.get(field)
            if isinstance(before, int | float) and isinstance(after, int | float) and before != after:
                self._account.prices.append(PriceChange(name_of(item), part, int(before), int(after)))

        if not (rows(item, "variants") and rows(old, "variants")):
            tell("", item, old)
        for variant, was in _both(item, old, "variants"):
            tell(name_of(variant), variant, was)
        for modifier, old_modifier in _both(item, old, "modifiers"):
            tell(f"{name_of(modifier)}: each further choice", modifier, old_modifier, "extraChoicePriceCents")
            for option, was in _both(modifier, old_modifier, "options"):
                tell(f"{name_of(modifier)}: {name_of(option)}", option, was)


def _settle_price(item: Row, source: Row) -> None:
    """One variant is chosen beforehand, and the item's own price is that one's."""
    variants = item["variants"]
    if not variants:
        return
    chosen = next((variant for variant in variants if variant.get("default") is True), variants[0])
    for variant in variants:
        variant["default"] = variant is chosen
    item["priceCents"] = source["wrote"]["priceCents"] = chosen["priceCents"]


def _both(now: Mapping[str, Any], was: Mapping[str, Any], name: str) -> Sequence[tuple[Row, Row]]:
    before = by_id(rows(was, name))
    return [(row, before[row["id"]]) for row in rows(now, name) if row["id"] in before]


def rows(parent: Mapping[str, Any] | None, name: str) -> list[Row]:
    """The entries under `name` that have an id; those without one cannot be told apart."""
    found = parent.get(name) if parent else None
    return (
        [row for row in found if isinstance(row, dict) and isinstance(row.get("id"), str)]
        if isinstance(found, list)
        else []
    )


def by_id(entries: Sequence[Row]) -> dict[str, Row]:
    """Entries by their ids."""
    return {row["id"]: row for row in entries}


def name_of(row: Mapping[str, Any]) -> str:
    """An entry's English name."""
    return texts_of(row.get("name"))["en"]
