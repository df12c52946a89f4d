"""When the outbox publishes: at once, but after the orders that are just being committed."""

from __future__ import annotations

import asyncio

import pytest
from bson import ObjectId

from shared.app import App
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
