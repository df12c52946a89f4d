"""A dish that is nearly sold out is told to the location's board, once a business day (rules 16)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from shared.app import App
from shared.clock import FixedClock
from shared.domain.announcements import location_group
from shared.memory.slots import Memory
from shared.services.menu import catalog, low_stock
from shared.services.upkeep import sweeper
from shared.store import duties
from tests.integration.crew import Crew
from tests.integration.local_webpubsub.clients import JSON
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS, eventually


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    """Five portions of soup a day, and few when two are left."""
    change = {"items.0.dailyStock": 5, "items.0.lowStockAt": 2}
    await app.db.menus.update_one({"_id": world.menu_id}, {"$set": change})
    return await Crew.of(app, world)


async def told(crew: Crew) -> list[dict[str, Any]]:
    return await crew.app.db.duties.find({"kind": "stock_low"}).to_list()


async def looked(crew: Crew) -> None:
    """All that this process looks at beside orders is done."""
    await asyncio.gather(*crew.app.memory[low_stock.LOOKING])


async def test_the_board_hears_of_it_once_a_business_day(crew: Crew, clock: FixedClock) -> None:
    access = await crew.app.live.access([location_group(crew.world.location_id)], now=clock.now())
    async with aiohttp.ClientSession() as session, session.ws_connect(access.url, protocols=(JSON,)) as socket:

        async def heard() -> dict[str, Any]:
            while True:
                frame = json.loads(await socket.receive_str(timeout=PATIENCE_SECONDS))
                if frame["type"] == "message" and frame["data"]["event"] == "stock_low":
                    payload: dict[str, Any] = frame["data"]["payload"]
                    return payload

        for _ in range(2):
            await crew.order("soup", "tea")
            await looked(crew)
        assert await told(crew) == []
        await crew.order("soup")
        here = str(crew.world.location_id)
        assert await heard() == {"locationId": here, "itemId": "soup", "left": 2}
        await crew.order("soup")
        await looked(crew)
        assert len(await told(crew)) == 1
        # The next business day has portions of its own.
        clock.advance(days=1)
        catalog.forget(crew.app, crew.world.restaurant_id, crew.world.location_id)
        await crew.order("soup", "soup", "soup")
        assert (await heard())["left"] == 2
    await eventually(lambda: _done(crew, 2))


async def _done(crew: Crew, many: int) -> bool:
    return [one["state"] for one in await told(crew)] == ["done"] * many


async def test_the_sweeper_tells_it_where_nobody_did(crew: Crew, clock: FixedClock) -> None:
    await crew.order("soup", "soup", "soup", "soup")
    await looked(crew)
    assert len(await told(crew)) == 1
    await sweeper.sweep(replace(crew.app, memory=Memory()))
    await eventually(lambda: _done(crew, 1))


async def test_without_a_mark_or_a_limit_nothing_is_told(crew: Crew, clock: FixedClock) -> None:
    gone = {"$unset": {"items.0.lowStockAt": ""}}
    await crew.app.db.menus.update_one({"_id": crew.world.menu_id}, gone)
    await crew.order("soup", "soup", "soup", "soup")
    await looked(crew)
    assert await told(crew) == []
    # Somebody has taken the limit away between the order and the telling.
    here = {"restaurant_id": crew.world.restaurant_id, "location_id": crew.world.location_id}
    count = f"{crew.world.location_id}.2026-11-24.tea"
    document = duties.due_at("stock_low", count, clock.now(), **here, item_id="tea")
    assert await duties.insert_once(crew.app.db, document)
    assert not await duties.insert_once(crew.app.db, document)
    await sweeper.sweep(crew.app)
    await eventually(lambda: _done(crew, 1))
