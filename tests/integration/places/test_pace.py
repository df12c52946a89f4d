"""The kitchen pauses diners' orders and says that they take longer; the counter goes on (rules 13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

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
from shared.web.routes import ROUTES
from tests.integration.crew import Crew
from tests.integration.world import World
from tests.web_calls import content, request


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


async def pace(crew: Crew, who: str, **change: Any) -> tuple[int, Any]:
    return await crew.call(who, "location_settings_change_pace", change, **crew.here)


async def refused_until(crew: Crew) -> datetime | None:
    """When a diner who orders now is told that the location opens; None where the order is placed."""
    # Another process, which has not read the location yet.
    app = replace(crew.app, memory=Memory())
    made = await previewing.preview(app, crew.world.request("soup"), request_id="r")
    open_now = (await reading.location(app, **given(crew))).is_open
    assert made.is_open is open_now
    try:
        await unpaid.place_without_payment(app, made.preview_order_id, request_id="r")
    except Problem as problem:
        assert problem.code.code == "LOCATION_CLOSED" and not open_now
        opens: datetime | None = problem.extra["opensAt"]
        assert opens == made.opens_at
        return opens
    assert open_now
    return None


def given(crew: Crew) -> dict[str, str]:
    return {"restaurant_id": crew.world.restaurant_id, "location_id": str(crew.world.location_id)}


async def test_diners_wait_until_the_pause_ends_and_the_counter_goes_on(crew: Crew, clock: FixedClock) -> None:
    until = (clock.now() + timedelta(minutes=20)).replace(microsecond=0)
    assert await refused_until(crew) is None
    for who in ("bar", "kitchen"):
        status_code, answer = await pace(crew, who, pausedUntil=iso(until))
        assert (status_code, answer["data"]) == (200, {"pausedUntil": iso(until), "waitMinutes": 0})
    assert await refused_until(crew) == until
    app = replace(crew.app, memory=Memory())
    shown = await reading.location(app, crew.world.restaurant_id, str(crew.world.location_id))
    assert (shown.is_open, shown.is_paused, shown.opens_at) == (False, True, until)
    tea = CounterOrder.model_validate(crew.world.cart("tea"))
    assert await at_counter.order(app, tea, Person("u-waiter"), request_id="r")
    clock.moment = until
    assert await refused_until(crew) is None
    await pace(crew, "kitchen", pausedUntil=iso(until + timedelta(hours=1)))
    assert await refused_until(crew) == until + timedelta(hours=1)
    assert (await pace(crew, "kitchen", pausedUntil=None))[1]["data"]["pausedUntil"] is None
    assert await refused_until(crew) is None
    left = await crew.app.db.trail.find({"restaurantId": crew.world.restaurant_id}).to_list()
    # The second pause was the first one again.
    assert {row["action"] for row in left} == {"location.pace_changed"} and len(left) == 3


async def test_a_pause_that_ends_while_it_is_closed_lasts_until_it_opens(crew: Crew, clock: FixedClock) -> None:
    now = clock.now()
    begins, ends = (now + timedelta(hours=3), now + timedelta(hours=4))
    rows = [{"day": f"{begins:%A}".lower(), "isOpen": True, "startTime": f"{begins:%H:%M}", "endTime": f"{ends:%H:%M}"}]
    await crew.app.db.locations.update_one(
        {"_id": crew.world.location_id}, {"$set": {"workingHours": rows, "timezone": "UTC"}}
    )
    opening = begins.replace(second=0, microsecond=0)
    for until, opens in ((now + timedelta(hours=1), opening), (opening + timedelta(minutes=10),) * 2):
        await pace(crew, "manager", pausedUntil=iso(until))
        assert await refused_until(crew) == opens.replace(microsecond=opens.microsecond // 1000 * 1000)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, ""),
        ({"waitMinutes": -1}, "waitMinutes"),
        ({"waitMinutes": 300}, "waitMinutes"),
        ({"pausedUntil": "tomorrow"}, "pausedUntil"),
        ({"pausedUntil": "1700000000"}, "pausedUntil"),
        ({"pausedUntil": 1700000000}, "pausedUntil"),
        ({"pausedUntil": "2026-05-04T19:00:00"}, "pausedUntil"),
        ({"pausedUntil": "2999-05-04T19:00:00Z"}, "pausedUntil"),
        ({"pausedUntil": "0001-01-01T00:00:00+14:00"}, "pausedUntil"),
        ({"isActive": False}, "isActive"),
    ],
)
async def test_what_is_no_pace_is_refused(crew: Crew, change: dict[str, Any], field: str) -> None:
    status_code, answer = await pace(crew, "owner", **change)
    assert (status_code, answer["detail"][0]["field"]) == (400, field)
    assert await crew.app.db.trail.count_documents({}) == 0


async def test_an_order_is_ready_so_much_later(crew: Crew, clock: FixedClock) -> None:
    for n in range(3):
        order_id = await crew.order("soup", lines=[str(ObjectId())])
        at = {"startedAt": clock.now() - timedelta(minutes=40 - n), "meta": {}, "status": "PICKED_UP"}
        done = {"items.0.completedAt": clock.now() - timedelta(minutes=25 - n)}
        await crew.app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": {**at, **done}})
    waits = await crew.order("tea")
    before = (await status.status(crew.app, waits)).estimated_ready_at
    assert (await pace(crew, "bar", waitMinutes=15))[1]["data"]["waitMinutes"] == 15
    app = replace(crew.app, memory=Memory())
    after = (await status.status(app, waits)).estimated_ready_at
    assert before is not None and after == before + timedelta(minutes=15)


async def test_managers_say_when_people_are_told_of_an_order_that_nobody_accepts(crew: Crew) -> None:
    route = "location_settings_change_acceptance"
    assert (await crew.call("service", route, {"acceptWithinMinutes": 3}, **crew.here))[0] == 403
    assert (await crew.call("expo", route, {"acceptWithinMinutes": 3}, **crew.here))[0] == 403
    status_code, answer = await crew.call("manager", route, {"readyWhenAllDone": True}, **crew.here)
    assert (status_code, answer["data"]) == (200, {"acceptWithinMinutes": 5, "readyWhenAllDone": True})
    _, answer = await crew.call("manager", route, {"acceptWithinMinutes": None}, **crew.here)
    assert answer["data"] == {"acceptWithinMinutes": None, "readyWhenAllDone": True}


async def test_a_change_holds_only_for_the_version_that_its_screen_saw(crew: Crew) -> None:
    route = ROUTES.named("location_settings_change_acceptance")

    async def change(seen: str | None, minutes: int) -> tuple[int, str | None, Any]:
        headers = {"content-type": "application/json", **crew.headers["manager"]}
        if seen is not None:
            headers["if-match"] = seen
        sent = request("PATCH", "/x", {"acceptWithinMinutes": minutes}, headers=headers, path=crew.here)
        response = await route.handle(sent, app=crew.app)
        return response.status_code, response.headers.get("etag"), content(response)

    assert (await change(None, 6))[:2] == (200, '"1"')
    await pace(crew, "kitchen", waitMinutes=5)
    status_code, seen, answer = await change('"1"', 7)
    assert (status_code, seen, answer["code"], answer["version"]) == (412, '"2"', "VERSION_CHANGED", 2)
    assert (await change(seen, 7))[:2] == (200, '"3"')
    stored = await crew.app.db.locations.find_one({"_id": crew.world.location_id})
    assert (stored["acceptWithinMinutes"], stored["version"]) == (7, 3)
