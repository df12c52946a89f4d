"""Nobody accepts an order: its people are told once, whoever sees to it, and any move ends it (rules 13)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from shared.api.base import iso
from shared.app import App
from shared.clock import FixedClock
from shared.memory.slots import Memory
from shared.services.duties import seeing
from shared.services.ordering import previewing, steps
from shared.services.ordering.claiming import Asker, claim
from shared.services.orders import answering, cancelling, status
from shared.services.support.audit import database
from shared.services.upkeep import sweeper
from tests.integration.crew import Crew
from tests.integration.world import World


@pytest.fixture
async def crew(app: App) -> Crew:
    """A restaurant whose people accept each order themselves."""
    return await Crew.of(app, await World(auto_accepts=False).build(app))


async def attention(crew: Crew, order_id: str) -> dict[str, Any] | None:
    return await crew.app.db.attention.find_one({"_id": f"waiting:{order_id}", "endedAt": None})


async def duty(crew: Crew, order_id: str) -> dict[str, Any] | None:
    return await crew.app.db.duties.find_one({"orderId": ObjectId(order_id)})


async def test_after_five_minutes_its_people_are_told_once_though_no_engine_runs(crew: Crew, clock: FixedClock) -> None:
    order_id = await crew.order("soup")
    await sweeper.sweep(crew.app)
    clock.advance(minutes=5)
    told = clock.now()
    # Several hosts sweep at once.
    others = [replace(crew.app, memory=Memory()) for _ in range(4)]
    await asyncio.gather(*(sweeper.sweep(app) for app in others))
    await sweeper.sweep(crew.app)
    assert await crew.kinds(order_id) == ["created", "order_waiting"]
    row = (await crew.rows(order_id))[-1]
    here = crew.world
    # The soup concerns the kitchen alone.
    assert set(row["sentTo"]) == {
        f"order.{order_id}",
        f"location.{here.location_id}",
        f"station.{here.kitchen_id}",
    }
    entry = await attention(crew, order_id)
    assert entry is not None and (entry["locationId"], entry["kind"]) == (here.location_id, "waiting")
    seen = await status.status(crew.app, order_id)
    assert (seen.status, seen.unanswered_since, seen.seq) == ("CREATED", told, 2)
    _, board = await crew.call("kitchen", "orders_today", **crew.here)
    assert board[0]["unansweredSince"] == iso(told)
    done = await duty(crew, order_id)
    assert done is not None and (done["state"], done["tries"]) == ("done", 1) and "nextAt" not in done
    clock.advance(hours=1)
    await sweeper.sweep(crew.app)
    assert len(await crew.rows(order_id)) == 2
    assert (await database.audit(crew.app.db, clock)).listed == []


@pytest.mark.parametrize("who", ["kitchen", "manager", "diner"])
async def test_whatever_moves_the_order_ends_it(crew: Crew, clock: FixedClock, who: str) -> None:
    before, after = await crew.order("soup"), await crew.order("tea")

    async def move(order_id: str) -> None:
        if who == "diner":
            await cancelling.cancel(crew.app, order_id, request_id="r")
        else:
            assert (await crew.move(who, order_id, "ACCEPTED" if who == "kitchen" else "REJECTED"))[0] == 200

    await move(before)
    assert (await duty(crew, before) or {})["state"] == "dropped"
    clock.advance(minutes=6)
    await sweeper.sweep(crew.app)
    assert await attention(crew, before) is None and await attention(crew, after) is not None
    await move(after)
    assert await attention(crew, after) is None
    assert "order_waiting" not in await crew.kinds(before)
    assert (await status.status(crew.app, after)).unanswered_since is None


async def test_a_location_says_how_long_and_never_and_an_order_that_is_accepted_by_itself_needs_none(
    crew: Crew, clock: FixedClock
) -> None:
    async def order(**settings: Any) -> dict[str, Any] | None:
        await crew.app.db.locations.update_one({"_id": crew.world.location_id}, {"$set": settings})
        fresh = replace(crew, app=replace(crew.app, memory=Memory()))
        return await duty(crew, await fresh.order("soup", lines=[str(ObjectId())]))

    found = await order(acceptWithinMinutes=12)
    assert found is not None and found["nextAt"] == clock.now() + timedelta(minutes=12)
    assert await order(acceptWithinMinutes=None) is None
    assert await order(acceptWithinMinutes=5, autoAcceptOrder=True) is None


async def test_accepted_at_the_same_moment_it_is_one_or_the_other(crew: Crew, clock: FixedClock) -> None:
    seen = set()
    for turn in range(12):
        order_id = await crew.order("soup", lines=[str(ObjectId())])
        clock.advance(minutes=5)

        async def sweep(turn: int = turn) -> None:
            await asyncio.sleep(turn % 4 * 0.002)
            await sweeper.sweep(replace(crew.app, memory=Memory()))

        _, (code, answer) = await asyncio.gather(sweep(), crew.move("kitchen", order_id, "ACCEPTED", seq=1))
        waits = await attention(crew, order_id) is not None
        kinds = await crew.kinds(order_id)
        assert (code == 200) is not waits, answer
        assert kinds == ["created", "order_waiting" if waits else "accepted"]
        seen.add(waits)
        clock.advance(minutes=1)
    assert seen
    assert (await database.audit(crew.app.db, clock)).listed == []


async def test_the_engine_comes_back_at_the_time_and_not_before(crew: Crew, clock: FixedClock) -> None:
    made = await previewing.preview(crew.app, crew.world.request("soup"), request_id="r")
    key = ObjectId(made.preview_order_id)
    await claim(crew.app, key, Asker("r"))
    following = await steps.run(crew.app, "place_order", key)
    assert (following.step, following.at) == ("see_answered", clock.now() + timedelta(minutes=5))
    # A second tap wakes the instance.
    assert await steps.run(crew.app, "see_answered", key) == following
    clock.advance(minutes=5)
    assert (await steps.run(crew.app, "see_answered", key)).step is None
    assert await crew.kinds(str(key)) == ["created", "order_waiting"]


async def test_a_duty_whose_claimer_is_gone_is_done_by_another(crew: Crew, clock: FixedClock) -> None:
    order_id = await crew.order("soup")
    clock.advance(minutes=5)

    async def killed(app: App, _: Any) -> None:
        raise RuntimeError("gone")

    again_at = await seeing.see_to(crew.app, answering.duty_id(ObjectId(order_id)), {"waiting": killed})
    assert again_at is not None and again_at > clock.now()
    await sweeper.sweep(crew.app)
    assert len(await crew.rows(order_id)) == 1
    clock.moment = again_at
    await sweeper.sweep(crew.app)
    assert await crew.kinds(order_id) == ["created", "order_waiting"]
