"""The board of a busy location answers by its indexes, in one round trip, however many old orders there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.domain.roles import Person
from shared.services.orders import board
from shared.settings import Settings
from shared.store.mongo.client import connect
from tests.integration.explained import Captured, faults
from tests.integration.world import World

OPEN = 200
BATCH = 10_000
KITCHEN = Person("u-kitchen")


@pytest.fixture
def captured() -> Captured:
    return Captured()


@pytest.fixture
async def watched(app: App, settings: Settings, captured: Captured) -> AsyncIterator[App]:
    """The same App on a connection whose commands are captured."""
    db = connect(settings, event_listeners=[captured])
    yield replace(app, db=db)
    await db.client.close()


async def fill(app: App, world: World, old: int) -> list[ObjectId]:
    """Old orders that were picked up, one a minute, and 200 open ones of yesterday and today; the ids of these."""
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
    now = app.clock.now()

    def order(minutes: float, status: str) -> dict[str, Any]:
        at = now - timedelta(minutes=minutes)
        item = {"id": "i", "menuItemId": "soup", "name": "Soup", "priceCents": 1, "stationTags": ["kitchen"]}
        more = {"startedAt": at, "status": status, "version": 2, "items": [item], "totalPriceCents": 1}
        return {"_id": ObjectId(), **here, **more}

    for begin in range(0, old, BATCH):
        rows = [order(2 * 24 * 60 + begin + n, "PICKED_UP") for n in range(min(BATCH, old - begin))]
        await app.db.orders.insert_many(rows, ordered=False)
    still_open = [order(10 * n, ("CREATED", "ACCEPTED", "READY_FOR_PICKUP")[n % 3]) for n in range(OPEN)]
    await app.db.orders.insert_many(still_open)
    return [one["_id"] for one in reversed(still_open)]


@pytest.mark.parametrize("old", [3_000, pytest.param(100_000, marks=pytest.mark.long)])
async def test_it_reads_what_it_shows_and_no_more(
    app: App, watched: App, captured: Captured, world: World, clock: FixedClock, old: int
) -> None:
    ids = await fill(app, world, old)
    here = (world.restaurant_id, str(world.location_id))
    for older in (True, False):
        captured.take()
        shown = await board.today(watched, KITCHEN, *here, older=older)
        [command] = captured.take()
        assert await faults(app.db, command) == []
        assert [one.id for one in shown] == [str(key) for key in ids][-len(shown) :]
        # 200 orders, one each ten minutes: a day and some hours.
        assert len(shown) == OPEN if older else 0 < len(shown) <= 24 * 6 + 1
    await app.db.orders.update_many({"status": "CREATED"}, {"$set": {"status": "READY_FOR_PICKUP"}})
    captured.take()
    assert len(await board.ready(watched, KITCHEN, *here)) == 50
    [command] = captured.take()
    assert await faults(app.db, command) == []
    # What became ready last may have been ordered first.
    for n, key in enumerate(ids[:60]):
        ready = {"status": "READY_FOR_PICKUP", "readyAt": app.clock.now() - timedelta(minutes=n)}
        await app.db.orders.update_one({"_id": key}, {"$set": ready})
    assert [one.id for one in await board.ready(watched, KITCHEN, *here)] == [str(key) for key in ids[:50]]
