"""To which business date a moment belongs, and when such a day begins and ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.business_days import business_date, day_bounds

DAY = timedelta(days=1)

ZONES = st.sampled_from(
    [
        "America/New_York",
        "America/Los_Angeles",
        "Europe/Berlin",
        "America/Sao_Paulo",  # until 2018 clocks jumped over midnight
        "Africa/Cairo",  # and here they do today
        "America/Havana",  # clocks go back to midnight
        "America/St_Johns",  # until 2011 clocks went back from 00:01 to 23:01
        "Australia/Lord_Howe",  # by half an hour
        "Pacific/Apia",  # without 2011-12-30
        "Pacific/Kiritimati",  # without 1994-12-31
        "UTC",
        "Nowhere/At_All",
    ]
)
TIMES = st.sampled_from(["", "00:00", "00:01", "00:30", "02:30", "03:00", "04:00", "06:15", "12:00", "12:01", "soon"])
DATES = st.dates(date(1970, 1, 2), date(2100, 1, 1))
MOMENTS = st.datetimes(datetime(1970, 1, 3), datetime(2100, 1, 1), timezones=st.just(UTC))


def at(text: str, zone: str = "America/New_York", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


@given(ZONES, TIMES, MOMENTS)
def test_a_moment_is_within_the_bounds_of_its_business_date(zone: str, starts: str, moment: datetime) -> None:
    begins, ends = day_bounds(zone, starts, business_date(zone, starts, moment))
    assert begins <= moment < ends


@given(ZONES, TIMES, DATES)
def test_each_day_begins_where_the_one_before_it_ends(zone: str, starts: str, day: date) -> None:
    begins, ends = day_bounds(zone, starts, day)
    assert begins <= ends == day_bounds(zone, starts, day + DAY)[0]
    assert ends - begins <= timedelta(hours=26)


@given(ZONES, TIMES, DATES, st.floats(0, 1, exclude_max=True))
def test_all_of_a_day_has_its_date(zone: str, starts: str, day: date, part: float) -> None:
    begins, ends = day_bounds(zone, starts, day)
    moment = begins + (ends - begins) * part
    if moment < ends:
        assert business_date(zone, starts, moment) == day


@given(ZONES, TIMES, MOMENTS, st.timedeltas(timedelta(), timedelta(days=3)))
def test_a_later_moment_never_has_an_earlier_date(zone: str, starts: str, moment: datetime, later: timedelta) -> None:
    assert business_date(zone, starts, moment) <= business_date(zone, starts, moment + later)


@given(ZONES, MOMENTS)
def test_with_midnight_it_is_the_date_on_the_wall_but_for_an_hour_that_comes_twice(zone: str, moment: datetime) -> None:
    tz = ZoneInfo("UTC" if zone == "Nowhere/At_All" else zone)
    wall = moment.astimezone(tz)
    shown = business_date(zone, "00:00", moment)
    assert shown == wall.date() or (wall.fold == 1 and shown == wall.date() + DAY)


@given(MOMENTS, st.sampled_from(["12:01", "23:59", "24:00", "noon", ""]))
def test_a_beginning_after_noon_or_one_that_cannot_be_read_is_midnight(moment: datetime, starts: str) -> None:
    zone = "America/New_York"
    assert business_date(zone, starts, moment) == business_date(zone, "00:00", moment)


def test_a_night_belongs_to_the_evening_that_it_began_on() -> None:
    zone, starts = "America/New_York", "04:00"
    assert business_date(zone, starts, at("2026-03-07T23:30")) == date(2026, 3, 7)
    assert business_date(zone, starts, at("2026-03-08T01:59")) == date(2026, 3, 7)
    assert business_date(zone, starts, at("2026-03-08T03:59")) == date(2026, 3, 7)
    assert business_date(zone, starts, at("2026-03-08T04:00")) == date(2026, 3, 8)


@pytest.mark.parametrize(
    ("zone", "starts", "day", "hours"),
    [
        ("America/New_York", "00:00", date(2026, 3, 8), 23),
        ("America/New_York", "00:00", date(2026, 11, 1), 25),
        ("America/New_York", "04:00", date(2026, 3, 7), 23),
        ("America/New_York", "04:00", date(2026, 3, 8), 24),
        ("America/New_York", "02:30", date(2026, 3, 7), 23.5),  # the 8th has no 02:30: it begins at 03:00, the jump
        ("America/Sao_Paulo", "00:00", date(2018, 11, 4), 23),  # it has no midnight, and begins at 01:00
        ("America/Sao_Paulo", "00:00", date(2018, 2, 17), 25),
        ("America/Havana", "00:00", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", "00:00", date(2026, 4, 5), 24.5),
        ("Pacific/Apia", "00:00", date(2011, 12, 30), 0),
    ],
)
def test_a_day_on_which_clocks_change_is_so_much_longer_or_shorter(
    zone: str, starts: str, day: date, hours: float
) -> None:
    begins, ends = day_bounds(zone, starts, day)
    assert (ends - begins) == timedelta(hours=hours)


def test_a_day_without_midnight_begins_when_clocks_jump() -> None:
    begins, _ = day_bounds("America/Sao_Paulo", "00:00", date(2018, 11, 4))
    assert begins == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert business_date("America/Sao_Paulo", "00:00", begins) == date(2018, 11, 4)
    assert business_date("America/Sao_Paulo", "00:00", begins - timedelta(microseconds=1)) == date(2018, 11, 3)
