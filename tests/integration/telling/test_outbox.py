"""When the outbox publishes: at once, but after the orders that are just being committed."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.services.ordering import previewing, unpaid
from shared.services.telling import outbox
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS


async def is_published(app: App, order_id: ObjectId) -> bool:
    rows = await app.db.order_events.find({"orderId": order_id}).to_list()
    return bool(rows) and all(row["publishedAt"] is not None for row in rows)


async def committed(app: App, world: World) -> ObjectId:
    """An order that is placed, and whose rows are still to be published."""
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    order_id = (await unpaid.place_without_payment(app, made.preview_order_id, request_id="r")).order_id
    await app.db.order_events.update_many({"orderId": order_id}, {"$set": {"publishedAt": None}})
    assert isinstance(order_id, ObjectId)
    return order_id


async def test_publishing_waits_for_commits_under_way_but_not_until_they_are_over(app: App, world: World) -> None:
    order_id = await committed(app, world)
    with outbox.committing(app), outbox.committing(app):
        publishing = asyncio.create_task(outbox.publish_after_commit(app, order_id))
        await asyncio.sleep(outbox.YIELD_SECONDS / 2)
        assert not await is_published(app, order_id)
        await publishing
        assert await is_published(app, order_id)


async def test_publishing_goes_on_when_the_last_commit_is_over(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "YIELD_SECONDS", 10 * PATIENCE_SECONDS)
    order_id = await committed(app, world)
    with outbox.committing(app):
        publishing = asyncio.create_task(outbox.publish_after_commit(app, order_id))
        await asyncio.sleep(0.01)
    await asyncio.wait_for(publishing, PATIENCE_SECONDS)
    assert await is_published(app, order_id)


class LiveService:
    """The switches of the stand-in."""

    def __init__(self, web_pubsub: str) -> None:
        self._switches = f"{web_pubsub.split(';', maxsplit=1)[0].removeprefix('Endpoint=')}/_local"

    async def breaks(self, **fault: Any) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as http:
            (await http.post(f"{self._switches}/fault", json=fault)).raise_for_status()

    async def last_call(self) -> int:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as http:
            calls = (await http.get(f"{self._switches}/received")).json()
        return int(calls[-1]["number"])


async def test_who_commits_does_not_wait_again_for_a_live_service_that_hangs(
    app: App, world: World, web_pubsub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AFTER_COMMIT_SECONDS", 0.3)
    monkeypatch.setattr(outbox, "LEFT_ALONE_SECONDS", 10 * PATIENCE_SECONDS)
    first, second, third = [await committed(app, world) for _ in range(3)]
    live = LiveService(web_pubsub)
    await live.breaks(mode="stall", seconds=600)
    try:
        await outbox.publish_after_commit(app, first)
        asked = await live.last_call()
        await outbox.publish_after_commit(app, second)
        assert await live.last_call() == asked
        assert not await is_published(app, first)
        assert not await is_published(app, second)
    finally:
        await live.breaks(mode="ok")
    monkeypatch.setattr(outbox, "AFTER_COMMIT_SECONDS", PATIENCE_SECONDS)
    # What the sweeper may send says that the service answers again.
    assert isinstance(app.clock, FixedClock)
    app.clock.advance(seconds=6)
    await outbox.sweep(app)
    assert await is_published(app, first)
    assert await is_published(app, second)
    await app.db.order_events.update_many({"orderId": third}, {"$set": {"publishedAt": None}})
    await outbox.publish_after_commit(app, third)
    assert await is_published(app, third)


@pytest.mark.parametrize("fault", [{"mode": "error", "status": 503}, {"mode": "drop_before"}])
async def test_a_live_service_that_says_no_at_once_is_asked_again(
    app: App, world: World, web_pubsub: str, fault: dict[str, Any]
) -> None:
    order_id = await committed(app, world)
    live = LiveService(web_pubsub)
    await live.breaks(**fault)
    await outbox.publish_after_commit(app, order_id)
    await live.breaks(mode="ok")
    assert not await is_published(app, order_id)
    await outbox.publish_after_commit(app, order_id)
    assert await is_published(app, order_id)
