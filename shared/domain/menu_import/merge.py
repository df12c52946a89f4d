"""An imported menu over the one that is there: ids stay, and so does what staff set."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.documents.menu_imports import MenuImport
from shared.domain.menu_import.entries import (
    CATEGORY,
    ITEM,
    MENU,
    Account,
    Entries,
    PriceChange,
    Row,
    by_id,
    name_of,
    rows,
)
from shared.domain.menu_import.matching import is_same_dish, match, match_sections
from shared.domain.menu_import.provenance import AVAILABLE, RETIRED, Overruled
from shared.domain.menu_import.read import ImportedMenu


class AnotherMenuError(Exception):
    """The menu that would be replaced shares no item with the file: it may be another one."""

    def __init__(self, name: str, slug: str, items: int) -> None:
        super().__init__(f"The menu {name!r} ({slug}) has {items:,} items, and none of them is in the file.")
        self.slug = slug


@dataclass(frozen=True, slots=True)
class Merged:
    """The menu to store, what is kept of its file, and what becomes of the items, by their English names.

    `retired` are in the file no longer: they stay in the document, sold out. An import sells nothing that the file
    does not have, and deletes nothing. `overruled` are the file's words that do not hold, because staff set something
    else. `older` are (entry, field) of translations that stay although the English text is another now. `is_new`: the
    location had no such menu. `tax_before` is the sales tax that it had, in percent.
    """

    document: Row
    source: MenuImport
    added: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]
    prices: tuple[PriceChange, ...]
    overruled: tuple[Overruled, ...]
    older: tuple[tuple[str, str], ...]
    is_new: bool
    tax_before: Any


def merge_menu(
    imported: ImportedMenu,
    stored: Mapping[str, Any] | None,
    source: MenuImport | None = None,
    *,
    replace: bool = False,
) -> Merged:
    """Put `imported` over `stored`, the same menu as it is now, or None for a new one.

    `source` is what earlier imports wrote of it. Without one, as of a menu made by hand or by an older release, what
    the file says holds, but for sold-out items; what it does not say stays.

    Raises AnotherMenuError where no item of `stored` is in the file, but for `replace`.
    """
    merging = _Merging(imported, stored, source if stored else None)
    if not replace:
        merging.refuse_another_menu()
    return merging.merged()


class _Merging:
    def __init__(self, imported: ImportedMenu, stored: Mapping[str, Any] | None, source: MenuImport | None) -> None:
        assert imported.document is not None
        self.imported = imported
        self.fresh = copy.deepcopy(imported.document)
        self.stored = stored
        self.source = source.model_dump(by_alias=True) if source else None
        self.account = Account()
        self.entries = Entries(imported, self.account)
        self.stored_items = by_id(rows(stored, "items"))
        self.stored_sections = by_id(rows(stored, "categories"))
        self.item_sources = by_id(rows(self.source, "items"))
        self.section_sources = by_id(rows(self.source, "categories"))
        self.items = match(
            imported,
            self.fresh["items"],
            list(self.stored_items.values()),
            self.item_sources.values(),
            (by_id(self.fresh["categories"]), self.stored_sections),
        )
        self.sections = match(
            imported, self.fresh["categories"], list(self.stored_sections.values()), self.section_sources.values()
        )
        match_sections(self.sections, self.fresh["categories"], list(self.stored_sections.values()), self.pairs())

    def pairs(self) -> list[tuple[Row, Row]]:
        """The file's items with the stored ones that they are."""
        same = self.items.same
        return [(row, self.stored_items[same[row["id"]]]) for row in self.fresh["items"] if row["id"] in same]

    def refuse_another_menu(self) -> None:
        """Raise AnotherMenuError where the file and the menu share nothing."""
        there = [row for row in self.stored_items.values() if not row.get(RETIRED)]
        sources = self.item_sources
        if there and not any(
            is_same_dish(self.imported, row, old, sources.get(old["id"])) for row, old in self.pairs()
        ):
            stored = self.stored or {}
            raise AnotherMenuError(name_of(stored), str(stored.get("menuSlug") or ""), len(there))

    def merged(self) -> Merged:
        menu_id = str(self.fresh["_id"])
        document, kept = self.entries.entry(MENU, menu_id, {**self.fresh, "id": menu_id}, self.stored, self.source)
        del document["id"]
        document["items"], item_sources = self._items()
        document["categories"], section_sources = self._sections(document["items"])
        tax = self.imported.target.sales_tax
        if tax is not None:
            # A person's word, like staff's: another one in the file does not hold against it.
            document["salesTax"] = float(tax)
            kept["wrote"].pop("salesTax", None)
        named = {name: document[name] for name in ("_id", "restaurantId", "locationId")}
        kept |= {"slug": self.fresh["menuSlug"], "items": item_sources, "categories": section_sources}
        account = self.account
        return Merged(
            document=document,
            source=MenuImport.model_validate({**kept, **named}),
            added=tuple(account.added),
            changed=tuple(account.changed),
            retired=tuple(account.retired),
            prices=tuple(account.prices),
            overruled=tuple(account.overruled),
            older=tuple(account.older),
            is_new=self.stored is None,
            tax_before=self.stored.get("salesTax") if self.stored else None,
        )

    def _items(self) -> tuple[list[Row], list[Row]]:
        found: list[Row] = []
        kept: list[Row] = []
        for fresh in self.fresh["items"]:
            fresh["categoryId"] = self.sections.id_of(fresh["categoryId"])
            item_id = self.items.id_of(fresh["id"])
            if fresh["id"] in self.items.removed:
                self.account.removed(name_of(fresh))
                kept.append(self.item_sources[item_id])
                continue
            old, source = self.stored_items.get(item_id), self.item_sources.get(item_id)
            item, item_source = self.entries.entry(ITEM, item_id, fresh, _as_before(old, source), source)
            item.pop(RETIRED, None)
            found.append(item)
            kept.append(item_source)
            if old is None:
                self.account.added.append(name_of(item))
            elif item != old:
                self.account.changed.append(name_of(item))
                self.entries.tell_prices(item, old)
        here = {item["id"] for item in found}
        for item_id, old in self.stored_items.items():
            if item_id not in here:
                found.append(self._missing(old))
                kept += _known(self.item_sources, item_id)
        return found, kept

    def _missing(self, old: Row) -> Row:
        """An item that the file does not have: off sale, but for those that staff made, or put on sale again."""
        by_staff = self.source is not None and old["id"] not in self.item_sources
        if by_staff or old.get(AVAILABLE) is not True:
            return old
        if old.get(RETIRED):
            self.account.overruled.append(Overruled(name_of(old), AVAILABLE, True, False))
            return old
        self.account.retired.append(name_of(old))
        # Marked: an item that comes back into the file comes back on sale, and one that staff sold out does not.
        return {**old, AVAILABLE: False, RETIRED: True}

    def _sections(self, items: Sequence[Mapping[str, Any]]) -> tuple[list[Row], list[Row]]:
        needed = {item.get("categoryId") for item in items}
        found: list[Row] = []
        kept: list[Row] = []
        for fresh in self.fresh["categories"]:
            section_id = self.sections.id_of(fresh["id"])
            old, source = self.stored_sections.get(section_id), self.section_sources.get(section_id)
            if fresh["id"] in self.sections.removed and section_id not in needed:
                kept += _known(self.section_sources, section_id)
                continue
            section, section_source = self.entries.entry(CATEGORY, section_id, fresh, old, source)
            found.append(section)
            kept.append(section_source)
        here = {section["id"] for section in found}
        for section_id, old in self.stored_sections.items():
            by_staff = self.source is not None and section_id not in self.section_sources
            if section_id not in here and (by_staff or section_id in needed):
                found.append(old)
                kept += _known(self.section_sources, section_id)
        return found, kept


def _known(sources: Mapping[str, Row], entry_id: str) -> list[Row]:
    return [sources[entry_id]] if entry_id in sources else []


def _as_before(old: Row | None, source: Mapping[str, Any] | None) -> Row | None:
    """A stored item as it was before an import took it off sale."""
    if old is None or not old.get(RETIRED) or old.get(AVAILABLE) is True or source is None:
        return old
    return {**old, AVAILABLE: source["wrote"].get(AVAILABLE, True)}
