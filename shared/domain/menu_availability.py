"""What of a menu can be had at a moment: `soldOutUntil` lies over `isAvailable` (rules 16)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar, cast

from shared.documents.menu import CostedMenu, Menu, MenuItem, Modifier, Option, Variant

M = TypeVar("M", bound=Menu)
ItemT = TypeVar("ItemT", bound=MenuItem)
RowT = TypeVar("RowT", bound=MenuItem | Variant | Option)


def comes_back(menus: Sequence[Menu]) -> tuple[datetime, ...]:
    """The moments at which something of these menus comes back by itself, in order."""
    return tuple(sorted({moment for menu in menus for item in menu.items for moment in _moments(item)}))


def _moments(item: MenuItem) -> Iterator[datetime]:
    options = (option for modifier in item.modifiers for option in modifier.options)
    rows: tuple[MenuItem | Variant | Option, ...] = (item, *item.variants, *options)
    for row in rows:
        if row.sold_out_until is not None:
            yield row.sold_out_until


def as_of(menu: M, now: datetime) -> M:
    """The menu with what holds at `now` alone: a `sold_out_until` is ahead, and its row not available, or is None."""
    change: dict[str, object] = {"items": [_item(item, now) for item in menu.items]}
    if isinstance(menu, CostedMenu):
        change["costed_items"] = [_item(item, now) for item in menu.costed_items]
    return menu.model_copy(update=change)


def _item(item: ItemT, now: datetime) -> ItemT:
    if not any(_moments(item)):
        return item
    parts = {
        "variants": [_row(variant, now) for variant in item.variants],
        "modifiers": [_modifier(modifier, now) for modifier in item.modifiers],
    }
    return _row(item.model_copy(update=parts), now)


def _modifier(modifier: Modifier, now: datetime) -> Modifier:
    return modifier.model_copy(update={"options": [_row(option, now) for option in modifier.options]})


def _row(row: RowT, now: datetime) -> RowT:
    until = row.sold_out_until
    if until is None:
        return row
    change = {"is_available": False} if now < until else {"sold_out_until": None}
    return cast(RowT, row.model_copy(update=change))


def offered(item: MenuItem) -> MenuItem:
    """A dish with those of its sizes and choices that can be had: what diners get."""
    rows: tuple[Variant | Option, ...] = (
        *item.variants,
        *(option for modifier in item.modifiers for option in modifier.options),
    )
    if all(row.is_available for row in rows):
        return item
    modifiers = [
        modifier.model_copy(update={"options": [option for option in modifier.options if option.is_available]})
        for modifier in item.modifiers
    ]
    variants = [variant for variant in item.variants if variant.is_available]
    return item.model_copy(update={"variants": variants, "modifiers": modifiers})
