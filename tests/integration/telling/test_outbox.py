"""When the outbox publishes: at once, but after the orders that are just being committed."""

from __future__ import annotations

import asyncio
import time

from bson import ObjectId

from shared.app import App
from shared.services.ordering import previewing, unpaid
from shared.services.telling import outbox
from tests.integration.world import World


async def publishing_takes(app: App, order_id: ObjectId) -> float:
    started = time.monotonic()
    await outbox.publish_after_commit(app, order_id)
    return time.monotonic() - started


async def is_published(app: App, order_id: ObjectId) -> bool:
    rows = await app.db.order_events.find({"orderId": order_id}).to_list()
    return bool(rows) and all(row["publishedAt"] is not None for row in rows)


async def test_publishing_waits_for_commits_under_way_but_not_for_long(app: App, world: World) -> None:
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    order_id = (await unpaid.place_without_payment(app, made.preview_order_id, request_id="r")).order_id
    await app.db.order_events.update_many({"orderId": order_id}, {"$set": {"publishedAt": None}})
    with outbox.committing(app), outbox.committing(app):
        assert outbox.YIELD_SECONDS <= await publishing_takes(app, order_id) < 1
    assert await is_published(app, order_id)


async def test_publishing_goes_on_when_the_last_commit_is_over(app: App, world: World) -> None:
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    order_id = (await unpaid.place_without_payment(app, made.preview_order_id, request_id="r")).order_id
    with outbox.committing(app):
        publishing = asyncio.create_task(publishing_takes(app, order_id))
        await asyncio.sleep(0.01)
    assert await publishing < outbox.YIELD_SECONDS
