"""The week, special days and the schedule for the pace: written by managers, held by the clock (rules 17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId

from shared.api.base import iso
from shared.api.ordering import CounterOrder
from shared.app import App
from shared.clock import FixedClock
from shared.domain.roles import Person
from shared.errors import Problem
from shared.memory.slots import Memory
from shared.services.menu import reading
from shared.services.ordering import at_counter, previewing, unpaid
from shared.services.orders import status
from shared.services.upkeep import doctor
from tests.integration.crew import Crew
from tests.integration.world import World

EVENING = [{"startTime": "17:00", "endTime": "02:00"}]
NIGHTS = [{"day": day, "isOpen": True, "periods": EVENING} for day in ("thursday", "friday")]


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


async def put(crew: Crew, route: str, body: Any = None, who: str = "manager", **path: str) -> tuple[int, Any]:
    return await crew.call(who, f"hours_{route}", body, **crew.here, **path)


def on_the_wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Chicago")).astimezone(UTC)


async def asked(crew: Crew, clock: FixedClock, wall: str) -> str | None:
    """What a diner and the counter hear who order then: "placed", or when it opens; every answer says the same."""
    clock.moment = on_the_wall(wall)
    app = replace(crew.app, memory=Memory())
    ids = {"restaurant_id": crew.world.restaurant_id, "location_id": str(crew.world.location_id)}
    made = await previewing.preview(app, crew.world.request("soup"), request_id="r")
    shown = await reading.location(app, **ids)
    told = (await crew.call("kitchen", "hours_read", **crew.here))[1]["data"]
    assert made.is_open is shown.is_open is told["isOpen"]
    assert (made.opens_at, shown.timezone, shown.is_paused) == (shown.opens_at, "America/Chicago", False)
    assert told["opensAt"] == (made.opens_at and iso(made.opens_at))
    tea = CounterOrder.model_validate(crew.world.cart("tea"))
    try:
        await unpaid.place_without_payment(app, made.preview_order_id, request_id="r")
    except Problem as problem:
        assert (problem.code.code, problem.extra["opensAt"]) == ("LOCATION_CLOSED", made.opens_at)
        with pytest.raises(Problem):
            await at_counter.order(app, tea, Person("u-waiter"), request_id="r")
        return None if made.opens_at is None else f"{made.opens_at.astimezone(ZoneInfo('America/Chicago')):%F %H:%M}"
    await at_counter.order(app, tea, Person("u-waiter"), request_id="r")
    return "placed"


async def test_a_holiday_is_refused_with_the_next_opening_and_the_night_before_goes_on(
    crew: Crew, clock: FixedClock
) -> None:
    assert (await put(crew, "change", {"workingHours": NIGHTS}))[0] == 200
    assert await asked(crew, clock, "2026-12-25 18:00") == "placed"
    code, answer = await put(crew, "put_special_day", {"closed": True, "name": "Christmas"}, day="2026-12-25")
    assert (code, answer["data"]["specialDays"]) == (
        200,
        [{"date": "2026-12-25", "closed": True, "periods": [], "name": "Christmas"}],
    )
    assert await asked(crew, clock, "2026-12-25 18:00") == "2026-12-31 17:00"
    assert await asked(crew, clock, "2026-12-25 02:00") == "placed"
    assert await asked(crew, clock, "2026-12-25 02:01") == "2026-12-31 17:00"
    short = {"periods": [{"startTime": "10:00", "endTime": "2pm"}], "name": "Christmas Eve"}
    assert (await put(crew, "put_special_day", short, day="2026-12-24"))[0] == 200
    assert await asked(crew, clock, "2026-12-24 12:00") == "placed"
    assert await asked(crew, clock, "2026-12-24 18:00") == "2026-12-31 17:00"
    assert await asked(crew, clock, "2026-12-23 18:00") == "2026-12-24 10:00"
    code, answer = await put(crew, "delete_special_day", day="2026-12-25")
    assert [row["date"] for row in answer["data"]["specialDays"]] == ["2026-12-24"]
    assert await asked(crew, clock, "2026-12-25 18:00") == "placed"
    assert (await put(crew, "delete_special_day", day="2026-12-25"))[1]["code"] == "SPECIAL_DAY_NOT_FOUND"
    stored = await crew.app.db.locations.find_one({"_id": crew.world.location_id})
    assert stored is not None
    [eve] = stored["specialDays"]
    assert eve == {
        "date": "2026-12-24",
        "closed": False,
        "periods": [{"startTime": "10:00", "endTime": "14:00"}],
        "name": "Christmas Eve",
    }
    assert stored["workingHours"][0] == {"day": "thursday", "isOpen": True, "startTime": "17:00", "endTime": "02:00"}


async def test_a_week_is_written_by_its_periods_alone_again_and_again(crew: Crew) -> None:
    week = {"workingHours": NIGHTS}
    for version in (1, 1):
        code, answer = await put(crew, "change", week)
        assert (code, [row["periods"] for row in answer["data"]["workingHours"]]) == (200, [EVENING, EVENING])
        stored = await crew.app.db.locations.find_one({"_id": crew.world.location_id})
        assert stored is not None
        assert stored["version"] == version
    shut = [{"day": "friday", "isOpen": False, "periods": EVENING}, {"day": "monday", "isOpen": False}]
    code, answer = await put(crew, "change", {"workingHours": shut})
    shown = answer["data"]["workingHours"]
    assert [(row["isOpen"], row["periods"]) for row in shown] == [(False, EVENING), (False, [])]
    assert (await put(crew, "change", {"workingHours": shown}))[0] == 200


async def test_all_special_days_are_replaced_sorted(crew: Crew) -> None:
    days = [{"date": date, "closed": True} for date in ("2027-01-01", "2026-07-04", "2026-12-25")]
    code, answer = await put(crew, "change_special_days", {"specialDays": days})
    assert (code, [row["date"] for row in answer["data"]["specialDays"]]) == (
        200,
        ["2026-07-04", "2026-12-25", "2027-01-01"],
    )
    first = datetime(2026, 1, 1)
    many = [{"date": f"{first + timedelta(days=n):%F}", "closed": True} for n in range(400)]
    assert (await put(crew, "change_special_days", {"specialDays": many}))[0] == 200
    code, answer = await put(crew, "put_special_day", {"closed": True}, day="2028-01-01")
    assert (code, answer["detail"][0]["field"]) == (400, "day")
    assert (await put(crew, "put_special_day", {"closed": True, "name": "Sun"}, day="2026-01-01"))[0] == 200
    too_many = {"specialDays": [*many, {"date": "2028-01-01", "closed": True}]}
    assert (await put(crew, "change_special_days", too_many))[0] == 400


@pytest.mark.parametrize(
    ("route", "body", "field"),
    [
        ("change", {"workingHours": [{"day": "monday", "isOpen": True}]}, "workingHours.0.startTime"),
        ("change", {"workingHours": [{"day": "someday", "isOpen": False}]}, "workingHours.0.day"),
        (
            "change",
            {"workingHours": [{"day": "monday", "isOpen": False}, {"day": "Mon", "isOpen": False}]},
            "workingHours.1.day",
        ),
        ("change", {"workingHours": None}, "workingHours"),
        ("change_special_days", {"specialDays": [{"date": "2026-02-30", "closed": True}]}, "specialDays.0.date"),
        ("change_special_days", {"specialDays": [{"date": "2026-12-25"}]}, "specialDays.0.periods"),
        ("change_special_days", {"specialDays": [{"date": "2026-12-25", "closed": True}] * 2}, "specialDays.1.date"),
        (
            "change_special_days",
            {"specialDays": [{"date": "2026-12-25", "periods": [{"startTime": "ten", "endTime": "14:00"}]}]},
            "specialDays.0.periods.0.startTime",
        ),
        ("put_special_day", {"closed": True, "periods": [{"startTime": "10:00", "endTime": "14:00"}]}, "periods"),
        ("put_special_day", {"periods": [{"startTime": "10:00", "endTime": "26:00"}]}, "periods.0.endTime"),
        ("put_special_day", {"closed": True, "name": "x" * 101}, "name"),
        (
            "change_pace_schedule",
            {"paceSchedule": [{"days": ["friday"], "from": "18:00", "to": "20:00"}]},
            "paceSchedule.0.waitMinutes",
        ),
        (
            "change_pace_schedule",
            {"paceSchedule": [{"days": ["Freitag"], "from": "18:00", "to": "20:00", "pause": True}]},
            "paceSchedule.0.days.0",
        ),
        (
            "change_pace_schedule",
            {"paceSchedule": [{"days": ["friday"], "from": "24:00", "to": "20:00", "pause": True}]},
            "paceSchedule.0.from",
        ),
        (
            "change_pace_schedule",
            {"paceSchedule": [{"days": ["friday"], "from": "18:00", "to": "20:00", "waitMinutes": 241}]},
            "paceSchedule.0.waitMinutes",
        ),
    ],
)
async def test_what_cannot_be_read_is_refused_by_its_field(crew: Crew, route: str, body: Any, field: str) -> None:
    path = {"day": "2026-12-25"} if route == "put_special_day" else {}
    code, answer = await put(crew, route, body, **path)
    assert (code, answer["detail"][0]["field"]) == (400, field)
    assert await crew.app.db.trail.count_documents({}) == 0


async def test_a_date_in_the_address_is_a_date(crew: Crew) -> None:
    for day in ("2026-02-30", "tomorrow", "20261225"):
        code, answer = await put(crew, "put_special_day", {"closed": True}, day=day)
        assert (code, answer["detail"][0]["field"]) == (400, "day")


async def test_the_kitchen_reads_and_managers_change(crew: Crew) -> None:
    for who in ("kitchen", "service", "bar", "expo"):
        for route in ("read", "pace"):
            assert (await put(crew, route, who=who))[0] == 200
        assert (await put(crew, "change", {"workingHours": []}, who=who))[0] == 403
        assert (await put(crew, "put_special_day", {"closed": True}, who=who, day="2026-12-25"))[0] == 403
        assert (await put(crew, "change_pace_schedule", {"paceSchedule": []}, who=who))[0] == 403


async def test_a_rush_pauses_diners_by_the_clock_and_the_counter_goes_on(crew: Crew, clock: FixedClock) -> None:
    rush = {"days": ["fri", "friday"], "from": "6:00 PM", "to": "20:00", "pause": True}
    code, answer = await put(crew, "change_pace_schedule", {"paceSchedule": [rush]})
    row = {"days": ["friday"], "from": "18:00", "to": "20:00", "pause": True, "waitMinutes": None}
    assert (code, answer["data"]["paceSchedule"]) == (200, [row])
    for wall, until in (("17:59", None), ("18:00", "20:00"), ("19:59", "20:00"), ("20:00", None)):
        clock.moment = on_the_wall(f"2026-06-05 {wall}")
        app = replace(crew.app, memory=Memory())
        made = await previewing.preview(app, crew.world.request("soup"), request_id="r")
        pace = (await put(crew, "pace", who="bar"))[1]["data"]
        opens = None if until is None else on_the_wall(f"2026-06-05 {until}")
        assert (made.is_open, made.opens_at) == (until is None, opens)
        assert (pace["takesOrders"], pace["takesOrdersAt"]) == (until is None, opens and iso(opens))
        if until is None:
            await unpaid.place_without_payment(app, made.preview_order_id, request_id="r")
        else:
            with pytest.raises(Problem) as refused:
                await unpaid.place_without_payment(app, made.preview_order_id, request_id="r")
            assert refused.value.extra["opensAt"] == opens
        tea = CounterOrder.model_validate(crew.world.cart("tea"))
        assert await at_counter.order(app, tea, Person("u-waiter"), request_id="r")
    # A pause by hand holds beyond the schedule's.
    clock.moment = on_the_wall("2026-06-05 19:00")
    by_hand = {"pausedUntil": iso(on_the_wall("2026-06-05 21:00"))}
    assert (await crew.call("bar", "location_settings_change_pace", by_hand, **crew.here))[0] == 200
    assert (await put(crew, "pace"))[1]["data"]["takesOrdersAt"] == by_hand["pausedUntil"]


async def test_orders_are_ready_so_much_later_at_that_hour(crew: Crew, clock: FixedClock) -> None:
    clock.moment = on_the_wall("2026-06-05 17:30")
    for n in range(3):
        order_id = await crew.order("soup", lines=[str(ObjectId())])
        at = {"startedAt": clock.now() - timedelta(minutes=40 - n), "meta": {}, "status": "PICKED_UP"}
        done = {"items.0.completedAt": clock.now() - timedelta(minutes=25 - n)}
        await crew.app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": {**at, **done}})
    waits = await crew.order("tea")
    before = (await status.status(replace(crew.app, memory=Memory()), waits)).estimated_ready_at
    rush = {"days": ["friday"], "from": "17:00", "to": "20:00", "waitMinutes": 15}
    code, answer = await put(crew, "change_pace_schedule", {"paceSchedule": [rush]})
    assert (code, answer["data"]["waitMinutesNow"], answer["data"]["waitMinutes"]) == (200, 15, 0)
    after = (await status.status(replace(crew.app, memory=Memory()), waits)).estimated_ready_at
    assert before is not None
    assert after == before + timedelta(minutes=15)


async def test_doctor_names_special_days_and_schedules_that_cannot_be_read(crew: Crew) -> None:
    broken = {
        "specialDays": [
            {"date": "Christmas", "closed": True},
            {"date": "2026-12-24", "periods": [{"startTime": "ten"}]},
        ],
        "paceSchedule": [{"days": ["friday"], "from": "18:00", "to": "later", "pause": True}],
    }
    await crew.app.db.locations.update_one({"_id": crew.world.location_id}, {"$set": broken})

    async def findings() -> list[str]:
        found = (await doctor.examine(crew.app))["locations"]
        return [one.sentence for one in found if str(crew.world.location_id) in one.subject]

    [found] = await findings()
    for part in ('"Christmas" is no date', '"2026-12-24" begins at "ten"', "Row 1 of its schedule"):
        assert part in found
    # What is wrong can be put right without the database.
    assert (await put(crew, "delete_special_day", day="Christmas"))[0] == 200
    assert (await put(crew, "put_special_day", {"closed": True}, day="2026-12-24"))[0] == 200
    assert (await put(crew, "change_pace_schedule", {"paceSchedule": []}))[0] == 200
    assert not [
        one for one in (await doctor.examine(crew.app))["locations"] if str(crew.world.location_id) in one.subject
    ]
