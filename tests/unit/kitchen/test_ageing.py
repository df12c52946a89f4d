"""When an order in the kitchen is late: as usual, as the location says, and by the type of its origin."""

from __future__ import annotations

from typing import Any

from shared.documents.places import Location
from shared.domain import ageing


def limits(stored: Any, origin_type: str = "") -> tuple[int, int]:
    found = ageing.of_origin(Location.model_validate({"_id": "l", "ageing": stored}).ageing, origin_type)
    return found.warn_minutes, found.late_minutes


def test_a_location_that_says_nothing_has_the_usual_limits() -> None:
    for nothing in (None, "soon", [], 5):
        assert limits(nothing) == limits(nothing, "pickup") == (5, 8)
        assert limits(nothing, "table") == (10, 15)


def test_what_a_location_says_holds_for_all_but_the_types_that_it_names() -> None:
    stored = {"warnMinutes": 3, "lateMinutes": 4, "byOrigin": [{"type": "room", "warnMinutes": 20, "lateMinutes": 30}]}
    assert limits(stored) == limits(stored, "table") == (3, 4)
    assert limits(stored, "room") == (20, 30)


def test_limits_that_cannot_be_meant_are_passed_over() -> None:
    for wrong in ({"warnMinutes": 9, "lateMinutes": 9}, {"warnMinutes": 0, "lateMinutes": 5}, {"lateMinutes": "x"}, {}):
        assert limits(wrong) == (5, 8)
        stored = {"warnMinutes": 3, "lateMinutes": 4, "byOrigin": [{"type": "room", **wrong}]}
        assert limits(stored, "room") == (3, 4)
