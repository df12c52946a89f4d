"""When locations take orders: five time zones and more, days when clocks change, midnight, and hours that are broken.

The tables read as a wall clock in the zone: `2026-11-01 01:30 again` is the second time that it shows 01:30.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.documents.places import Location
from shared.domain import hours_texts
from shared.domain.hours_faults import unreadable
from shared.domain.hours_texts import zone_name
from shared.domain.opening_hours import day_in, is_open, opens_at

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
AGAIN = " again"


def hours(day: str, *periods: str) -> list[dict[str, Any]]:
    """Rows of one day, a row for each `HH:MM-HH:MM`."""
    spans = [period.split("-") for period in periods]
    return [{"day": day, "isOpen": True, "startTime": start, "endTime": end} for start, end in spans]


def daily(*periods: str) -> list[dict[str, Any]]:
    return [row for day in DAYS for row in hours(day, *periods)]


def location(zone: str, rows: Any, after: Any = 0, before: Any = 0, **fields: Any) -> Location:
    timing = {"acceptOrdersAfterMinutes": after, "stopOrdersBeforeMinutes": before}
    document = {"_id": "l", "restaurantId": "r", "timezone": zone, "workingHours": rows, "orderTiming": timing}
    return Location.model_validate(document | fields)


def at(zone: str, wall: str) -> datetime:
    """The moment at which the zone's wall shows this time; `again` is the second one."""
    shown = datetime.fromisoformat(wall.removesuffix(AGAIN))
    moment = shown.replace(tzinfo=ZoneInfo(zone), fold=int(wall.endswith(AGAIN))).astimezone(UTC)
    back = moment.astimezone(ZoneInfo(zone))
    assert back.replace(tzinfo=None) == shown, f"{zone} never shows {wall}"
    return moment


WEEK = [
    *hours("monday", "09:00-17:00"),
    *hours("tuesday", "11:30-14:30", "17:00-22:00"),
    {"day": "wednesday", "isOpen": False, "startTime": "09:00", "endTime": "17:00"},
    *hours("thursday", "18:00-02:00"),
    *hours("friday", "18:00-00:00"),
    *hours("saturday", "00:00-23:59"),
]
"""A day, a lunch and a dinner, a day off, a night past midnight, one until midnight, a whole day, and no Sunday."""

# zone, hours | the wall's time | open? | the next opening
NEW_YORK = ("America/New_York", daily("02:30-04:00"))
NEW_YORK_NIGHT = ("America/New_York", daily("22:00-01:30"))
NEW_YORK_EARLY = ("America/New_York", daily("01:30-05:00"))
NEW_YORK_WEEK = ("America/New_York", WEEK)
PHOENIX = ("America/Phoenix", WEEK)
LISBON = ("Europe/Lisbon", daily("23:30-01:15", "12:00-15:00"))
KOLKATA = ("Asia/Kolkata", daily("18:00-02:00"))
LORD_HOWE = ("Australia/Lord_Howe", daily("01:45-02:15"))
APIA = ("Pacific/Apia", daily("09:00-17:00"))
HAVANA = ("America/Havana", daily("00:00-23:59"))
BEIRUT = ("Asia/Beirut", daily("11:00-23:30"))

