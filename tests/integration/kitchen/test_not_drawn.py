"""Where no screen shows an accepted order in 30 s, the location's people hear of it, and no diner does (rules 22)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.app import App
from shared.clock import Clock, to_millisecond
from shared.documents.screens import EXPO
from shared.domain.screens import SHOWN_WITHIN
from shared.services.kitchen import drawing
from shared.services.menu import catalog
from shared.services.upkeep import sweeper
from tests.integration.crew import Crew
from tests.integration.kitchen.test_seen import see
from tests.integration.world import World


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


class Later(Clock):
    """A clock that runs on from some time ahead of another, which stands still."""

    def __init__(self, clock: Clock, ahead: timedelta) -> None:
        self._from = clock.now() + ahead
        self._since = time.monotonic()

    def now(self) -> datetime:
        return to_millisecond(self._from + timedelta(seconds=time.monotonic() - self._since))


def later(crew: Crew, ahead: timedelta = SHOWN_WITHIN) -> App:
    return replace(crew.app, clock=Later(crew.app.clock, ahead))


async def entry(crew: Crew, order_id: str) -> dict[str, Any]:
    return await crew.app.db.attention.find_one({"_id": f"not_drawn:{order_id}"}) or {}


async def on_the_board(crew: Crew, order_id: str) -> dict[str, Any]:
    answer = (await crew.call("kitchen", "orders_today", **crew.here))[1]
    return next(order for order in answer if order["_id"] == order_id)


async def attention(crew: Crew) -> list[str]:
    answer = (await crew.call("manager", "attention_listed", **crew.here))[1]
    return [one["id"] for one in answer["data"]]


async def test_an_order_that_no_screen_shows_is_told_of_once_and_a_draw_ends_it(crew: Crew) -> None:
    await see(crew, "bar", crew.world.bar_id)
    order_id = await crew.order("tea")
    assert await drawing.sweep(crew.app) == 0
    assert "notDrawnSince" not in await on_the_board(crew, order_id)

    assert await drawing.sweep(later(crew)) == 1
    code = (await crew.stored(order_id))["orderCode"]
    assert (await entry(crew, order_id))["reason"] == f"No kitchen screen has shown order {code}: Bar."
    assert (await on_the_board(crew, order_id))["notDrawnSince"]
    assert await attention(crew) == [f"not_drawn:{order_id}"]
    assert await drawing.sweep(later(crew)) == 0
    # No row, so nothing that its diner hears; and the invariant of rows holds.
    assert await crew.kinds(order_id) == ["created", "accepted"]

    await see(crew, "bar", crew.world.bar_id, (order_id, 2))
    assert (await entry(crew, order_id))["endedAt"]
    assert "notDrawnSince" not in await on_the_board(crew, order_id)
    assert await attention(crew) == []


async def test_an_order_that_was_shown_is_told_of_to_nobody(crew: Crew) -> None:
    await see(crew, "bar", crew.world.bar_id)
    order_id = await crew.order("tea")
    assert (await crew.stored(order_id))["showBy"]
    await see(crew, "bar", crew.world.bar_id, (order_id, 2))
    assert await drawing.sweep(later(crew)) == 0
    assert (await crew.stored(order_id))["showBy"] is None
    assert await entry(crew, order_id) == {}


async def test_each_station_with_a_screen_must_show_it_and_one_without_need_not(crew: Crew) -> None:
    await see(crew, "bar", crew.world.bar_id)
    await see(crew, "expo", EXPO)
    order_id = await crew.order("tea", "soup")
    await see(crew, "expo", EXPO, (order_id, 2))
    assert await drawing.sweep(later(crew)) == 1
    assert (await entry(crew, order_id))["reason"].endswith(": Bar.")
    await see(crew, "expo", EXPO, (order_id, 2))
    assert "endedAt" not in await entry(crew, order_id)
    # What all its stations' screens have shown is shown, whatever expo does.
    tea = await crew.order("tea")
    await see(crew, "bar", crew.world.bar_id, (tea, 2))
    assert await drawing.sweep(later(crew)) == 0
    # The bar makes nothing of this one, and who makes it has no screen: it is expo's.
    soup = await crew.order("soup")
    assert await drawing.sweep(later(crew)) == 1
    assert (await entry(crew, soup))["reason"].endswith(": Expo.")
    await see(crew, "expo", EXPO, (soup, 2))
    assert (await entry(crew, soup))["endedAt"]


async def test_where_no_screen_was_seen_for_a_day_nobody_waits_for_one(crew: Crew) -> None:
    order_id = await crew.order("tea")
    assert "showBy" not in await crew.stored(order_id)
    await see(crew, "bar", crew.world.bar_id)
    long_ago = crew.app.clock.now() - timedelta(hours=24)
    await crew.app.db.stations.update_one({"_id": crew.world.bar_id}, {"$set": {"screenSeenAt": long_ago}})
    order_id = await crew.order("tea")
    assert await drawing.sweep(later(crew)) == 0
    assert await entry(crew, order_id) == {}


@pytest.mark.parametrize("to", ["READY_FOR_PICKUP", "CANCELLED"])
async def test_an_order_that_leaves_the_kitchen_ends_it(crew: Crew, to: str) -> None:
    await see(crew, "bar", crew.world.bar_id)
    alarmed, quiet = await crew.order("tea"), await crew.order("tea", "tea")
    assert (await crew.move("manager", quiet, to))[0] == 200
    assert await drawing.sweep(later(crew)) == 1
    assert await entry(crew, quiet) == {}
    assert (await crew.move("manager", alarmed, to))[0] == 200
    assert (await entry(crew, alarmed))["endedAt"]
    stored = await crew.stored(alarmed)
    assert (stored["showBy"], stored["notDrawnSince"]) == (None, None)


async def test_the_time_begins_when_a_person_accepts(crew: Crew) -> None:
    await crew.app.db.locations.update_one({"_id": crew.world.location_id}, {"$set": {"autoAcceptOrder": False}})
    await see(crew, "bar", crew.world.bar_id)
    catalog.forget(crew.app, crew.world.restaurant_id, crew.world.location_id)
    order_id = await crew.order("tea")
    assert "showBy" not in await crew.stored(order_id)
    assert (await crew.move("kitchen", order_id, "ACCEPTED"))[0] == 200
    stored = await crew.stored(order_id)
    assert stored["showBy"] - stored["updatedAt"] == SHOWN_WITHIN
    assert await drawing.sweep(later(crew)) == 1


async def test_the_sweeper_tells_of_what_a_process_that_died_has_accepted(crew: Crew) -> None:
    await see(crew, "bar", crew.world.bar_id)
    order_id = await crew.order("tea")
    another = replace(later(crew), memory=type(crew.app.memory)())
    assert (await sweeper.sweep(another)).not_drawn == 1
    assert (await entry(crew, order_id))["locationId"] == crew.world.location_id


async def test_a_sweep_waits_for_what_is_due_in_a_moment(crew: Crew) -> None:
    await see(crew, "bar", crew.world.bar_id)
    order_id = await crew.order("tea")
    # A second before its time.
    assert await drawing.sweep(later(crew, SHOWN_WITHIN - timedelta(seconds=1))) == 1
    stored = await crew.stored(order_id)
    assert stored["notDrawnSince"] >= stored["startedAt"] + SHOWN_WITHIN


async def test_a_screen_that_shows_it_while_people_are_told_ends_it(crew: Crew) -> None:
    await see(crew, "bar", crew.world.bar_id)
    order_id = await crew.order("tea")
    await asyncio.gather(drawing.sweep(later(crew)), see(crew, "bar", crew.world.bar_id, (order_id, 2)))
    assert "notDrawnSince" not in await on_the_board(crew, order_id)
    assert await attention(crew) == []
