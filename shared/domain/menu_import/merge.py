"""An imported menu over the one that is there: ids stay, and so does what staff set and the file does not say."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.menu_import.read import ImportedMenu

_KEPT_FIELDS = ("description", "imageUrls", "makingCostCents", "stationTags")
_LEFT_OUT = "retired"


@dataclass(frozen=True, slots=True)
class Merged:
    """The menu to store, and, by their English names, the items that are new, differ, or are in the file no longer.

    Those no longer in the file stay in the document, sold out: an import sells nothing that the file does not have,
    and deletes nothing.
    """

    document: dict[str, Any]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]


def merge_menu(imported: ImportedMenu, stored: Mapping[str, Any] | None) -> Merged:
    """Put `imported` over `stored`, the menu with the same slug at the same location, or None for a new one.

    Entries are the same when their ids are, else when their English names are. Of an item that was there, the sold-out
    flag stays as staff set it, and so does what the file does not say: a description, translations, pictures, making
    cost, station tags, and every field that the importer does not know.
    """
    assert imported.document is not None
    fresh = copy.deepcopy(imported.document)
    if stored is None:
        return Merged(fresh, tuple(_name(item) for item in fresh["items"]), (), ())
    old_items = _rows(stored.get("items"))
    old_categories = _rows(stored.get("categories"))
    category_ids = _adopt(fresh["categories"], old_categories)
    _keep_sections(fresh["categories"], old_categories)
    given = {item["id"]: imported.given.get(item["id"], frozenset()) for item in fresh["items"]}
    item_ids = _adopt(fresh["items"], old_items)
    before = {item["id"]: item for item in old_items}
    said = {new: given[old] for old, new in item_ids.items()}
    added, changed = [], []
    for item in fresh["items"]:
        item["categoryId"] = category_ids[item["categoryId"]]
        old = before.get(item["id"])
        if old is None:
            added.append(_name(item))
            continue
        _keep(item, old, said[item["id"]])
        if item != old:
            changed.append(_name(item))
    retired = _retire(fresh, old_items, old_categories)
    document = {**stored, **fresh, "_id": stored["_id"], "available": stored.get("available", True)}
    _keep_translations(document, stored)
    if fresh["salesTax"] is None:
        document["salesTax"] = stored.get("salesTax")
    if stored.get("schedule"):
        document["schedule"] = stored["schedule"]
    return Merged(document, tuple(added), tuple(changed), tuple(retired))


def _rows(value: Any) -> list[dict[str, Any]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]


def _name(row: Mapping[str, Any]) -> str:
    name = row.get("name")
    return str(name.get("en") or "") if isinstance(name, Mapping) else str(name or "")


def _adopt(fresh: list[dict[str, Any]], old: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Give entries the ids of those that they are; returns the id of each by the one it came with."""
    by_id = {row["id"] for row in old}
    new_ids = {row["id"] for row in fresh}
    by_name = _unique(old, _name)
    fresh_by_name = _unique(fresh, _name)
    renamed = {}
    for row in fresh:
        twin = by_name.get(_name(row).casefold())
        if row["id"] not in by_id and twin and twin["id"] not in new_ids and _name(row).casefold() in fresh_by_name:
            renamed[row["id"]] = twin["id"]
        else:
            renamed[row["id"]] = row["id"]
        row["id"] = renamed[row["id"]]
    return renamed


def _unique(rows: Sequence[dict[str, Any]], name: Callable[[Mapping[str, Any]], str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    twice: set[str] = set()
    for row in rows:
        key = name(row).casefold()
        if key in found:
            twice.add(key)
        found[key] = row
    return {key: row for key, row in found.items() if key and key not in twice}


def _keep_sections(fresh: list[dict[str, Any]], old: Sequence[dict[str, Any]]) -> None:
    before = {row["id"]: row for row in old}
    for category in fresh:
        was = before.get(category["id"], {})
        if not any(category["description"].values()) and was.get("description"):
            category["description"] = was["description"]
        _keep_translations(category, was)
        _keep_unknown(category, was)


def _keep(item: dict[str, Any], old: Mapping[str, Any], said: frozenset[str]) -> None:
    if not old.get(_LEFT_OUT):
        item["isAvailable"] = old.get("isAvailable") is True
    for field in _KEPT_FIELDS:
        if field not in said and old.get(field):
            item[field] = old[field]
    _keep_translations(item, old)
    _keep_unknown(item, old)
    _adopt(item["variants"], _rows(old.get("variants")))
    old_modifiers = _rows(old.get("modifiers"))
    _adopt(item["modifiers"], old_modifiers)
    before = {modifier["id"]: modifier for modifier in old_modifiers}
    for modifier in item["modifiers"]:
        was = before.get(modifier["id"], {})
        _keep_translations(modifier, was)
        old_options = _rows(was.get("options"))
        _adopt(modifier["options"], old_options)
        options_before = {option["id"]: option for option in old_options}
        for option in modifier["options"]:
            _keep_translations(option, options_before.get(option["id"], {}))


def _keep_unknown(row: dict[str, Any], old: Mapping[str, Any]) -> None:
    for field, value in old.items():
        if field != _LEFT_OUT:
            row.setdefault(field, value)


def _keep_translations(row: dict[str, Any], old: Mapping[str, Any]) -> None:
    """Where a language was filled with English, and the English is still the same, what staff wrote stays."""
    for field in ("name", "description"):
        text, before = row.get(field), old.get(field)
        if not isinstance(text, dict) or not isinstance(before, Mapping) or before.get("en") != text.get("en"):
            continue
        filled = {language: before.get(language) or words for language, words in text.items() if words == text["en"]}
        row[field] = {**text, **filled}


def _retire(
    fresh: dict[str, Any], old_items: Sequence[dict[str, Any]], old_categories: Sequence[dict[str, Any]]
) -> list[str]:
    here = {item["id"] for item in fresh["items"]}
    gone = [item for item in old_items if item["id"] not in here]
    # Marked, so that a dish that comes back into the file comes back on sale, and one that staff sold out does not.
    fresh["items"].extend({**item, "isAvailable": False, _LEFT_OUT: True} for item in gone)
    needed = {item.get("categoryId") for item in gone} - {category["id"] for category in fresh["categories"]}
    for category in old_categories:
        if category["id"] in needed:
            fresh["categories"].append({**category, "sortOrder": len(fresh["categories"]) + 1})
    return [_name(item) for item in gone if item.get("isAvailable") is True]
