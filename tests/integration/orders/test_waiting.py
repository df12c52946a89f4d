"""Waiting for an order in a real database: all who wait share one read. When they read: tests/unit/memory."""

from __future__ import annotations

import asyncio

from bson import ObjectId

from shared.app import App
from shared.services.orders.waiting import order_appears
from tests.patience import PATIENCE_SECONDS


async def test_an_order_is_seen_by_all_who_wait_for_it_and_by_nobody_else(app: App) -> None:
    order_id = ObjectId()
    waits = [asyncio.create_task(order_appears(app, order_id, within=PATIENCE_SECONDS)) for _ in range(3)]
    other = asyncio.create_task(order_appears(app, ObjectId(), within=1))
    await asyncio.sleep(0.03)
    assert not any(wait.done() for wait in waits)
    await app.db.orders.insert_one({"_id": order_id, "restaurantId": "r", "locationId": ObjectId(), "status": "x"})
    assert await asyncio.gather(*waits) == [True] * 3
    assert not await other
