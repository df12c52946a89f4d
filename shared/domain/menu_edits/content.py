"""A menu as it is stored, read and changed row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bson import Decimal128, ObjectId

from shared.errors import INVALID_REQUEST, ErrorCode, Problem

Row = dict[str, Any]
"""A menu's document, or a row of it, by stored names."""

MakeId = Callable[[], str]
"""Makes the id of a new row."""

REFUSALS = (INVALID_REQUEST,)

MAX_DETAIL = 20

SERVED = frozenset({"isAvailable", "soldOutUntil", "dailyStock", "lowStockAt"})
"""What service decides of a dish, a variant or an option from hour to hour."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A menu after an edit.

    `action`, `target` (kind and id), `before` and `after` are what the trail tells of it; where both are None, it tells
    what differs in the menu. `result`: what the caller asked for besides.
    """

    content: Row
    action: str
    target: tuple[str, str]
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    result: Any = None


@dataclass(slots=True)
class Faults:
    """What is wrong with a request, collected, so that a caller hears all of it at once."""

    rows: list[dict[str, str]] = field(default_factory=list)

    def add(self, where: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.rows.append({"field": where, "message": message})

    def unless(self, holds: bool, where: str, message: str) -> None:
        """Note what is wrong with a field unless it holds."""
        if not holds:
            self.add(where, message)

    def raise_if_any(self) -> None:
        """Raises Problem INVALID_REQUEST where something is wrong."""
        if self.rows:
            first = self.rows[0]
            text = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
            raise Problem(INVALID_REQUEST, text, detail=self.rows[:MAX_DETAIL])


def wrong(where: str, message: str) -> Problem:
    """The refusal of one field."""
    return Problem(INVALID_REQUEST, f"{where}: {message}", detail=[{"field": where, "message": message}])


def rows_of(parent: Mapping[str, Any], name: str) -> list[Any]:
    """The rows under `name` as they are stored; [] where there is no list."""
    found = parent.get(name)
    return list(found) if isinstance(found, list) else []


def id_of(row: Any) -> str:
    """A row's id as clients read it; "" where it has none."""
    found = row.get("id") if isinstance(row, dict) else None
    return str(found) if isinstance(found, str | ObjectId | int) and not isinstance(found, bool) else ""


def place_of(rows: Iterable[Any], row_id: str) -> int | None:
    """The place of the first row with this id; None where there is none. "" is no id."""
    return next((place for place, row in enumerate(rows) if row_id and id_of(row) == row_id), None)


def found(parent: Mapping[str, Any], name: str, row_id: str, missing: ErrorCode) -> tuple[int, Row]:
    """The place and the row with this id. Raises Problem `missing`."""
    rows = rows_of(parent, name)
    place = place_of(rows, row_id)
    if place is None:
        raise Problem(missing)
    return place, rows[place]


def with_row(parent: Row, name: str, place: int, row: Row) -> Row:
    """The parent with another row at this place; one behind the last is added."""
    rows = rows_of(parent, name)
    rows[place : place + 1] = [row]
    return {**parent, name: rows}


def with_rows(parent: Row, name: str, change: Callable[[Row], Row]) -> Row:
    """The parent with each row changed; what is no row stays as it is."""
    return {**parent, name: [change(row) if isinstance(row, dict) else row for row in rows_of(parent, name)]}


def without_row(parent: Row, name: str, place: int) -> Row:
    """The parent without the row at this place."""
    rows = rows_of(parent, name)
    del rows[place]
    return {**parent, name: rows}


def without(row: Row, *names: str) -> Row:
    """The row without these fields."""
    return {name: value for name, value in row.items() if name not in names}


def same(one: Any, other: Any) -> bool:
    """Whether two stored values are the same: true is not 1."""
    if one is other:
        return True
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Decimal128) or isinstance(other, Decimal128):
        return type(one) is type(other) and one == other
    return bool(one == other)
