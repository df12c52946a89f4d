"""Sold out and back: a dish, a size, an option, a whole section (rules 16).

`isAvailable` is the standing word. `soldOutUntil` lies over it: until then the row cannot be had, whatever the other
says, and no job has to run for it to come back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.domain.menu_edits.content import Edited, Row, found, id_of, rows_of, with_rows, without
from shared.errors import MENU_CATEGORY_NOT_FOUND, MENU_ITEM_NOT_FOUND

REFUSALS = (MENU_ITEM_NOT_FOUND, MENU_CATEGORY_NOT_FOUND)

AVAILABLE, UNTIL = "isAvailable", "soldOutUntil"


def can_be_had(row: Row, now: datetime) -> bool:
    """Whether a stored dish can be had at `now`."""
    until = row.get(UNTIL)
    return row.get(AVAILABLE) is True and not (isinstance(until, datetime) and now < until)


def marked(row: Row, *, available: bool, until: datetime | None) -> Row:
    """A row of a menu that can be had, or cannot: until a moment, or, with None, until somebody says so."""
    if not available and until is not None:
        return {**row, AVAILABLE: True, UNTIL: until}
    return {**without(row, UNTIL), AVAILABLE: available}


def item_marked(menu: Row, item_id: str, *, available: bool, until: datetime | None = None) -> Edited:
    """Take a dish off the menus that diners see, or put it back. Raises Problem (REFUSALS)."""
    _, item = found(menu, "items", item_id, MENU_ITEM_NOT_FOUND)

    # Old menus hold ids twice, and whichever can be had is sold.
    def one(row: Row) -> Row:
        return marked(row, available=available, until=until) if id_of(row) == item_id else row

    content = with_rows(menu, "items", one)
    now = marked(item, available=available, until=until)
    return Edited(content, "menu_item.availability", ("menu_item", item_id), item, now)


def category_marked(menu: Row, category_id: str, *, available: bool, until: datetime | None = None) -> Edited:
    """Take all dishes of a category off the menus that diners see, or put them back. Raises Problem (REFUSALS)."""
    found(menu, "categories", category_id, MENU_CATEGORY_NOT_FOUND)

    def one(item: Row) -> Row:
        inside = str(item.get("categoryId")) == category_id
        return marked(item, available=available, until=until) if inside else item

    return Edited(with_rows(menu, "items", one), "menu_category.availability", ("menu_category", category_id))


def part_marked(row: Row, *, available: bool, until: datetime | None = None) -> Row:
    """A size or an option that can be had, or cannot. One of which nothing is said can be had."""
    holds = available and row.get(AVAILABLE) is not False and UNTIL not in row
    return row if holds else marked(row, available=available, until=until)


def comes_back(menu: Row) -> set[datetime]:
    """The moments at which something of a stored menu comes back by itself."""
    return {moment for item in rows_of(menu, "items") for moment in _moments(item)}


def _moments(row: Any) -> Iterator[datetime]:
    if isinstance(row, dict):
        if isinstance(row.get(UNTIL), datetime):
            yield row[UNTIL]
        for name in ("variants", "modifiers", "options"):
            for part in rows_of(row, name):
                yield from _moments(part)
