"""What comes of publishing a draft: only what the draft changed, and said where the live menu moved, too (rules 16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.api.base import iso
from shared.domain.menu_edits.content import id_of, rows_of
from shared.domain.menu_merge import ABSENT, Absent, Conflict, Content, differences, merge, told

MOST_TOLD = 200
"""So many fields are told at most, of changes and of conflicts."""


@dataclass(frozen=True, slots=True)
class Publication:
    """The content that a publication makes live; where it conflicts with the live one, it has the draft's."""

    content: dict[str, Any]
    conflicts: tuple[Conflict, ...]


def publication(base: Content, content: Content, live: Content) -> Publication:
    """The live content with what the draft changed of `base`.

    A dish that lands in no section, because one side took the section away and the other put the dish there, is a
    conflict, too: nobody would see the dish.
    """
    merged = merge(base, content, live)
    return Publication(merged.content, (*merged.conflicts, *_stranded(merged.content, base, content, live)))


def _stranded(merged: Content, base: Content, draft: Content, live: Content) -> Iterator[Conflict]:
    there = _sections(merged)
    gone = (_sections(draft) | _sections(live)) - there
    was, mine, theirs = (_places(side) for side in (base, draft, live))
    for item in rows_of(merged, "items"):
        section = item.get("categoryId") if isinstance(item, dict) else None
        if isinstance(section, str) and section in gone:
            key = id_of(item)
            sides = (side.get(key, ABSENT) for side in (was, mine, theirs))
            yield Conflict(("items", key, "categoryId"), *sides)


def _sections(content: Content) -> set[str]:
    return {id_of(row) for row in rows_of(content, "categories")}


def _places(content: Content) -> dict[str, Any]:
    return {id_of(row): row.get("categoryId") for row in rows_of(content, "items") if isinstance(row, dict)}


def changes_told(live: Content, made: Content) -> list[dict[str, Any]]:
    """What a publication changes, field by field, for clients: `field`, `before`, `after`; at most 200."""
    rows = differences(live, made)[:MOST_TOLD]
    return [_row(told(row.path), before=row.before, after=row.after) for row in rows]


def conflicts_told(conflicts: tuple[Conflict, ...]) -> list[dict[str, Any]]:
    """The fields that both changed, for clients: `field`, `base`, `draft`, `live`; at most 200."""
    return [_row(told(one.path), base=one.base, draft=one.ours, live=one.theirs) for one in conflicts[:MOST_TOLD]]


def _row(name: str, **values: Any) -> dict[str, Any]:
    """A value that is not there is left out."""
    return {"field": name, **{key: plain(value) for key, value in values.items() if not isinstance(value, Absent)}}


def plain(value: Any) -> Any:
    """A stored value as JSON has it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value) if isinstance(value, float) else int(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value)
