"""The events of a restaurant: numbered once, in an order that holds, for whoever missed some (rules 21)."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from shared.store import order_events
from tests.integration.receivers import Receiver
from tests.integration.webhooks.house import House


async def test_whoever_missed_events_reads_them_page_by_page(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver, events=["order.cancelled"])
    assert (await house.events())[0] == []
    orders = []
    for _ in range(5):
        orders.append(await house.crew.order())
        house.clock.advance(seconds=1)
    await house.run()
    seen, after = await house.events(limit=2)
    while True:
        more, after = await house.events(after, limit=2)
        if not more:
            break
        seen += more
    assert [one["data"]["orderId"] for one in seen] == orders
    assert receiver.got == []
    assert await house.log(made) == []
    order_id = await house.crew.order()
    await house.run()
    [last], _ = await house.events(after)
    assert last["data"]["order"]["orderId"] == order_id
    status, refusal = await house.crew.call(
        "owner", "webhooks_events", query="after=nonsense", restaurantId=house.restaurant_id
    )
    assert (status, refusal["detail"][0]["field"]) == (400, "after")


async def test_the_same_events_are_sent_and_read(house: House, receiver: Receiver) -> None:
    await house.hook(receiver)
    await house.crew.order()
    await house.run()
    assert [call.json for call in receiver.got] == (await house.events())[0]


async def test_a_row_that_is_committed_late_comes_after_what_was_read(house: House, receiver: Receiver) -> None:
    """Its time is before that of rows which were read already, and it is not passed over."""
    await house.hook(receiver)
    here = {"restaurantId": house.restaurant_id, "locationId": house.crew.world.location_id}
    late = {"_id": ObjectId(), **here}
    written = order_events.row(late, 1, "created", {}, by="diner", at=house.clock.now())
    db = house.app.db
    async with db.client.start_session() as session, await session.start_transaction():
        await db.order_events.insert_one(written, session=session)
        house.clock.advance(seconds=30)
        order_id = await house.crew.order()
        await house.run()
        [first], after = await house.events()
        assert first["data"]["orderId"] == order_id
    await house.run()
    [second], _ = await house.events(after)
    assert second["data"]["orderId"] == str(late["_id"])
    assert second["at"] < first["at"]
    assert len(receiver.got) == 2


async def test_whoever_was_killed_before_the_rows_were_marked_makes_no_second_event(
    house: House, receiver: Receiver
) -> None:
    await house.hook(receiver)
    await house.crew.order()
    await house.run()
    await house.app.db.order_events.update_many({}, {"$unset": {"hookedAt": ""}})
    told = await house.run()
    assert (told.taken, told.sent) == (0, 0)
    assert await house.app.db.order_events.count_documents({"hookedAt": None}) == 0
    assert len(receiver.got) == 1


async def test_an_order_s_rows_stay_in_their_order_though_clocks_differ(house: House, receiver: Receiver) -> None:
    await house.hook(receiver)
    order_id = await house.crew.order()
    await house.crew.move("manager", order_id, "ACCEPTED")
    # Another host wrote the second one, and its clock is behind.
    later = house.clock.now() + timedelta(milliseconds=3)
    await house.app.db.order_events.update_one({"_id": f"{order_id}:1"}, {"$set": {"createdAt": later}})
    await house.run()
    assert receiver.events() == ["order.created", "order.accepted"]


async def test_without_webhooks_nothing_is_taken_and_the_first_one_begins_anew(
    house: House, receiver: Receiver
) -> None:
    await house.crew.order()
    assert (await house.run()).taken == 0
    house.clock.advance(seconds=1)
    made = await house.hook(receiver)
    assert (await house.run()).taken == 0
    await house.crew.order()
    assert (await house.run()).sent == 1
    _, after = await house.events()
    await house.call("delete", webhookId=made["webhookId"])
    await house.crew.order()
    assert (await house.run()).taken == 0
    house.clock.advance(seconds=1)
    # Numbers go on where they were: an old cursor holds.
    await house.hook(receiver)
    order_id = await house.crew.order()
    await house.run()
    assert [one["data"]["orderId"] for one in (await house.events(after))[0]] == [order_id]


async def test_placing_an_order_asks_nothing_about_webhooks(house: House, receiver: Receiver) -> None:
    """Neither placing nor telling screens costs a query more: the timer does it all."""
    await house.hook(receiver)
    order_id = await house.crew.order()
    await house.crew.move("manager", order_id, "ACCEPTED")
    for collection in ("webhook_events", "webhook_deliveries"):
        assert await house.app.db[collection].count_documents({}) == 0
    assert receiver.connections == 0
    assert all(row["publishedAt"] is not None for row in await house.crew.rows(order_id))
