"""One size, modifier or option of a dish: changed and deleted (rules 16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.api import menu_edits as api
from shared.domain.menu_edits import items, words
from shared.domain.menu_edits.content import (
    Edited,
    Faults,
    MakeId,
    Row,
    found,
    rows_of,
    with_row,
    with_rows,
    without_row,
    wrong,
)
from shared.errors import MENU_CHOICE_NOT_FOUND, MENU_ITEM_NOT_FOUND

REFUSALS = (MENU_ITEM_NOT_FOUND, MENU_CHOICE_NOT_FOUND)

Change = Callable[[Row], Row | None]
"""From a row to what it becomes; None deletes it."""


def variant_changed(menu: Row, item_id: str, variant_id: str, sent: api.VariantChange) -> Edited:
    """Change a size. Raises Problem (REFUSALS), and INVALID_REQUEST."""
    faults = _of(sent)

    def change(row: Row) -> Row:
        now = dict(row)
        if sent.name is not None:
            now["name"] = words.plain(sent.name, row.get("name"), "name", faults)
        if sent.price_cents is not None:
            now["priceCents"] = words.price(sent.price_cents, row.get("priceCents"), "priceCents", faults)
        if sent.default is not None:
            now["default"] = sent.default
        return now

    def of_item(item: Row) -> Row:
        cleared = with_rows(item, "variants", lambda row: {**row, "default": False}) if sent.default else item
        return _within(cleared, "variants", variant_id, change)

    return _edited(menu, item_id, of_item, faults)


def modifier_changed(menu: Row, item_id: str, modifier_id: str, sent: api.ModifierChange, make_id: MakeId) -> Edited:
    """Change a group of choices. Raises Problem (REFUSALS), and INVALID_REQUEST."""
    faults = _of(sent)

    def change(row: Row) -> Row:
        now = dict(row)
        if sent.name is not None:
            now["name"] = words.texts(sent.name, row.get("name"), "name", faults)
        if sent.type is not None:
            now["type"] = words.one_of(sent.type, row.get("type"), "type", faults, items.TYPES)
        if sent.selection_mode is not None:
            mode, was = sent.selection_mode, row.get("selectionMode")
            now["selectionMode"] = words.one_of(mode, was, "selectionMode", faults, items.MODES)
        if sent.required is not None:
            now["required"] = sent.required
        for name, value in (("maxChoices", sent.max_choices), ("freeChoices", sent.free_choices)):
            if value is not None:
                now[name] = words.number(value, row.get(name), name, faults, most=items.MAX_CHOICES)
        if sent.extra_choice_price_cents is not None:
            extra, was = sent.extra_choice_price_cents, row.get("extraChoicePriceCents")
            now["extraChoicePriceCents"] = words.price(extra, was, "extraChoicePriceCents", faults)
        if sent.options is not None:
            now["options"] = items.options(sent.options, rows_of(row, "options"), "options", faults, make_id)
        return now

    return _edited(menu, item_id, lambda item: _within(item, "modifiers", modifier_id, change), faults)


def option_changed(menu: Row, item_id: str, modifier_id: str, option_id: str, sent: api.OptionChange) -> Edited:
    """Change a choice. Raises Problem (REFUSALS), and INVALID_REQUEST."""
    faults = _of(sent)

    def change(row: Row) -> Row:
        now = dict(row)
        if sent.name is not None:
            now["name"] = words.texts(sent.name, row.get("name"), "name", faults)
        if sent.price_cents is not None:
            now["priceCents"] = words.price(sent.price_cents, row.get("priceCents"), "priceCents", faults)
        return now

    return edited(menu, item_id, ["modifiers", modifier_id, "options", option_id], change, faults=faults)


def deleted(menu: Row, item_id: str, way: list[str]) -> Edited:
    """Delete a size, a modifier or an option. `way`: lists and ids to it, as of `edited`. Raises Problem (REFUSALS)."""
    return edited(menu, item_id, way, lambda _: None)


def edited(
    menu: Row,
    item_id: str,
    way: list[str],
    change: Change,
    *,
    faults: Faults | None = None,
    action: str = "menu_item.changed",
) -> Edited:
    """Change what stands in a dish. `way`: such as `["modifiers", "extras", "options", "nuts"]`.

    Raises Problem (REFUSALS), and INVALID_REQUEST with what `faults` has then.
    """

    def walk(row: Row, rest: list[str]) -> Row | None:
        if not rest:
            return change(row)
        return _within(row, rest[0], rest[1], lambda inner: walk(inner, rest[2:]))

    def of_item(item: Row) -> Row:
        return _within(item, way[0], way[1], lambda inner: walk(inner, way[2:]))

    return _edited(menu, item_id, of_item, faults or Faults(), action)


def _within(row: Row, name: str, row_id: str, change: Change) -> Row:
    place, inner = found(row, name, row_id, MENU_CHOICE_NOT_FOUND)
    now = change(inner)
    return without_row(row, name, place) if now is None else with_row(row, name, place, now)


def _edited(
    menu: Row, item_id: str, change: Callable[[Row], Row], faults: Faults, action: str = "menu_item.changed"
) -> Edited:
    place, item = found(menu, "items", item_id, MENU_ITEM_NOT_FOUND)
    now = change(item)
    faults.raise_if_any()
    return Edited(with_row(menu, "items", place, now), action, ("menu_item", item_id), item, now)


def _of(sent: Any) -> Faults:
    if not sent.model_fields_set:
        raise wrong("", "Say what is to change.")
    return Faults()