TABLE = [
    # A year's ordinary days.
    (NEW_YORK_WEEK, "2026-06-01 08:59:59", False, "2026-06-01 09:00"),
    (NEW_YORK_WEEK, "2026-06-01 09:00", True, None),
    (NEW_YORK_WEEK, "2026-06-01 17:00:59", True, None),
    (NEW_YORK_WEEK, "2026-06-01 17:01", False, "2026-06-02 11:30"),
    (NEW_YORK_WEEK, "2026-06-02 14:30", True, None),
    (NEW_YORK_WEEK, "2026-06-02 15:00", False, "2026-06-02 17:00"),
    (NEW_YORK_WEEK, "2026-06-02 23:00", False, "2026-06-04 18:00"),
    (NEW_YORK_WEEK, "2026-06-03 12:00", False, "2026-06-04 18:00"),
    (NEW_YORK_WEEK, "2026-06-05 00:00", True, None),
    (NEW_YORK_WEEK, "2026-06-05 02:00", True, None),
    (NEW_YORK_WEEK, "2026-06-05 02:01", False, "2026-06-05 18:00"),
    (NEW_YORK_WEEK, "2026-06-06 00:00", True, None),
    (NEW_YORK_WEEK, "2026-06-06 23:59:59", True, None),
    (NEW_YORK_WEEK, "2026-06-07 00:00", False, "2026-06-08 09:00"),
    # Clocks forward: 01:59 is followed by 03:00, so what begins at 02:30 begins at 03:00.
    (NEW_YORK, "2026-03-07 04:01", False, "2026-03-08 03:00"),
    (NEW_YORK, "2026-03-08 01:59", False, "2026-03-08 03:00"),
    (NEW_YORK, "2026-03-08 03:00", True, None),
    (NEW_YORK, "2026-03-08 04:00", True, None),
    (NEW_YORK, "2026-03-08 04:01", False, "2026-03-09 02:30"),
    # Clocks back: 01:00 to 01:59 are shown twice. A night ends with the second 01:30, a morning begins at the first.
    (NEW_YORK_NIGHT, "2026-11-01 01:30", True, None),
    (NEW_YORK_NIGHT, "2026-11-01 01:45", True, None),
    (NEW_YORK_NIGHT, "2026-11-01 01:30 again", True, None),
    (NEW_YORK_NIGHT, "2026-11-01 01:31 again", False, "2026-11-01 22:00"),
    (NEW_YORK_EARLY, "2026-11-01 01:29", False, "2026-11-01 01:30"),
    (NEW_YORK_EARLY, "2026-11-01 01:30", True, None),
    (NEW_YORK_EARLY, "2026-11-01 01:00 again", True, None),
    (NEW_YORK_EARLY, "2026-11-01 05:01", False, "2026-11-02 01:30"),
    # No change of clocks, ever: the very days of New York's are days like others.
    (PHOENIX, "2026-03-08 02:30", False, "2026-03-09 09:00"),
    (PHOENIX, "2026-03-09 09:00", True, None),
    (PHOENIX, "2026-11-01 01:30", False, "2026-11-02 09:00"),
    (PHOENIX, "2026-11-06 00:30", True, None),
    # Clocks forward at 01:00 to 02:00: the night's 01:15 is skipped, so it ends at the jump.
    (LISBON, "2026-03-29 00:59:59", True, None),
    (LISBON, "2026-03-29 02:00", False, "2026-03-29 12:00"),
    (LISBON, "2026-03-29 15:01", False, "2026-03-29 23:30"),
    # Clocks back from 02:00 to 01:00.
    (LISBON, "2026-10-25 01:15", True, None),
    (LISBON, "2026-10-25 01:59", True, None),
    (LISBON, "2026-10-25 01:15 again", True, None),
    (LISBON, "2026-10-25 01:16 again", False, "2026-10-25 12:00"),
    # Half an hour off, all year.
    (KOLKATA, "2026-03-08 01:59", True, None),
    (KOLKATA, "2026-03-08 02:00:59", True, None),
    (KOLKATA, "2026-03-08 02:01", False, "2026-03-08 18:00"),
    (KOLKATA, "2026-03-08 23:59:59", True, None),
    (KOLKATA, "2026-03-09 00:00", True, None),
    # Clocks change by half an hour: 02:00 back to 01:30 in April, 02:00 forward to 02:30 in October.
    (LORD_HOWE, "2026-04-05 01:44", False, "2026-04-05 01:45"),
    (LORD_HOWE, "2026-04-05 01:45", True, None),
    (LORD_HOWE, "2026-04-05 01:30 again", True, None),
    (LORD_HOWE, "2026-04-05 02:15", True, None),
    (LORD_HOWE, "2026-04-05 02:16", False, "2026-04-06 01:45"),
    (LORD_HOWE, "2026-10-04 01:59", True, None),
    (LORD_HOWE, "2026-10-04 02:30", False, "2026-10-05 01:45"),
    # A whole Friday that never was.
    (APIA, "2011-12-29 17:01", False, "2011-12-31 09:00"),
    (APIA, "2011-12-31 09:00", True, None),
    # Midnight itself is shown twice; open day and night means always.
    (HAVANA, "2026-11-01 00:30", True, None),
    (HAVANA, "2026-11-01 00:00 again", True, None),
    (HAVANA, "2026-10-31 23:59:59", True, None),
    (BEIRUT, "2026-10-24 23:30", True, None),
    (BEIRUT, "2026-10-24 23:30 again", True, None),
    (BEIRUT, "2026-10-24 23:31 again", False, "2026-10-25 11:00"),
]


