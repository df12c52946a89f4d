"""What `orderbuddy menu import` tells of a file, and of what becomes of the menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.output import add_row, say, show, table
from shared.domain.menu_import import Finding, ImportedMenu, Merged, Overruled, PriceChange, prices_of
from shared.money import dollars

LISTED = 40
_LANGUAGE_NAMES = {"en": "English", "es": "Spanish", "pt": "Portuguese"}
_NOTABLE = 0.25
"""The part by which a price changes from which on it is marked."""

_FIELDS = {
    "name": "name",
    "description": "description",
    "priceCents": "price",
    "extraChoicePriceCents": "price of a further choice",
    "makingCostCents": "making cost",
    "isAvailable": "on sale",
    "imageUrls": "pictures",
    "categoryId": "section",
    "stationTags": "stations",
    "diets": "diets",
    "emoji": "emoji",
    "type": "type",
    "required": "required",
    "selectionMode": "selection",
    "maxChoices": "choices at most",
    "freeChoices": "free choices",
    "salesTax": "sales tax in percent",
}


def tell_file(imported: ImportedMenu) -> None:
    """What was read, section by section, in which languages, and what a person should look at."""
    say(
        f"Read {counted(imported.sections, 'section')}, {counted(imported.items, 'item')}, "
        f"{counted(imported.variants, 'variant')}, {counted(imported.modifiers, 'modifier')} "
        f"with {counted(imported.options, 'option')}."
    )
    for language, name in _LANGUAGE_NAMES.items():
        filled = imported.filled.get(language, 0)
        missing = f", {filled} missing and filled from another language" if filled else ""
        say(f"  {name}: {counted(imported.languages.get(language, 0), 'text')}{missing}")
    if imported.document is not None:
        _show_sections(imported.document)
    _list("could not be placed:", imported.unplaced)
    _list("placed, but look at it:", imported.remarks)


@dataclass(frozen=True, slots=True)
class _Priced:
    """A price of a menu, in cents, and what it is for."""

    cents: int
    item: str
    size: str
    section: str
    item_id: str

    @property
    def name(self) -> str:
        return f"{self.item}, {self.size}" if self.size else self.item


def _show_sections(menu: Mapping[str, Any]) -> None:
    made = table("Section", ">Items", ">Lowest", "", ">Highest", "")
    priced = [
        _Priced(cents, item["name"]["en"], size, item["categoryId"], item["id"])
        for item in menu["items"]
        for cents, size in prices_of(item)
    ]
    for section in menu["categories"]:
        emoji, name = section.get("emoji"), section["name"]["en"]
        of_it = [each for each in priced if each.section == section["id"]]
        add_row(made, f"{emoji} {name}" if emoji else name, *_range(of_it))
    if len(menu["categories"]) > 1:
        made.add_section()
        add_row(made, "All", *_range(priced), style="bold")
    show(menu["name"]["en"], made)


def _range(priced: Sequence[_Priced]) -> list[str]:
    low, high = min(priced, key=lambda each: each.cents), max(priced, key=lambda each: each.cents)
    items = len({each.item_id for each in priced})
    return [f"{items:,}", dollars(low.cents), low.name, dollars(high.cents), high.name]


def tell_changes(merged: Merged) -> None:
    """What becomes of the items, which prices change, and where staff's word stays."""
    if merged.prices:
        _show_prices(merged.prices)
    if merged.overruled:
        _show_overruled(merged)
    for title, names in (
        ("new", merged.added),
        ("changed", merged.changed),
        ("no longer in the file, kept as sold out", merged.retired),
    ):
        if names:
            listed = ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
            say(f"{len(names)} {title}: {listed}")
    older = [f"{entry} ({_what(field)})" for entry, field in merged.older]
    if older:
        more = f" and {len(older) - LISTED} more" if len(older) > LISTED else ""
        say(f"{len(older)} older than the English text, look at it: {', '.join(older[:LISTED])}{more}")
    if not (merged.added or merged.changed or merged.retired):
        say("Every item is as it was.")


def _show_prices(changes: Sequence[PriceChange]) -> None:
    made = table("Item", ">Before", ">After", ">Change", "")
    # A modifier that many items share changes in all of them: one line for all.
    together: dict[tuple[str, str, int, int], list[str]] = {}
    for change in changes:
        shared = ":" in change.part
        key = ("" if shared else change.item, change.part, change.before, change.after)
        together.setdefault(key, []).append(change.item)
    for (_, part, before, after), items in list(together.items())[:LISTED]:
        item = items[0] if len(items) == 1 else f"{items[0]} and {len(items) - 1} more"
        share = (after - before) / before if before else None
        percent = f"{share:+.0%}" if share is not None else ""
        mark = "" if share is not None and abs(share) < _NOTABLE else "look"
        name = f"{item}, {part}" if part else item
        sign = "+" if after > before else ""
        add_row(
            made,
            name,
            dollars(before),
            dollars(after),
            f"{sign}{dollars(after - before)}",
            f"{percent} {mark}".strip(),
            style="yellow" if mark else None,
        )
    show("Prices that change", made)
    if len(together) > LISTED:
        say(f"... and {len(together) - LISTED} more.")


def _show_overruled(merged: Merged) -> None:
    made = table("Item", "What", "Here", "File")
    sections = {section["id"]: section["name"] for section in merged.document["categories"]}
    for told in merged.overruled[:LISTED]:
        add_row(made, told.entry, *_overruled(told, sections))
    show("What staff set stays, and the file says otherwise", made)
    if len(merged.overruled) > LISTED:
        say(f"... and {len(merged.overruled) - LISTED} more.")


def _overruled(told: Overruled, sections: Mapping[str, Any]) -> tuple[str, str, str]:
    if told.field == "removed":
        return "on the menu", "taken off", "there"
    if told.field == "categoryId":
        here, file = (_words(sections.get(section, "")) for section in (told.here, told.file))
        return "section", here, file
    return _what(told.field), _value(told.field, told.here), _value(told.field, told.file)


def _what(field: str) -> str:
    name, _, language = field.partition(".")
    return f"{_FIELDS.get(name, name)} in {_LANGUAGE_NAMES[language]}" if language else _FIELDS.get(name, name)


def _value(field: str, value: Any) -> str:
    if field.endswith("Cents") and isinstance(value, int | float):
        return dollars(int(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else _words(value)


def _words(value: Any) -> str:
    text = value.get("en") if isinstance(value, Mapping) else value
    return "nothing" if text in (None, "") else str(text)


def counted(count: int, word: str) -> str:
    """A number with its word, such as "1 item" or "1,000 items"."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _list(title: str, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    say(f"{len(findings)} {title}")
    for finding in findings[:LISTED]:
        say(f"  {finding.path}  {finding.reason}")
    if len(findings) > LISTED:
        say(f"  ... and {len(findings) - LISTED} more.")
