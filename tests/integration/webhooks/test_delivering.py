"""What happens in a restaurant arrives at its own systems: each event once or more, and never not (rules 21)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

from shared.services.webhooks import lanes, nudging
from tests.integration.receivers import Receiver, receiving
from tests.integration.webhooks.house import House, Mortal


async def test_an_order_s_way_arrives_in_its_order_signed_and_whole(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    order_id = await house.crew.order("soup", "tea")
    for to in ("ACCEPTED", "READY_FOR_PICKUP", "PICKED_UP"):
        assert (await house.crew.move("manager", order_id, to))[0] == 200
    told = await house.run()
    assert (told.taken, told.sent, told.failed) == (4, 4, 0)
    assert receiver.events() == ["order.created", "order.accepted", "order.ready", "order.picked_up"]
    assert [call.json["data"]["seq"] for call in receiver.got] == [1, 2, 3, 4]
    assert all(call.signed_by(made["secret"]) for call in receiver.got)
    assert not any(call.signed_by("whsec_other") for call in receiver.got)
    first = receiver.got[0]
    body = first.json
    assert first.headers["orderbuddy-event-id"] == body["id"]
    assert re.fullmatch(r"ev_[0-9a-f]{32}", body["id"])
    assert (body["restaurantId"], body["locationId"]) == tuple(house.crew.here.values())
    order = body["data"]["order"]
    assert (body["data"]["orderId"], order["orderId"], order["seq"]) == (order_id, order_id, 4)
    assert order["customer"] == {"name": "Ann", "phone": "5550100200"}
    assert [item["name"] for item in order["items"]] == ["Soup", "Tea"]
    assert (order["totalPriceCents"], order["paid"]) == (1650, False)
    assert "paymentId" not in order
    assert (await house.run()).sent == 0
    assert (await house.stored(made))["lastSuccessAt"] is not None


async def test_a_webhook_hears_what_it_asked_for(house: House, receiver: Receiver) -> None:
    await house.hook(receiver, events=["order.cancelled", "menu.changed"])
    order_id = await house.crew.order()
    assert (await house.crew.move("manager", order_id, "CANCELLED"))[0] == 200
    world = house.crew.world
    where = {"menuId": str(world.menu_id), "itemId": "tea"}
    status, _ = await house.crew.call(
        "manager", "restaurant_menus_item_availability", {"isAvailable": False}, **house.crew.here, **where
    )
    assert status == 200
    await house.run()
    assert sorted(receiver.events()) == ["menu.changed", "order.cancelled"]
    by_type = {call.json["type"]: call.json for call in receiver.got}
    assert by_type["order.cancelled"]["data"]["reason"] == "why"
    assert by_type["menu.changed"]["data"] == {"action": "menu_item.availability", "menuId": None, "itemId": "tea"}
    assert by_type["menu.changed"]["locationId"] == str(world.location_id)


async def test_a_webhook_of_one_location_hears_nothing_of_another(house: House, receiver: Receiver) -> None:
    elsewhere = {"_id": "other", "restaurantId": house.restaurant_id, "name": "Other"}
    await house.app.db.locations.insert_one(elsewhere)
    await house.hook(receiver, locationIds=["other"])
    await house.crew.order()
    assert (await house.run()).taken == 1
    assert receiver.got == []
    status, answer = await house.refused("create", {"url": receiver.url, "locationIds": ["other", "foreign"]})
    assert (status, [row["field"] for row in answer["detail"]]) == (400, ["locationIds.1"])


async def test_what_fails_is_tried_again_under_the_same_id(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    receiver.answers = [503, "cut"]
    await house.crew.order()
    await house.run()
    [tried] = await house.log(made)
    assert (tried["state"], tried["status"], tried["tries"], tried["error"]) == ("due", 503, 1, "answered 503")
    assert (await house.stored(made))["failures"] == 1
    # Nobody knocks again before the time.
    house.clock.advance(seconds=4)
    assert (await house.run()).failed == 0
    house.clock.advance(seconds=1)
    assert (await house.run()).failed == 1
    house.clock.advance(seconds=10)
    assert (await house.run()).sent == 1
    assert len({call.headers["orderbuddy-event-id"] for call in receiver.got}) == 1
    assert len({call.headers["orderbuddy-signature"] for call in receiver.got}) == 3
    [arrived] = await house.log(made)
    assert (arrived["state"], arrived["tries"], arrived["status"], arrived["answer"]) == ("done", 3, 200, "ok")
    now = await house.stored(made)
    assert (now["failures"], now["failingSince"]) == (0, None)


async def test_a_dead_address_costs_one_try_and_holds_up_no_other(house: House, receiver: Receiver) -> None:
    async with receiving() as dead:
        dead.always = 500
        await house.hook(dead)
        await house.hook(receiver)
        for _ in range(5):
            await house.crew.order()
        told = await house.run()
        assert (told.taken, told.sent, told.failed) == (5, 5, 1)
        assert (len(receiver.got), len(dead.got)) == (5, 1)
        # Once it works, all that waited is sent.
        dead.always = 200
        house.clock.advance(seconds=5)
        await house.run()
        assert len(dead.got) == 6
        assert dead.events() == ["order.created"] * 6


async def test_an_event_that_a_receiver_cannot_take_holds_up_none_behind_it(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)

    def poison() -> None:
        if receiver.got[-1].json["type"] == "order.accepted":
            receiver.answers = [500]

    receiver.on_call = poison
    order_id = await house.crew.order()
    for to in ("ACCEPTED", "READY_FOR_PICKUP", "PICKED_UP"):
        await house.crew.move("manager", order_id, to)
    for _ in range(4):
        await house.run()
        house.clock.advance(seconds=5)
    assert set(receiver.events()) == {"order.created", "order.accepted", "order.ready", "order.picked_up"}
    states = {row["type"]: row["state"] for row in await house.log(made)}
    assert states.pop("order.accepted") == "due"
    assert set(states.values()) == {"done"}


async def test_an_address_that_fails_for_three_days_is_paused_and_a_person_is_told(
    house: House, receiver: Receiver
) -> None:
    made = await house.hook(receiver)
    receiver.always = 500
    await house.crew.order()
    for _ in range(100):
        await house.run()
        house.clock.advance(hours=1)
    tried = len(receiver.got)
    assert tried < 40
    stored = await house.stored(made)
    assert (stored["isActive"], stored["pausedAt"] is not None) == (False, True)
    [row] = await house.log(made)
    assert row["state"] == "failed"
    _, listed = await house.crew.call("manager", "attention_listed", **house.crew.here)
    [entry] = [one for one in listed["data"] if one["kind"] == "webhook"]
    assert entry["targetId"] == made["webhookId"]
    [left] = await house.app.db.trail.find({"action": "webhook.paused"}).to_list()
    assert left["actor"]["kind"] == "system"
    # Events go on, for whoever asks.
    await house.crew.order()
    await house.run()
    assert len(receiver.got) == tried
    assert len((await house.events())[0]) == 2
    # Switched on again, it hears what happens from then on.
    receiver.always = 200
    await house.call("change", {"isActive": True}, webhookId=made["webhookId"])
    _, listed = await house.crew.call("manager", "attention_listed", **house.crew.here)
    assert [one for one in listed["data"] if one["kind"] == "webhook"] == []
    await house.crew.order()
    assert (await house.run()).sent == 1
    assert (await house.stored(made))["pausedAt"] is None


async def test_a_process_that_is_killed_while_it_sends_loses_nothing(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    await house.crew.order()
    for ends, arrived in (("before", 0), ("after", 1)):
        mortal = Mortal(house.app.hooks, ends)
        await lanes.run(replace(house.app, hooks=mortal))
        assert len(mortal.calls) == 1
        assert len(receiver.got) == arrived
        # Its lease and its claim are still there: nobody else sends meanwhile.
        assert (await house.run()).sent == 0
        house.clock.advance(seconds=91)
    assert (await house.run()).sent == 1
    assert len({call.json["id"] for call in receiver.got}) == 1
    [row] = await house.log(made)
    assert (row["state"], row["tries"]) == ("done", 3)


async def test_several_processes_send_each_event_once(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)
    orders = [await house.crew.order() for _ in range(12)]
    await asyncio.gather(*(house.run() for _ in range(4)))
    await house.run()
    assert sorted(call.json["data"]["orderId"] for call in receiver.got) == sorted(orders)
    assert len(await house.log(made)) == 12
    numbers = [row["seq"] async for row in house.app.db.webhook_events.find().sort("seq", 1)]
    assert numbers == list(range(1, 13))


async def test_an_address_that_stalls_holds_up_no_screen(house: House, receiver: Receiver) -> None:
    await house.hook(receiver)
    receiver.always = "stall"
    await house.crew.order()
    sending = asyncio.create_task(house.run())
    await receiver.came.wait()
    # While the receiver holds the call, orders go their way, and screens hear of it.
    order_id = await house.crew.order()
    assert (await house.crew.move("manager", order_id, "ACCEPTED"))[0] == 200
    assert not sending.done()
    assert all(row["publishedAt"] is not None for row in await house.crew.rows(order_id))
    receiver.over.set()
    await sending


async def test_an_answer_that_echoes_the_secret_is_kept_without_it(house: House, receiver: Receiver) -> None:
    made = await house.hook(receiver)

    def echo() -> None:
        said = f"{made['secret']} {receiver.got[-1].headers['orderbuddy-signature']} \x1b[2J".encode()
        said += b"x" * 3000
        receiver.answers = [b"HTTP/1.1 400 No\r\ncontent-length: %d\r\n\r\n" % len(said) + said]

    receiver.on_call = echo
    await house.crew.order()
    await house.run()
    [row] = await house.log(made)
    assert row["answer"].startswith("*** t=")
    assert len(row["answer"]) == 1024
    assert "\x1b" not in row["answer"]
    assert "v1=***" in row["answer"]


async def test_what_is_kept_is_forgotten_after_thirty_days(house: House, receiver: Receiver) -> None:
    await house.hook(receiver)
    await house.crew.order()
    await house.run()
    for collection in ("webhook_events", "webhook_deliveries"):
        [row] = await house.app.db[collection].find().to_list()
        assert row["purgeAt"] == house.clock.now() + timedelta(days=30)


async def test_where_the_timer_runs_nobody_waits_for_it(house: House, receiver: Receiver) -> None:
    """Screens are told first; a receiver that stalls keeps neither them nor whoever placed the order waiting."""
    await house.hook(receiver)
    await house.crew.order()
    await house.run()
    receiver.came.clear()
    receiver.got.clear()
    nudging.begin(house.app)
    receiver.always = "stall"
    order_id = await house.crew.order()
    await receiver.came.wait()
    working = dict(house.app.memory[nudging.NUDGES].running)
    assert list(working) == [house.restaurant_id]
    assert (await house.crew.move("manager", order_id, "ACCEPTED"))[0] == 200
    assert all(row["publishedAt"] is not None for row in await house.crew.rows(order_id))
    assert len(receiver.got) == 1
    receiver.always = 200
    receiver.over.set()
    await working[house.restaurant_id]
    # The call that was held broke; what came meanwhile was sent all the same, or waits for its turn.
    house.clock.advance(seconds=10)
    await house.run()
    assert set(receiver.events()) == {"order.created", "order.accepted"}
    assert house.app.memory[nudging.NUDGES].running == {}