@pytest.mark.parametrize(
    ("place", "wall", "is_it", "next_opening"), TABLE, ids=[f"{place[0]}-{wall}" for place, wall, *_ in TABLE]
)
def test_the_wall_of_the_zone_decides(
    place: tuple[str, list[dict[str, Any]]], wall: str, is_it: bool, next_opening: str | None
) -> None:
    zone, rows = place
    here, now = location(zone, rows), at(zone, wall)
    assert is_open(here, now) is is_it
    assert opens_at(here, now) == (at(zone, next_opening) if next_opening else None)


ORIGINAL = [
    ("08:59", 0, 0, False),
    ("09:00", 0, 0, True),
    ("17:00", 0, 0, True),
    ("17:00:59", 0, 0, True),
    ("17:01", 0, 0, False),
    ("09:14", 15, 30, False),
    ("09:15", 15, 30, True),
    ("16:30", 15, 30, True),
    ("16:31", 15, 30, False),
    ("09:00", None, None, True),
    ("17:00", None, None, True),
]


@pytest.mark.parametrize(("clock", "after", "before", "is_it"), ORIGINAL)
def test_the_vectors_of_the_original(clock: str, after: int | None, before: int | None, is_it: bool) -> None:
    here = location("America/New_York", daily("09:00-17:00"), after, before)
    assert is_open(here, at("America/New_York", f"2026-06-01 {clock}")) is is_it


@pytest.mark.parametrize(
    "timing", [{}, {"acceptOrdersAfterMinutes": 0}, {"stopOrdersBeforeMinutes": 0}, None, "soon"], ids=str
)
def test_a_location_whose_order_timing_is_not_there_is_closed(timing: Any) -> None:
    here = location("America/New_York", daily("09:00-17:00"), orderTiming=timing)
    now = at("America/New_York", "2026-06-01 12:00")
    assert (is_open(here, now), opens_at(here, now)) == (False, None)


def test_a_night_that_the_original_never_opened_is_open() -> None:
    here = location("America/Phoenix", daily("18:00-02:00"))
    assert is_open(here, at("America/Phoenix", "2026-06-01 23:00"))
    assert is_open(here, at("America/Phoenix", "2026-06-02 02:00:59"))


def test_minutes_after_opening_and_before_closing_count_in_each_period() -> None:
    zone = "America/Phoenix"
    here = location(zone, daily("11:00-14:00", "18:00-01:00"), 10, 90)
    open_at = [
        minute for minute in range(24 * 60) if is_open(here, at(zone, f"2026-06-01 {minute // 60:02}:{minute % 60:02}"))
    ]
    assert open_at == [*range(11 * 60 + 10, 12 * 60 + 31), *range(18 * 60 + 10, 23 * 60 + 31)]


def test_a_period_that_its_margins_use_up_never_opens() -> None:
    here = location("America/Phoenix", hours("monday", "11:00-12:00") + hours("tuesday", "11:00-12:30"), 45, 30)
    assert opens_at(here, at("America/Phoenix", "2026-06-01 11:50")) == at("America/Phoenix", "2026-06-02 11:45")


def test_a_row_may_list_its_periods() -> None:
    zone = "Asia/Kolkata"
    periods = [{"startTime": "11:00", "endTime": "14:00"}, {"startTime": "18:00", "endTime": "22:00"}, None, "noon"]
    row = {"day": "Monday ", "isOpen": True, "startTime": "11:00", "endTime": "22:00", "periods": periods}
    here = location(zone, [row])
    assert [is_open(here, at(zone, f"2026-06-01 {clock}")) for clock in ("10:59", "14:00", "14:01", "18:00")] == [
        False,
        True,
        False,
        True,
    ]
    assert opens_at(here, at(zone, "2026-06-01 15:00")) == at(zone, "2026-06-01 18:00")
    assert opens_at(here, at(zone, "2026-06-01 22:01")) == at(zone, "2026-06-08 11:00")


def test_periods_that_touch_are_one() -> None:
    here = location("America/Phoenix", daily("00:00-12:00", "12:01-23:59"))
    now = at("America/Phoenix", "2026-06-01 00:00")
    assert all(is_open(here, now + timedelta(minutes=30 * n)) for n in range(48 * 14))


