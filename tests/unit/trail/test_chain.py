"""What a row of the trail says, and what breaks its chain (rules 15)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from shared.documents.trail import TrailActor, TrailEntry, TrailHead, TrailTarget
from shared.domain import trail

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_only_what_changed_is_kept_and_nothing_personal() -> None:
    station = ObjectId()
    before = {"name": "Bar", "tags": ["a"], "contact": {"email": "ann@example.com"}, "alertNumbers": ["+15550100200"]}
    after = {**before, "tags": ["a", "b"], "contact": {"email": "bob@example.com"}, "stationId": station}
    assert trail.changed(before, after) == (
        {"tags": ["a"], "contact": {"email": "a***@example.com"}},
        {"tags": ["a", "b"], "contact": {"email": "b***@example.com"}, "stationId": str(station)},
    )
    assert trail.changed(None, before) == (
        None,
        {**before, "contact": {"email": "a***@example.com"}, "alertNumbers": ["***0200"]},
    )
    assert trail.changed({"payment": {"auth": "s3cret", "oid": ""}}, None) == (
        {"payment": {"auth": "***", "oid": ""}},
        None,
    )
    (text,) = (trail.changed(None, {"picture": "x" * 100_000})[1] or {}).values()
    assert len(text) < 400


def chain(*days: str) -> tuple[list[TrailEntry], TrailHead]:
    """A restaurant's rows, one on each of these days."""
    rows: list[TrailEntry] = []
    head = None
    for number, today in enumerate(days):
        day, seq = trail.next_place(head, today)
        values: dict[str, Any] = {"name": f"n{number}"}
        entry = TrailEntry(
            id=f"r:{day}:{seq}",
            at=AT,
            day=day,
            seq=seq,
            actor=TrailActor(kind="user", id="u", role="owner"),
            restaurant_id="r",
            action="station.created",
            target=TrailTarget(kind="station", id=str(number)),
            after=values,
            salt="salt",
            digest=trail.digest_of("salt", None, values, None),
            prev_hash=head.hash if head else "",
        )
        entry = entry.model_copy(update={"hash": trail.hash_of(entry)})
        head = TrailHead(id="r", day=day, seq=seq, hash=entry.hash)
        rows.append(entry)
    assert head is not None
    return rows, head


def test_rows_are_numbered_by_day_and_a_clock_that_goes_back_changes_no_order() -> None:
    rows, head = chain("2026-11-24", "2026-11-24", "2026-11-25", "2026-11-24")
    assert [(row.day[-2:], row.seq) for row in rows] == [("24", 1), ("24", 2), ("25", 1), ("25", 2)]
    assert trail.faults(rows, head) == []


def test_erased_values_leave_the_chain_whole() -> None:
    rows, head = chain("2026-11-24", "2026-11-24")
    rows[0] = rows[0].model_copy(update={"after": None, "salt": None, "erased_at": AT})
    assert trail.faults(rows, head) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"after": {"name": "another"}}, "r:2026-11-24:2 was changed: its values are others"),
        ({"actor": TrailActor(kind="user", id="x")}, "r:2026-11-24:2 was changed: its hash is another"),
        ({"seq": 9}, "r:2026-11-24:2 has the number 9 and not 2"),
    ],
)
def test_a_changed_row_is_named(change: dict[str, Any], told: str) -> None:
    rows, head = chain("2026-11-24", "2026-11-24", "2026-11-25")
    rows[1] = rows[1].model_copy(update=change)
    assert told in trail.faults(rows, head)


def test_a_missing_row_is_seen_wherever_it_stood() -> None:
    rows, head = chain("2026-11-24", "2026-11-25", "2026-11-25")
    assert trail.faults(rows[1:], head) == ["r:2026-11-25:1 is the first that is there, and was not the first"]
    assert trail.faults([rows[0], rows[2]], head) == [
        "r:2026-11-25:2 does not follow r:2026-11-24:1",
        "r:2026-11-25:2 has the number 2 and not 1",
    ]
    assert trail.faults(rows[:2], head) == ["the trail does not end with the row that was written last"]
    assert trail.faults([], head) == ["the trail does not end with the row that was written last"]
