"""A copy of a menu, at its own location or at another one (rules 16)."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from shared.api.base import iso
from shared.domain.menu_edits.availability import UNTIL
from shared.domain.menu_edits.content import MakeId, Row, id_of, rows_of, with_rows, without

_OF_THE_SOURCE = ("_id", "version", "archivedAt", "createdAt", "updatedAt")
_CHOICES = ("variants", "modifiers", "options")


@dataclass(frozen=True, slots=True)
class Lost:
    """What the copy does not have: a field of a dish of the source, and its value."""

    item_id: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy: the new menu, which id became which, and what is lost."""

    document: Row
    categories: list[tuple[str, str]]
    items: list[tuple[str, str]]
    lost: list[Lost]


def copied(
    source: Row,
    head: Row,
    menu_id: ObjectId,
    *,
    tags: Set[str] | None,
    make_id: MakeId,
    now: datetime,
) -> Copy:
    """The copy of a menu. Categories and dishes get new ids; sizes, modifiers and options, which are known within
    their dish, keep theirs.

    `head`: the copy's own place, name and address. `tags`: those of the stations there; None: of the same location.
    What is sold out for a while at the source is not so here.
    """
    categories: list[tuple[str, str]] = []
    items: list[tuple[str, str]] = []
    lost: list[Lost] = []
    sections: list[Row] = []
    for row in rows_of(source, "categories"):
        if isinstance(row, dict):
            categories.append((id_of(row), make_id()))
            sections.append({**row, "id": categories[-1][1]})
    known = dict(categories)
    dishes: list[Row] = []
    for row in rows_of(source, "items"):
        if isinstance(row, dict):
            items.append((id_of(row), make_id()))
            section = str(row.get("categoryId") or "")
            dish = {**_kept(row, tags, lost), "id": items[-1][1], "categoryId": known.get(section, section)}
            dishes.append(dish)
    fields = {"categories": sections, "items": dishes, "version": 0, "createdAt": now, "updatedAt": now}
    document = {**without(source, *_OF_THE_SOURCE), **head, **fields, "_id": menu_id}
    return Copy(document, categories, items, lost)


def _kept(item: Row, tags: Set[str] | None, lost: list[Lost]) -> Row:
    if isinstance(item.get(UNTIL), datetime):
        lost.append(Lost(id_of(item), UNTIL, iso(item[UNTIL])))
    kept = _without_pauses(item)
    if tags is None:
        return kept
    found = rows_of(item, "stationTags")
    lost += [Lost(id_of(item), "stationTags", str(tag)) for tag in found if tag not in tags]
    return {**kept, "stationTags": [tag for tag in found if tag in tags]}


def _without_pauses(row: Row) -> Row:
    kept = without(row, UNTIL)
    for name in _CHOICES:
        if name in kept:
            kept = with_rows(kept, name, _without_pauses)
    return kept