# What a person saw: a place that never closes took no orders around midnight.
ALWAYS = [
    daily("00:00-23:59"),
    daily("00:00-24:00"),
    daily("00:00-00:00"),
    daily("06:00-06:00"),
    daily("00:00-12:00", "12:00-23:59"),
    daily("18:00-06:00", "05:30-18:30"),
]


@pytest.mark.parametrize("rows", ALWAYS, ids=range(len(ALWAYS)))
def test_what_is_open_day_and_night_never_closes_whatever_its_margins(rows: list[dict[str, Any]]) -> None:
    for zone in ("America/New_York", "Australia/Lord_Howe"):
        here = location(zone, rows, 15, 30)
        for day in ("2026-06-01", "2026-03-07", "2026-10-31", "2026-12-31"):
            now = at(zone, f"{day} 00:00")
            assert all(is_open(here, now + timedelta(minutes=7 * n)) for n in range(48 * 60 // 7))
            assert opens_at(here, now) is None


# Rows | margins | minutes of an ordinary day (2026-06-02, a Tuesday) in which orders are taken
JOINED = [
    (daily("11:00-14:00", "14:00-22:00"), (10, 30), ["11:10-21:30"]),
    (daily("11:00-14:00", "14:01-22:00"), (10, 30), ["11:10-21:30"]),
    (daily("11:00-15:00", "14:00-22:00"), (10, 30), ["11:10-21:30"]),
    (daily("11:00-14:00", "12:00-13:00"), (10, 30), ["11:10-13:30"]),
    (daily("11:00-14:00", "14:02-22:00"), (10, 30), ["11:10-13:30", "14:12-21:30"]),
    # The bar's evening goes on into its night, and the night of Monday into Tuesday.
    (daily("18:00-23:59", "00:00-02:00"), (10, 30), ["00:00-01:30", "18:10-23:59"]),
    (daily("18:00-24:00", "00:00-02:00"), (10, 30), ["00:00-01:30", "18:10-23:59"]),
    (daily("18:00-02:00", "01:00-03:00"), (10, 30), ["00:00-02:30", "18:10-23:59"]),
    # A night that begins where Monday's day has ended.
    (hours("monday", "09:00-23:59") + hours("tuesday", "00:00-05:00"), (10, 30), ["00:00-04:30"]),
    (hours("monday", "09:00-09:00") + hours("tuesday", "09:00-12:00"), (10, 30), ["00:00-11:30"]),
]


@pytest.mark.parametrize(("rows", "margins", "expected"), JOINED, ids=range(len(JOINED)))
def test_periods_that_touch_or_overlap_have_no_margins_between(
    rows: list[dict[str, Any]], margins: tuple[int, int], expected: list[str]
) -> None:
    here, midnight = location("America/Phoenix", rows, *margins), at("America/Phoenix", "2026-06-02 00:00")
    assert [minute for minute in range(24 * 60) if is_open(here, midnight + timedelta(minutes=minute))] == [
        minute
        for period in expected
        for minute in range(
            int(period[:2]) * 60 + int(period[3:5]),
            int(period[6:8]) * 60 + int(period[9:]) + 1,
        )
    ]


def test_the_night_from_sunday_to_monday_is_one_period() -> None:
    zone = "America/Phoenix"
    here = location(zone, hours("sunday", "20:00-23:59") + hours("monday", "00:00-04:00"), 15, 30)
    assert is_open(here, at(zone, "2026-06-07 23:59"))
    assert is_open(here, at(zone, "2026-06-08 00:00"))
    assert not is_open(here, at(zone, "2026-06-08 03:31"))
    assert opens_at(here, at(zone, "2026-06-08 03:31")) == at(zone, "2026-06-14 20:15")


# What a person saw: hours that were clear to everybody closed a location for good.
READ = [
    ("9:00-17:00", "09:00-17:00"),
    ("09:00-24:00", "09:00-00:00"),
    (" 9:00 - 17:00 ", "09:00-17:00"),
    ("09:00:00-17:00:00", "09:00-17:00"),
    ("9.00-17.30", "09:00-17:30"),
    ("9:00 AM-5:30 PM", "09:00-17:30"),
    ("9am-5pm", "09:00-17:00"),
    ("12:00 p.m.-12 a.m.", "12:00-00:00"),
    ("０９：００-１７：００", "09:00-17:00"),
]


@pytest.mark.parametrize(("written", "meant"), READ, ids=[written for written, _ in READ])
def test_a_time_that_is_clear_is_read(written: str, meant: str) -> None:
    there, same = location("America/Phoenix", daily(written)), location("America/Phoenix", daily(meant))
    assert unreadable(there) == []
    midnight = at("America/Phoenix", "2026-06-02 00:00")
    moments = [midnight + timedelta(minutes=n) for n in range(24 * 60)]
    assert [is_open(there, now) for now in moments] == [is_open(same, now) for now in moments]


@pytest.mark.parametrize("zone", [" America/New_York", "America/New_York\n", "America/New York", "america/new_york"])
def test_a_zone_that_is_clear_is_read(zone: str) -> None:
    here = location(zone, daily("09:00-17:00"))
    assert unreadable(here) == []
    # A kitchen's screen asks the browser, which reads no other spelling.
    assert zone_name(zone) == "America/New_York"
    assert opens_at(here, at("America/New_York", "2026-06-01 08:59")) == at("America/New_York", "2026-06-01 09:00")


def test_a_weekday_may_be_cut_short() -> None:
    here = location("America/Phoenix", [*hours("Mon", "09:00-17:00"), *hours("Thurs.", "09:00-17:00")])
    assert unreadable(here) == []
    assert opens_at(here, at("America/Phoenix", "2026-06-02 12:00")) == at("America/Phoenix", "2026-06-04 09:00")


def test_what_cannot_be_read_is_named() -> None:
    rows = [
        *hours("monday", "nine-17:00", "24:00-02:00"),
        *hours("Montag", "09:00-17:00"),
        {"day": "tuesday", "isOpen": True, "startTime": None, "endTime": "17:00\x1b[2J"},
        {"day": "wednesday", "isOpen": False, "startTime": "never", "endTime": "mind"},
    ]
    assert unreadable(location("Mars/Olympus", rows, orderTiming={})) == [
        'Its time zone "Mars/Olympus" is unknown.',
        "Its order timing is missing.",
        '"monday" begins at "nine", which is no time of a day.',
        '"monday" begins at "24:00", which is no time of a day.',
        '"Montag" is no weekday.',
        '"tuesday" begins at nothing, which is no time of a day.',
        '"tuesday" ends at "17:00\\x1b[2J", which is no time of a day.',
    ]
    assert unreadable(location(" ", [])) == ["It has no time zone."]
    assert zone_name("Mars/Olympus") == "Mars/Olympus"


@pytest.mark.parametrize("name", ["localtime", "Factory", "posixrules", "posix/UTC", "right/America/New_York"])
def test_what_only_this_machine_calls_a_zone_is_none(name: str) -> None:
    assert hours_texts.zone(name) is None


def test_equal_start_and_end_mean_day_and_night() -> None:
    here = location("America/Phoenix", hours("monday", "06:00-06:00"))
    assert is_open(here, at("America/Phoenix", "2026-06-02 06:00"))
    assert not is_open(here, at("America/Phoenix", "2026-06-02 06:01"))


def test_an_opening_once_a_week_that_is_skipped_is_found_a_week_later() -> None:
    zone = "America/New_York"
    here = location(zone, hours("sunday", "02:10-02:50"))
    assert opens_at(here, at(zone, "2026-03-01 02:51")) == at(zone, "2026-03-15 02:10")


@pytest.mark.parametrize(
    "broken",
    [
        location("America/New_York", []),
        location("America/New_York", None),
        location("America/New_York", "always"),
        location("America/New_York", [None, "monday", 7]),
        location("America/New_York", daily("24:00-25:00", "9-17", "900-1700", "13 PM-14 PM", "09:60-10:00")),
        location("America/New_York", [{"day": "monday", "isOpen": True, "startTime": None, "endTime": None}]),
        location("America/New_York", [{"day": "monday", "isOpen": True, "startTime": 900, "endTime": 1700}]),
        location("America/New_York", [{"day": 1, "isOpen": True, "startTime": "09:00", "endTime": "17:00"}]),
        location("America/New_York", [{"day": "monday", "isOpen": "yes", "startTime": "09:00", "endTime": "17:00"}]),
        location("America/New_York", hours("Montag", "09:00-17:00")),
        location("Mars/Olympus", daily("09:00-17:00")),
        location("", daily("09:00-17:00")),
        location("../../etc/passwd", daily("09:00-17:00")),
        location("America/New_York", daily("09:00-17:00"), after=10**9),
        location("America/New_York", daily("09:00-17:00"), before=10**300),
    ],
)
def test_hours_that_make_no_sense_are_closed_hours(broken: Location) -> None:
    now = at("America/New_York", "2026-06-01 12:00")
    assert opens_at(broken, now) is None
    assert not is_open(broken, now)
    assert day_in(broken.timezone, now) == date(2026, 6, 1)


def test_one_broken_row_does_not_close_the_others() -> None:
    rows = [*hours("monday", "nine-five", "12:00-13:00")]
    assert is_open(location("America/New_York", rows), at("America/New_York", "2026-06-01 12:30"))


ZONES = ["America/New_York", "America/Phoenix", "Europe/Lisbon", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
TIMES = st.builds(
    lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.sampled_from([0, 15, 30, 45, 59])
)
ROWS = st.lists(
    st.builds(
        lambda day, is_it, start, end: {"day": day, "isOpen": is_it, "startTime": start, "endTime": end},
        st.sampled_from(DAYS),
        st.sampled_from([True, True, True, False]),
        TIMES,
        TIMES,
    ),
    max_size=9,
)
MOMENTS = st.datetimes(datetime(2011, 12, 15), datetime(2030, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC))


@given(st.sampled_from(ZONES), ROWS, st.integers(0, 90), st.integers(0, 90), MOMENTS, st.integers(1, 60))
@example("America/New_York", daily("02:30-02:45"), 0, 0, datetime(2026, 3, 8, 6, tzinfo=UTC), 7)
@example("Pacific/Apia", hours("friday", "09:00-17:00"), 0, 0, datetime(2011, 12, 29, 20, tzinfo=UTC), 13)
def test_the_next_opening_is_the_next_opening(
    zone: str, rows: list[dict[str, Any]], after: int, before: int, now: datetime, parts: int
) -> None:
    here = location(zone, rows, after, before)
    opening = opens_at(here, now)
    if is_open(here, now):
        assert opening is None
    if opening is None:
        return
    assert opening > now
    assert is_open(here, opening)
    assert not is_open(here, opening - timedelta(milliseconds=1))
    assert not any(is_open(here, now + (opening - now) * part / parts) for part in range(parts))


WEEK_MINUTES = 7 * 24 * 60


def _as_the_wall_reads(here: Location, now: datetime) -> bool:
    """The original's rule, minute by minute of the wall's week, with what it lacked: several periods, and those past
    midnight. Orders are taken where it is open, was so long enough, and will be so long enough."""
    wall = now.astimezone(ZoneInfo(here.timezone))
    minute = (wall.weekday() * 24 + wall.hour) * 60 + wall.minute
    after, before = here.order_timing.accept_orders_after_minutes, here.order_timing.stop_orders_before_minutes
    assert after is not None
    assert before is not None
    shown = bytearray(WEEK_MINUTES)
    for row in here.working_hours:
        if row.is_open:
            start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (row.start_time or "", row.end_time or ""))
            midnight = DAYS.index(row.day) * 24 * 60
            for each in range(midnight + start, midnight + end + (24 * 60 if end <= start else 0) + 1):
                shown[each % WEEK_MINUTES] = 1
    return all(shown[each % WEEK_MINUTES] for each in range(minute - after, minute + before + 1))


@given(st.sampled_from(ZONES), ROWS, st.integers(0, 90), st.integers(0, 90), MOMENTS)
def test_it_is_open_whenever_the_wall_shows_a_time_of_a_period(
    zone: str, rows: list[dict[str, Any]], after: int, before: int, now: datetime
) -> None:
    """On every day; on days without a change of clocks, only then."""
    here = location(zone, rows, after, before)
    tz = ZoneInfo(zone)
    by_the_wall = _as_the_wall_reads(here, now)
    assert is_open(here, now) or not by_the_wall
    around = {(now + timedelta(hours=n)).astimezone(tz).utcoffset() for n in (-48, 48)}
    if len(around) == 1:
        assert is_open(here, now) is by_the_wall
