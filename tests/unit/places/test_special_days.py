"""Days with hours of their own: holidays, and days that are shorter; nights that begin before them go on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.documents.places import Location
from shared.domain.hours_faults import unreadable
from shared.domain.opening_hours import is_open, opens_at
from tests.unit.menu.test_opening_hours import DAYS, MOMENTS, ROWS, TIMES, ZONES, at, daily, hours, location

ZONE = "America/Chicago"
NIGHTS = [*hours("thursday", "17:00-02:00"), *hours("friday", "17:00-02:00")]
CHRISTMAS = {"date": "2026-12-25", "closed": True, "name": "Christmas"}


def on(day: str, *periods: str, **more: Any) -> dict[str, Any]:
    spans = [period.split("-") for period in periods]
    return {"date": day, "periods": [{"startTime": start, "endTime": end} for start, end in spans], **more}


def place(rows: Any, *special: Any, zone: str = ZONE, after: int = 0, before: int = 0) -> Location:
    return location(zone, rows, after, before, specialDays=list(special))


def test_a_closed_friday_is_refused_and_thursdays_night_goes_on_into_it() -> None:
    here = place(NIGHTS, CHRISTMAS)
    assert is_open(here, at(ZONE, "2026-12-24 23:59"))
    assert is_open(here, at(ZONE, "2026-12-25 02:00"))
    assert not is_open(here, at(ZONE, "2026-12-25 02:01"))
    friday = at(ZONE, "2026-12-25 18:00")
    assert not is_open(here, friday)
    assert opens_at(here, friday) == at(ZONE, "2026-12-31 17:00")
    assert is_open(place(NIGHTS), friday)
    assert not is_open(here, at(ZONE, "2026-12-26 01:00"))
    assert is_open(place(NIGHTS), at(ZONE, "2026-12-26 01:00"))


def test_the_hours_of_a_date_replace_those_of_its_weekday() -> None:
    here = place(NIGHTS, on("2026-12-24", "10:00-14:00"))
    for wall, is_it in (("09:59", False), ("10:00", True), ("14:00:59", True), ("14:01", False), ("20:00", False)):
        assert is_open(here, at(ZONE, f"2026-12-24 {wall}")) is is_it
    assert opens_at(here, at(ZONE, "2026-12-24 14:01")) == at(ZONE, "2026-12-25 17:00")
    assert not is_open(here, at(ZONE, "2026-12-25 01:00"))
    assert opens_at(here, at(ZONE, "2026-12-23 12:00")) == at(ZONE, "2026-12-24 10:00")


def test_a_day_off_is_open_where_a_special_day_says_so_also_for_a_night() -> None:
    here = place(NIGHTS, on("2026-12-31", "18:00-23:00"), on("2027-01-03", "20:00-03:00"))
    assert opens_at(here, at(ZONE, "2027-01-02 12:00")) == at(ZONE, "2027-01-03 20:00")
    assert is_open(here, at(ZONE, "2027-01-04 03:00"))
    assert not is_open(here, at(ZONE, "2027-01-04 03:01"))


def test_a_special_day_has_the_margins_of_every_day() -> None:
    here = place(NIGHTS, on("2026-12-24", "10:00-14:00", "14:00-16:00"), after=15, before=30)
    assert opens_at(here, at(ZONE, "2026-12-24 09:00")) == at(ZONE, "2026-12-24 10:15")
    assert is_open(here, at(ZONE, "2026-12-24 15:30"))
    assert not is_open(here, at(ZONE, "2026-12-24 15:31"))


def test_a_night_is_closed_half_an_hour_early_where_the_next_day_is_closed_too() -> None:
    always = daily("00:00-23:59")
    here = place(always, CHRISTMAS, after=15, before=30)
    assert is_open(here, at(ZONE, "2026-12-24 23:29"))
    assert not is_open(here, at(ZONE, "2026-12-24 23:30"))
    assert opens_at(here, at(ZONE, "2026-12-25 12:00")) == at(ZONE, "2026-12-26 00:15")
    assert is_open(place(always, after=15, before=30), at(ZONE, "2026-12-24 23:30"))


def test_after_weeks_of_closed_days_the_next_opening_is_known() -> None:
    first = date(2026, 7, 6)
    shut = [{"date": f"{first + timedelta(days=n)}", "closed": True} for n in range(45)]
    here = place(daily("09:00-17:00"), *shut)
    for wall in ("2026-07-05 17:01", "2026-07-20 12:00", "2026-08-19 12:00"):
        assert opens_at(here, at(ZONE, wall)) == at(ZONE, "2026-08-20 09:00")
    assert opens_at(place([], *shut), at(ZONE, "2026-07-05 12:00")) is None
    assert opens_at(place([], on("2027-03-01", "10:00-12:00")), at(ZONE, "2026-07-05 12:00")) == at(
        ZONE, "2027-03-01 10:00"
    )


@pytest.mark.parametrize(
    ("day", "wall", "is_it"),
    [
        # Clocks jump from 02:00 to 03:00.
        (on("2026-03-08", "02:30-05:00"), "2026-03-08 01:59", False),
        (on("2026-03-08", "02:30-05:00"), "2026-03-08 03:00", True),
        (on("2026-03-07", "20:00-02:30"), "2026-03-08 01:59:59", True),
        (on("2026-03-07", "20:00-02:30"), "2026-03-08 03:00", False),
        ({"date": "2026-03-08", "closed": True}, "2026-03-08 12:00", False),
        ({"date": "2026-03-08", "closed": True}, "2026-03-08 00:00", False),
        # 01:00 to 01:59 are shown twice.
        (on("2026-11-01", "01:30-03:00"), "2026-11-01 01:29", False),
        (on("2026-11-01", "01:30-03:00"), "2026-11-01 01:00 again", True),
        (on("2026-10-31", "20:00-01:30"), "2026-11-01 01:30 again", True),
        (on("2026-10-31", "20:00-01:30"), "2026-11-01 01:31 again", False),
    ],
)
def test_days_when_clocks_change(day: dict[str, Any], wall: str, is_it: bool) -> None:
    assert is_open(place([], day), at(ZONE, wall)) is is_it
    if not is_it:
        assert not is_open(place(daily("06:00-07:00"), day), at(ZONE, wall))


def test_what_cannot_be_read_closes_its_date_or_says_nothing_and_is_named() -> None:
    special = [
        on("2026-12-24", "ten-14:00"),
        {"date": "2026-12-23"},
        {"date": "next week", "closed": True},
        {"date": "20261222", "closed": True},
        {"date": "2026-02-30", "closed": True},
        None,
        "2026-12-22",
        on("2026-12-21", "10-11") | {"closed": True},
    ]
    here = place(daily("09:00-17:00"), *special)
    noon = {day: is_open(here, at(ZONE, f"2026-12-{day} 12:00")) for day in (21, 22, 23, 24, 25)}
    assert noon == {21: False, 22: True, 23: False, 24: False, 25: True}
    assert unreadable(here) == [
        '"2026-12-24" begins at "ten", which is no time of a day.',
        '"next week" is no date of a special day.',
        '"20261222" is no date of a special day.',
        '"2026-02-30" is no date of a special day.',
    ]
    assert is_open(location(ZONE, daily("09:00-17:00"), specialDays="none"), at(ZONE, "2026-12-21 12:00"))


def test_a_change_of_a_special_day_is_seen_at_once() -> None:
    noon = at(ZONE, "2026-12-24 12:00")
    assert is_open(place(daily("09:00-17:00")), noon)
    assert not is_open(place(daily("09:00-17:00"), {"date": "2026-12-24", "closed": True}), noon)
    assert not is_open(place(daily("09:00-17:00"), on("2026-12-24", "09:00-11:00")), noon)
    assert is_open(place(daily("09:00-17:00"), on("2026-12-24", "09:00-13:00")), noon)


AROUND = datetime(2026, 3, 5, tzinfo=UTC)
SPECIAL = st.lists(
    st.builds(
        lambda offset, closed, periods: {
            "date": f"{AROUND.date() + timedelta(days=offset)}",
            "closed": closed,
            "periods": [{"startTime": start, "endTime": end} for start, end in periods],
        },
        st.integers(-3, 12),
        st.booleans(),
        st.lists(st.tuples(TIMES, TIMES), max_size=2),
    ),
    max_size=6,
    unique_by=lambda special: special["date"],
)


def _as_the_wall_reads(here: Location, now: datetime) -> bool:
    """The rule told date by date: each minute of the wall around now is shown by a period or is not."""
    wall = now.astimezone(ZoneInfo(here.timezone))
    own = {one.date: [] if one.closed else one.periods for one in here.special_days}
    shown: set[int] = set()
    for offset in range(-2, 3):
        day = wall.date() + timedelta(days=offset)
        weekly = [row for row in here.working_hours if row.is_open and row.day == DAYS[day.weekday()]]
        for period in own.get(f"{day}", weekly):
            start, end = (
                int(text[:2]) * 60 + int(text[3:]) for text in (period.start_time or "", period.end_time or "")
            )
            first, last = offset * 1440 + start, offset * 1440 + end + (1440 if end <= start else 0)
            shown.update(range(first, last + 1))
    minute = wall.hour * 60 + wall.minute
    after, before = here.order_timing.accept_orders_after_minutes, here.order_timing.stop_orders_before_minutes
    assert after is not None
    assert before is not None
    return all(each in shown for each in range(minute - after, minute + before + 1))


@given(
    st.sampled_from([ZONE, "Europe/Lisbon", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]),
    ROWS,
    SPECIAL,
    st.integers(0, 90),
    st.integers(0, 90),
    st.integers(0, 9 * 1440),
)
@example(ZONE, daily("00:00-23:59"), [{"date": "2026-03-08", "closed": True}], 30, 30, 3 * 1440 + 400)
def test_it_is_open_whenever_the_wall_shows_a_time_of_a_period_of_its_date(
    zone: str, rows: list[dict[str, Any]], special: list[dict[str, Any]], after: int, before: int, minutes: int
) -> None:
    """On every day; on days without a change of clocks, only then."""
    here, now = place(rows, *special, zone=zone, after=after, before=before), AROUND + timedelta(minutes=minutes)
    by_the_wall = _as_the_wall_reads(here, now)
    assert is_open(here, now) or not by_the_wall
    around = {(now + timedelta(hours=n)).astimezone(ZoneInfo(zone)).utcoffset() for n in (-48, 48)}
    if len(around) == 1:
        assert is_open(here, now) is by_the_wall


@given(st.sampled_from(ZONES), ROWS, SPECIAL, st.integers(0, 90), st.integers(0, 9 * 1440), st.integers(1, 60))
def test_the_next_opening_is_the_next_opening_with_special_days_too(
    zone: str, rows: list[dict[str, Any]], special: list[dict[str, Any]], margin: int, minutes: int, parts: int
) -> None:
    here, now = place(rows, *special, zone=zone, after=margin, before=margin), AROUND + timedelta(minutes=minutes)
    opening = opens_at(here, now)
    if is_open(here, now):
        assert opening is None
    if opening is None:
        return
    assert opening > now
    assert is_open(here, opening)
    assert not is_open(here, opening - timedelta(milliseconds=1))
    assert not any(is_open(here, now + (opening - now) * part / parts) for part in range(parts))


@given(st.sampled_from(ZONES), ROWS, MOMENTS, st.integers(0, 120))
def test_a_special_day_with_its_weekdays_own_hours_changes_nothing(
    zone: str, rows: list[dict[str, Any]], now: datetime, margin: int
) -> None:
    day = now.astimezone(ZoneInfo(zone)).date()
    same = [row for row in rows if row["isOpen"] and row["day"] == DAYS[day.weekday()]]
    special = {"date": f"{day}", "closed": not same, "periods": same}
    plain, marked = (place(rows, *more, zone=zone, after=margin, before=margin) for more in ((), (special,)))
    assert is_open(plain, now) is is_open(marked, now)
    if opens_at(plain, now) is not None:
        assert opens_at(plain, now) == opens_at(marked, now)
