"""What the trail tells of a change of a menu: the fields that differ, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.domain.menu_edits.content import Row, id_of, rows_of, same

_LISTS = ("categories", "items")
_ALWAYS_OTHER = frozenset({"version", "updatedAt"})

MOST_ROWS = 100
"""So many rows of a list are told; of more, how many there were."""


def sides(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Row, Row]:
    """The fields of a menu that differ, as they were and as they are. Of its categories and items, each with its id."""
    was, now = differing(before, after, but=(*_LISTS, *_ALWAYS_OTHER))
    for name in _LISTS:
        old, new = rows_of(before, name), rows_of(after, name)
        if same(old, new):
            continue
        was[name], now[name] = _rows(old, new)
        if not was[name] and not now[name]:
            was[name], now[name] = [id_of(row) for row in old][:MOST_ROWS], [id_of(row) for row in new][:MOST_ROWS]
        for side in (was, now):
            if len(side[name]) > MOST_ROWS:
                side[f"{name}InAll"] = len(side[name])
                side[name] = side[name][:MOST_ROWS]
    return was, now


def differing(before: Mapping[str, Any], after: Mapping[str, Any], *, but: tuple[str, ...] = ()) -> tuple[Row, Row]:
    """The fields of a row that differ, as they were and as they are."""
    names = [name for name in {**before, **after} if name not in but]
    other = [name for name in names if name not in before or name not in after or not same(before[name], after[name])]
    return {name: before[name] for name in other if name in before}, {
        name: after[name] for name in other if name in after
    }


def _rows(old: list[Any], new: list[Any]) -> tuple[list[Row], list[Row]]:
    was: list[Row] = []
    now: list[Row] = []
    before, after = ({id_of(row): row for row in rows if id_of(row)} for rows in (old, new))
    for row_id in {**before, **after}:
        here, there = before.get(row_id), after.get(row_id)
        if here is None or there is None:
            was += [here] if here else []
            now += [there] if there else []
        elif not same(here, there):
            left, right = differing(here, there)
            was.append({"id": row_id, **left})
            now.append({"id": row_id, **right})
    return was, now
