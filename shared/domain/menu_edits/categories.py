"""Categories of a menu: saved, put in order, deleted (contract 26, 28)."""

from __future__ import annotations

from shared.api import menu_edits as api
from shared.domain.menu_edits import words
from shared.domain.menu_edits.content import (
    Edited,
    Faults,
    MakeId,
    Row,
    found,
    id_of,
    place_of,
    rows_of,
    with_row,
    without,
    without_row,
    wrong,
)
from shared.errors import CATEGORY_NOT_EMPTY, MENU_CATEGORY_NOT_FOUND, MENU_ITEM_NOT_FOUND, TOO_MANY_OF_THEM, Problem

REFUSALS = (MENU_CATEGORY_NOT_FOUND, MENU_ITEM_NOT_FOUND, CATEGORY_NOT_EMPTY, TOO_MANY_OF_THEM)

MAX_CATEGORIES = 200
_MOST = 1_000_000


def saved(menu: Row, sent: api.CategorySave, make_id: MakeId) -> Edited:
    """Make a category, or change one; its id is the result. Raises Problem (REFUSALS), and INVALID_REQUEST."""
    rows = rows_of(menu, "categories")
    if sent.id:
        place, stored = found(menu, "categories", sent.id, MENU_CATEGORY_NOT_FOUND)
    elif len(rows) >= MAX_CATEGORIES:
        raise Problem(TOO_MANY_OF_THEM)
    else:
        place, stored = len(rows), {}
    faults = Faults()
    row = {
        **stored,
        "id": sent.id or make_id(),
        "name": words.texts(sent.name, stored.get("name"), "name", faults),
        "description": words.texts(
            sent.description,
            stored.get("description"),
            "description",
            faults,
            limit=words.MAX_DESCRIPTION,
            needed=False,
        ),
        "sortOrder": _order(sent.sort_order, stored.get("sortOrder"), faults) if sent.id else _last(rows),
    }
    if sent.emoji is not None:
        row["emoji"] = words.emoji(sent.emoji, stored.get("emoji"), "emoji", faults)
    elif "emoji" in sent.model_fields_set:
        row = without(row, "emoji")
    faults.raise_if_any()
    content = with_row(menu, "categories", place, row)
    target = ("menu_category", id_of(row))
    if sent.id:
        return Edited(content, "menu_category.changed", target, stored, row, result=id_of(row))
    return Edited(content, "menu_category.created", target, None, row, result=id_of(row))


def _order(sent: int, stored: object, faults: Faults) -> int:
    return words.number(sent, stored, "sortOrder", faults, least=-_MOST, most=_MOST)


def _last(rows: list[Row]) -> int:
    orders = [row.get("sortOrder") for row in rows if isinstance(row, dict)]
    return max([len(rows), *(int(order) for order in orders if isinstance(order, int | float))]) + 1


def put(menu: Row, category_id: str, sort_order: int) -> Edited:
    """Say where a category stands. Raises Problem (REFUSALS), and INVALID_REQUEST."""
    place, stored = found(menu, "categories", category_id, MENU_CATEGORY_NOT_FOUND)
    faults = Faults()
    row = {**stored, "sortOrder": _order(sort_order, stored.get("sortOrder"), faults)}
    faults.raise_if_any()
    content = with_row(menu, "categories", place, row)
    return Edited(content, "menu_category.sorted", ("menu_category", category_id), stored, row)


def sorted_by(menu: Row, sent: api.SortOrder) -> Edited:
    """Say where several categories and dishes stand. The dishes take each other's places, in the order given.

    Raises Problem (REFUSALS), and INVALID_REQUEST.
    """
    if not sent.categories and not sent.items:
        raise wrong("categories", "Say what is to be put in order.")
    content, faults = menu, Faults()
    for index, one in enumerate(sent.categories):
        place, stored = found(content, "categories", one.category_id, MENU_CATEGORY_NOT_FOUND)
        order = words.number(
            one.sort_order,
            stored.get("sortOrder"),
            f"categories.{index}.sortOrder",
            faults,
            least=-_MOST,
            most=_MOST,
        )
        content = with_row(content, "categories", place, {**stored, "sortOrder": order})
    if len(set(sent.items)) < len(sent.items):
        faults.add("items", "A dish is there twice.")
    faults.raise_if_any()
    items = rows_of(content, "items")
    places = {id_of(item): place for place, item in reversed(list(enumerate(items)))}
    if any(item_id not in places for item_id in sent.items):
        raise Problem(MENU_ITEM_NOT_FOUND)
    there = [places[item_id] for item_id in sent.items]
    moved = [items[place] for place in there]
    for place, item in zip(sorted(there), moved, strict=True):
        items[place] = item
    if moved:
        content = {**content, "items": items}
    return Edited(content, "menu.sorted", ("menu", str(menu["_id"])))


def deleted(menu: Row, category_id: str, *, move_to: str | None, with_items: bool) -> Edited:
    """Delete a category. Its dishes go to the category `move_to`, or go, too.

    Raises Problem (REFUSALS): CATEGORY_NOT_EMPTY where it has dishes and neither is said; INVALID_REQUEST for both.
    """
    place, stored = found(menu, "categories", category_id, MENU_CATEGORY_NOT_FOUND)
    if move_to and with_items:
        raise wrong("withItems", "Dishes that move do not go.")
    if move_to == category_id or (move_to and place_of(rows_of(menu, "categories"), move_to) is None):
        raise wrong("moveTo", "There is no such other category in this menu.")
    items = rows_of(menu, "items")
    inside = [id_of(item) for item in items if _is_in(item, category_id)]
    content = without_row(menu, "categories", place)
    if inside and move_to:
        content["items"] = [{**item, "categoryId": move_to} if _is_in(item, category_id) else item for item in items]
    elif inside and with_items:
        content["items"] = [item for item in items if not _is_in(item, category_id)]
    elif inside:
        raise Problem(CATEGORY_NOT_EMPTY, extra={"items": len(inside)})
    told = {**stored, "items": inside} if inside else stored
    after = None if not move_to else {"movedTo": move_to}
    return Edited(content, "menu_category.deleted", ("menu_category", category_id), told, after)


def _is_in(item: object, category_id: str) -> bool:
    return isinstance(item, dict) and str(item.get("categoryId")) == category_id
