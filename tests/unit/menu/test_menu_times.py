"""When a menu is served: by weekday, hour and date, on the wall of its location (rules 16)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.documents.menu import Menu, Schedule
from shared.domain.menu_times import faults, refuse_resting, resting, rests, serves_next
from shared.errors import Problem
from tests.integration.world import DAYS, World

CHICAGO = "America/Chicago"


def menu(**fields: Any) -> Menu:
    return Menu.model_validate({**World().documents()["menus"][0], **fields})


def times(days: list[str], begin: str, end: str, **dates: str) -> dict[str, Any]:
    return {"times": [{"days": days, "from": begin, "to": end}], **dates}


def wall(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    """A moment by Chicago's clock in winter; 23 November 2026 is a Monday."""
    return (
        datetime(2026, month, day, hour + 6, minute, tzinfo=UTC)
        if hour < 18
        else datetime(2026, month, day + 1, hour - 18, minute, tzinfo=UTC)
    )


def served(schedule: Any, now: datetime) -> bool:
    return not rests(menu(schedule=schedule).schedule, CHICAGO, now)


def next_time(schedule: Any, now: datetime) -> datetime | None:
    return serves_next(menu(schedule=schedule).schedule, CHICAGO, now)


@pytest.mark.parametrize(
    "schedule",
    [
        None,
        {"type": "time", "rules": [{"day": "monday"}]},
        {"type": "manual"},
        "always",
        {"times": [], "from": None, "to": None},
    ],
)
def test_a_menu_without_times_of_ours_is_always_served(schedule: Any) -> None:
    assert menu(schedule=schedule).schedule is None
    assert served(schedule, wall(23, 3))


def test_lunch_is_served_from_the_first_minute_to_the_last_and_then_tomorrow() -> None:
    lunch = times(DAYS[:5], "11:00", "15:00")
    assert not served(lunch, wall(23, 10, 59))
    assert served(lunch, wall(23, 11)) and served(lunch, wall(23, 15, 0))
    assert not served(lunch, wall(23, 15, 1))
    assert next_time(lunch, wall(23, 10)) == wall(23, 11)
    assert next_time(lunch, wall(23, 12)) is None
    assert next_time(lunch, wall(27, 16)) == wall(30, 11)


def test_what_begins_on_friday_night_goes_on_after_midnight() -> None:
    late = times(["Friday"], "22:00", "02:00")
    assert served(late, wall(27, 23)) and served(late, wall(28, 1))
    assert not served(late, wall(28, 3)) and not served(late, wall(27, 1))


def test_new_year_s_menu_ends_in_the_new_year_though_its_last_day_is_the_old_one_s() -> None:
    menu_of_the_night = times(DAYS, "18:00", "02:00", **{"from": "2026-12-31", "to": "2026-12-31"})
    assert not served(menu_of_the_night, wall(30, 19, month=12))
    assert served(menu_of_the_night, datetime(2027, 1, 1, 7, tzinfo=UTC))
    assert not served(menu_of_the_night, datetime(2027, 1, 1, 9, tzinfo=UTC))
    assert not served(menu_of_the_night, datetime(2027, 1, 2, 3, tzinfo=UTC))


def test_a_menu_of_some_days_is_served_all_day_and_long_before_it_is_known_when() -> None:
    advent = {"from": "2026-11-29", "to": "2026-12-24"}
    assert not served(advent, wall(28, 17)) and served(advent, wall(29, 0)) and served(advent, wall(24, 17, month=12))
    assert not served(advent, wall(25, 0, month=12))
    assert next_time(advent, datetime(2026, 1, 1, tzinfo=UTC)) == wall(29, 0)
    assert next_time(advent, wall(25, 0, month=12)) is None


def test_a_time_that_the_clock_skips_is_served_from_the_jump_on() -> None:
    brunch = times(["sunday"], "02:30", "02:45")
    assert next_time(brunch, datetime(2026, 3, 8, 7, tzinfo=UTC)) == datetime(2026, 3, 15, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "schedule",
    [
        times(["funday"], "11:00", "15:00"),
        times(DAYS, "soon", "15:00"),
        times(DAYS, "24:00", "15:00"),
        {"from": "tomorrow"},
        {"to": "2026-02-30"},
    ],
)
def test_what_cannot_be_read_is_not_served(schedule: Any) -> None:
    assert not served(schedule, wall(23, 12))
    assert next_time(schedule, wall(23, 12)) is None


def test_a_schedule_that_cannot_be_read_is_told_by_its_fields() -> None:
    schedule = Schedule.model_validate(
        {
            "times": [{"days": ["monday", "funday"], "from": "24:00", "to": "25:00"}, {"days": []}],
            "from": "2026-12-24",
            "to": "2026-12-01",
        }
    )
    assert [field for field, _ in faults(schedule)] == [
        "times.0.days.1",
        "times.0.from",
        "times.0.to",
        "times.1.days",
        "times.1.from",
        "times.1.to",
        "to",
    ]
    assert [field for field, _ in faults(Schedule.model_validate({"from": "2026-W01-1", "to": "9999-12-31"}))] == [
        "from",
        "to",
    ]
    assert list(faults(Schedule.model_validate(times(DAYS, "9 pm", "2:00 AM")))) == []


def test_whoever_orders_is_told_when_the_menu_is_served() -> None:
    lunch = menu(schedule=times(DAYS[:5], "11:00", "15:00"))
    for now, sentence in (
        (wall(23, 9), "This menu is not served right now. It is served from 11:00."),
        (wall(27, 16), "This menu is not served right now. It is served from Monday, 30 November, 11:00."),
    ):
        with pytest.raises(Problem) as refused:
            refuse_resting([menu(), lunch], resting([lunch], CHICAGO, now))
        assert refused.value.message == sentence
        assert refused.value.extra == {"servedAt": wall(23, 11) if now < wall(24, 0) else wall(30, 11)}
    refuse_resting([lunch], resting([lunch], CHICAGO, wall(23, 12)))


def test_a_section_rests_alone() -> None:
    sections = [{"id": "all"}, {"id": "late", "schedule": times(DAYS, "22:00", "23:00")}]
    found = resting([menu(categories=sections)], CHICAGO, wall(23, 12))
    assert [key for _, key in found.sections] == ["late"]
    assert not found.menus
