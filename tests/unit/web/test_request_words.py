"""What a request got wrong is told in words and by an example, not by a pattern."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from functions.staff.location_reports import DaysQuery
from shared.api.hours import PaceScheduleChange
from shared.api.location_settings import NewLocation
from shared.api.origins import NewOrigin
from shared.api.pace import PaceChange
from shared.api.people import Invite
from shared.errors import Problem
from shared.web.reading import read_body, read_query


@pytest.mark.parametrize(
    ("model", "body", "field", "words"),
    [
        (NewOrigin, {"name": " ", "type": "table"}, "name", "It must not be empty."),
        (NewLocation, {"locationSlug": "Old Town"}, "locationSlug", "as in old-town."),
        (Invite, {"address": "0151 23", "role": "kitchen", "locationIds": None}, "address", "such as +15125550100."),
        (PaceChange, {"pausedUntil": "17:00"}, "pausedUntil", "such as 2026-05-04T18:00:00Z."),
        (PaceChange, {"pausedUntil": "2026-05-04T18:00:00"}, "pausedUntil", "such as 2026-05-04T18:00:00Z."),
        (
            PaceScheduleChange,
            {"paceSchedule": [{"days": [], "from": "18:00", "to": "20:00", "pause": True}]},
            "paceSchedule.0.days",
            "There must be at least 1 here.",
        ),
    ],
)
def test_a_wrong_text_is_answered_with_one_that_is_right(
    model: type[BaseModel], body: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Problem) as refused:
        read_body(model, json.dumps(body).encode(), "application/json")
    [row] = refused.value.detail
    assert row["field"] == field
    assert row["message"].endswith(words)


def test_a_wrong_date_in_a_query_is_answered_with_one_that_is_right() -> None:
    with pytest.raises(Problem) as refused:
        read_query(DaysQuery, {"from": "25.12.2026"})
    assert refused.value.detail == [{"field": "from", "message": "This is no date: use one such as 2026-12-25."}]
