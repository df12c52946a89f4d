"""Pauses and wait times by the week's clock: on, off, over midnight, beside a pause by hand, and when clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.documents.places import Location
from shared.domain.hours_faults import unreadable
from shared.domain.opening_hours import is_open, is_paused, takes_orders, takes_orders_at
from shared.domain.pace_schedule import wait_minutes
from tests.unit.menu.test_opening_hours import DAYS, MOMENTS, ROWS, TIMES, ZONES, at, daily, hours, location

ZONE = "America/Chicago"
RUSH = {"days": ["friday", "saturday"], "from": "18:00", "to": "20:00", "pause": True}


def place(*schedule: Any, rows: Any = None, zone: str = ZONE, **fields: Any) -> Location:
    fields = {"isActive": True, "paceSchedule": list(schedule), **fields}
    return location(zone, daily("09:00-22:00") if rows is None else rows, **fields)


def test_diners_wait_while_the_schedule_pauses_and_the_counter_goes_on() -> None:
    here = place(RUSH)
    for wall, takes in (("17:59:59", True), ("18:00", False), ("19:59:59", False), ("20:00", True)):
        now = at(ZONE, f"2026-06-05 {wall}")
        assert (takes_orders(here, now), is_open(here, now)) == (takes, True)
    assert takes_orders_at(here, at(ZONE, "2026-06-05 18:30")) == at(ZONE, "2026-06-05 20:00")
    assert takes_orders(here, at(ZONE, "2026-06-07 18:30"))


def test_a_pause_that_ends_after_closing_lasts_until_the_next_opening_that_is_no_pause() -> None:
    late = {"days": ["friday"], "from": "21:00", "to": "02:00", "pause": True}
    early = {"days": ["saturday"], "from": "08:00", "to": "10:30", "pause": True}
    here = place(late, early)
    assert takes_orders_at(here, at(ZONE, "2026-06-05 21:30")) == at(ZONE, "2026-06-06 10:30")
    assert takes_orders_at(here, at(ZONE, "2026-06-06 09:30")) == at(ZONE, "2026-06-06 10:30")


def test_a_pause_by_hand_wins_until_it_ends() -> None:
    until = at(ZONE, "2026-06-05 18:20")
    here = place(RUSH, pausedUntil=until)
    assert takes_orders_at(here, at(ZONE, "2026-06-05 17:00")) == at(ZONE, "2026-06-05 20:00")
    longer = place(RUSH, pausedUntil=at(ZONE, "2026-06-05 21:00"))
    assert takes_orders_at(longer, at(ZONE, "2026-06-05 18:30")) == at(ZONE, "2026-06-05 21:00")
    assert not takes_orders(longer, at(ZONE, "2026-06-05 20:30"))
    over = place(RUSH, pausedUntil=at(ZONE, "2026-06-05 17:30"))
    assert takes_orders(over, at(ZONE, "2026-06-05 17:30"))
    assert not takes_orders(over, at(ZONE, "2026-06-05 18:00"))


def test_a_location_that_is_paused_whenever_it_is_open_opens_at_no_time() -> None:
    always = {"days": DAYS, "from": "00:00", "to": "24:00", "pause": True}
    assert takes_orders_at(place(always), at(ZONE, "2026-06-05 12:00")) is None
    mondays = {"days": ["mon"], "from": "09:00", "to": "12:00", "pause": True}
    assert takes_orders_at(place(mondays, rows=hours("monday", "09:00-11:00")), at(ZONE, "2026-06-05 12:00")) is None


def test_the_longer_wait_counts_that_of_the_hour_or_that_by_hand() -> None:
    busy = {"days": ["friday"], "from": "18:00", "to": "21:00", "waitMinutes": 20}
    very = {"days": ["Fri"], "from": "19:00", "to": "20:00", "waitMinutes": 35}
    for by_hand, expected in ((0, [0, 20, 35, 20, 0]), (25, [25, 25, 35, 25, 25])):
        here = place(busy, very, waitMinutes=by_hand)
        walls = ("17:59", "18:00", "19:30", "20:00", "21:00")
        assert [wait_minutes(here, at(ZONE, f"2026-06-05 {wall}")) for wall in walls] == expected
        assert takes_orders(here, at(ZONE, "2026-06-05 19:30"))


@pytest.mark.parametrize(
    ("row", "wall", "paused"),
    [
        # 02:30 is skipped: a pause from then begins with the jump.
        (("sunday", "02:30", "05:00"), "2026-03-08 01:59", False),
        (("sunday", "02:30", "05:00"), "2026-03-08 03:00", True),
        (("saturday", "22:00", "02:30"), "2026-03-08 01:59", True),
        (("saturday", "22:00", "02:30"), "2026-03-08 03:00", False),
        # 01:30 is shown twice: the first one counts.
        (("sunday", "01:30", "03:00"), "2026-11-01 01:29", False),
        (("sunday", "01:30", "03:00"), "2026-11-01 01:00 again", True),
        (("saturday", "22:00", "01:30"), "2026-11-01 01:29", True),
        (("saturday", "22:00", "01:30"), "2026-11-01 01:29 again", False),
    ],
)
def test_days_when_clocks_change(row: tuple[str, str, str], wall: str, paused: bool) -> None:
    day, begins, ends = row
    here = place({"days": [day], "from": begins, "to": ends, "pause": True})
    assert is_paused(here, at(ZONE, wall)) is paused


def test_a_row_that_cannot_be_read_says_nothing_and_is_named() -> None:
    good = {"days": ["friday"], "from": "12:00", "to": "13:00", "pause": True}
    wrong = [
        {**good, "days": []},
        {**good, "days": ["friday", "Freitag"], "from": "14:00", "to": "15:00"},
        {**good, "from": "noon"},
        {**good, "to": None},
        {**good, "pause": False},
        {**good, "pause": "yes"},
        {**good, "pause": False, "waitMinutes": 0},
        None,
    ]
    here = place(*wrong)
    assert takes_orders(here, at(ZONE, "2026-06-05 12:30"))
    assert takes_orders(here, at(ZONE, "2026-06-05 14:30"))
    assert wait_minutes(here, at(ZONE, "2026-06-05 12:30")) == 0
    assert unreadable(here) == [
        f"Row {n} of its schedule for pauses and wait times does not say when or what." for n in range(1, 8)
    ]
    assert unreadable(place(good, zone="Mars/Olympus")) == ['Its time zone "Mars/Olympus" is unknown.']
    assert not is_paused(place(good, zone="Mars/Olympus"), at(ZONE, "2026-06-05 12:30"))


SCHEDULES = st.lists(
    st.builds(
        lambda days, start, end: {"days": days, "from": start, "to": end, "pause": True},
        st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True),
        TIMES,
        TIMES,
    ),
    max_size=3,
)


@given(st.sampled_from(ZONES), ROWS, SCHEDULES, MOMENTS, st.integers(-600, 600), st.integers(1, 60))
def test_diners_may_order_at_the_moment_that_they_are_told_and_not_before(
    zone: str, rows: Any, schedule: Any, now: datetime, by_hand: int, parts: int
) -> None:
    here = place(*schedule, rows=rows, zone=zone, pausedUntil=now + timedelta(minutes=by_hand))
    told = takes_orders_at(here, now)
    if takes_orders(here, now):
        assert told is None
    if told is None:
        return
    assert told > now
    assert takes_orders(here, told)
    assert not takes_orders(here, told - timedelta(milliseconds=1))
    assert not any(takes_orders(here, now + (told - now) * part / parts) for part in range(parts))
