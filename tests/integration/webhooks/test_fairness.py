"""An address that is slow or never done costs other restaurants little (rules 21)."""

from __future__ import annotations

import time

import pytest

from shared.services.webhooks import lanes, taking
from shared.services.webhooks.lanes import Told
from shared.store import webhooks
from tests.integration.receivers import Receiver, receiving
from tests.integration.webhooks.house import House


async def due(house: House, *, proven: bool) -> list[str]:
    """The webhooks that have something to send, in the order of their turns."""
    found = await webhooks.due(house.app.db, house.clock.now(), lanes.LANES, proven=proven)
    return [str(key) for key in found]


async def test_whoever_has_more_to_send_stands_behind_all_that_wait_by_then(house: House, receiver: Receiver) -> None:
    full = await house.hook(receiver, events=["order.created"])
    other = await house.hook(receiver, events=["order.cancelled"])
    orders = [await house.crew.order() for _ in range(lanes.TURN + 5)]
    await taking.take(house.app, house.restaurant_id)
    house.clock.advance(seconds=60)
    await house.crew.move("manager", orders[0], "CANCELLED")
    await taking.take(house.app, house.restaurant_id)
    assert await due(house, proven=False) == [full["webhookId"], other["webhookId"]]
    house.clock.advance(seconds=60)
    [row] = await house.app.db.webhooks.find({"events": ["order.created"]}).to_list()
    assert await lanes.turn(house.app, row["_id"], time.monotonic() + 60, Told())
    assert len(receiver.got) == lanes.TURN
    assert await due(house, proven=False) == [other["webhookId"]]
    assert await due(house, proven=True) == [full["webhookId"]]
    assert (await house.app.db.webhooks.find_one({"_id": row["_id"]}))["dueAt"] == house.clock.now()


async def test_lanes_that_are_new_slow_or_fail_are_apart_until_they_are_quick(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await house.hook(receiver)

    async def apart() -> bool:
        [row] = await house.app.db.webhooks.find().to_list()
        return not row["isProven"]

    async def turn() -> None:
        house.clock.advance(seconds=60)
        await house.crew.order()
        await house.run()

    assert await apart()
    await turn()
    assert not await apart()
    monkeypatch.setattr(lanes, "QUICK_SECONDS", 0.0)
    await turn()
    assert await apart()
    monkeypatch.setattr(lanes, "QUICK_SECONDS", 60.0)
    await turn()
    assert not await apart()
    receiver.answers = [500]
    await turn()
    assert await apart()
    await turn()
    assert not await apart()
    async with receiving() as elsewhere:
        await house.call("change", {"url": elsewhere.url}, webhookId=made["webhookId"])
        assert await apart()
        await turn()
        assert not await apart()
