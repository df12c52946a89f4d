"""Claims that wait for a location's stock are few, and none waits for one stall after the other (rules 3)."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from pymongo.errors import NetworkTimeout

from shared.app import App
from shared.errors import Problem
from shared.services.menu import catalog, stock
from shared.services.ordering import previewing, unpaid
from tests.integration.world import World


async def limit(app: App, world: World, portions: int) -> None:
    change: dict[str, Any] = {"$set": {"items.$.dailyStock": portions}}
    await app.db.menus.update_one({"_id": world.menu_id, "items.id": "soup"}, change)
    catalog.forget(app, world.restaurant_id, world.location_id)


async def preview(app: App, world: World) -> str:
    return (await previewing.preview(app, world.request("soup"), request_id="r")).preview_order_id


async def test_who_comes_to_a_full_queue_hears_at_once_that_we_are_busy(app: App, world: World) -> None:
    """With a stalled database the n-th diner heard something after n times eight seconds."""
    most = stock.MOST_WAITING
    await limit(app, world, 10 * most)
    first = await preview(app, world)
    assert (await unpaid.place_without_payment(app, first, request_id="r")).placed
    async with stock.turn(app, world.location_id):
        waiting = [asyncio.create_task(_take_turn(app, world)) for _ in range(most - 1)]
        await asyncio.sleep(0)
        for _ in range(3):
            with pytest.raises(Problem) as refused:
                await unpaid.place_without_payment(app, await preview(app, world), request_id="r")
            assert (refused.value.code.code, refused.value.code.status) == ("UNAVAILABLE", 503)
            assert refused.value.retry_after
        assert not any(task.done() for task in waiting)
    await asyncio.gather(*waiting)
    assert (await unpaid.place_without_payment(app, await preview(app, world), request_id="r")).placed


async def _take_turn(app: App, world: World) -> None:
    async with stock.turn(app, world.location_id):
        pass


async def test_a_stall_is_waited_for_once_by_all_and_not_by_each_in_his_turn(app: App, world: World) -> None:
    outcomes: list[str] = []

    async def wait() -> None:
        try:
            await _take_turn(app, world)
        except Problem as problem:
            outcomes.append(problem.code.code)
        else:
            outcomes.append("had its turn")

    with pytest.raises(NetworkTimeout):
        async with stock.turn(app, world.location_id):
            waiting = [asyncio.create_task(wait()) for _ in range(20)]
            await asyncio.sleep(0)
            raise NetworkTimeout("the majority does not answer")
    await asyncio.gather(*waiting)
    assert Counter(outcomes) == {"UNAVAILABLE": 20}
    # Whoever comes after it tries for himself.
    await _take_turn(app, world)
