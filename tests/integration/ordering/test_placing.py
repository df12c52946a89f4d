"""Orders that are placed at the same moment: they share a transaction, and none of them pays for another's trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pymongo
import pytest
from bson import ObjectId
from pymongo.monitoring import CommandStartedEvent

from shared.app import App
from shared.domain.checkout_states import AT_REST
from shared.errors import Problem
from shared.integrations.engine import NoEngine
from shared.memory.slots import Memory
from shared.services.ordering import previewing, steps
from shared.services.ordering.claiming import Asker, claim
from shared.services.paying.charging import take_payment
from shared.services.support import attention
from shared.services.telling import outbox
from shared.settings import Settings
from shared.store.mongo.client import connect
from tests.integration.explained import Captured
from tests.integration.till import Till
from tests.integration.world import World, line_id
from tests.patience import PATIENCE_SECONDS


async def claimed(app: App, world: World, many: int) -> list[ObjectId]:
    """Checkouts that wait to be placed."""
    keys = []
    for _ in range(many):
        made = await previewing.preview(app, world.request("soup", "tea"), request_id="r")
        keys.append(ObjectId(made.preview_order_id))
        await claim(app, keys[-1], Asker("r"))
    return keys


async def place_at_once(app: App, keys: Sequence[ObjectId]) -> list[Any]:
    """What came of placing all of them, each by a driver of its own."""
    return await asyncio.gather(*(steps.place_order(app, key) for key in keys), return_exceptions=True)


async def states(app: App, keys: Sequence[ObjectId]) -> list[str]:
    found = {row["_id"]: row["state"] async for row in app.db.checkouts.find({"_id": {"$in": list(keys)}})}
    return [found[key] for key in keys]


async def assert_placed_once_and_told(app: App, keys: Sequence[ObjectId]) -> None:
    """Each is an order with its two rows, which reached the location and both stations."""
    assert await states(app, keys) == ["placed"] * len(keys)
    orders = {row["_id"]: row async for row in app.db.orders.find({"_id": {"$in": list(keys)}})}
    assert set(orders) == set(keys)
    assert len({order["orderCode"] for order in orders.values()}) == len(keys)
    for key in keys:
        # What a busy machine was too slow for is the sweeper's; where all was told, this tells nothing.
        assert await outbox.publish(app, key)
        rows = await app.db.order_events.find({"orderId": key}).sort("seq", 1).to_list()
        assert [(row["seq"], row["type"]) for row in rows] == [(1, "created"), (2, "accepted")]
        assert all(len(row["sentTo"]) == 4 and row["publishedAt"] is not None for row in rows)
        gone, kept = [await app.db[name].find_one({"_id": key}) for name in ("checkouts", "orders_preview")]
        assert gone is not None and kept is not None
        assert (gone["purgeAt"] - kept["purgeAt"]).days == 1


async def test_orders_that_come_at_once_share_what_they_read_and_the_transaction(
    app: App, settings: Settings, world: World
) -> None:
    keys = await claimed(app, world, 40)
    captured = Captured()
    watched = replace(app, db=connect(settings, event_listeners=[captured]), memory=Memory())
    assert await place_at_once(watched, keys) == [AT_REST] * 40
    commands = captured.take()
    await watched.db.client.close()
    await assert_placed_once_and_told(app, keys)
    names = [next(iter(command)) for command in commands]
    # Three groups of 16 at most, where each for itself would take 40.
    assert (names.count("commitTransaction"), names.count("aggregate")) == (3, 3)
    assert sum(command.get("update") == "order_events" for command in commands) < 20


async def test_one_that_cannot_be_placed_says_so_and_the_others_are_placed(app: App, world: World) -> None:
    keys = await claimed(app, world, 6)
    homeless, already, *good = keys
    # A claim of before the kitchen was kept, whose location is gone.
    change = {"$unset": {"claim.kitchen": ""}, "$set": {"locationId": ObjectId()}}
    await app.db.checkouts.update_one({"_id": homeless}, change)
    assert await steps.place_order(app, already) == AT_REST
    first, *rest = await place_at_once(app, keys)
    assert isinstance(first, Problem) and rest == [AT_REST] * 5
    await assert_placed_once_and_told(app, [already, *good])
    assert await states(app, [homeless]) == ["claimed"]


class Rival(Captured):
    """Moves a checkout at the moment when a group that holds it is about to be written."""

    def __init__(self, uri: str, db_name: str, key: ObjectId) -> None:
        super().__init__()
        self._client = pymongo.MongoClient[dict[str, Any]](uri)
        self._checkouts = self._client[db_name].checkouts
        self._key = key

    def started(self, event: CommandStartedEvent) -> None:
        super().started(event)
        if event.command_name == "update" and event.command["update"] == "checkouts":
            self._checkouts.update_one(
                {"_id": self._key, "state": "claimed"}, {"$set": {"state": "abandoned"}, "$inc": {"version": 1}}
            )

    def close(self) -> None:
        self._client.close()


async def test_one_that_moves_as_they_are_placed_is_left_out_and_the_others_stay_together(
    app: App, settings: Settings, world: World, mongo_uri: str
) -> None:
    moved, *others = keys = await claimed(app, world, 16)
    rival = Rival(mongo_uri, settings.db_name, moved)
    watched = replace(app, db=connect(settings, event_listeners=[rival]))
    assert await place_at_once(watched, keys) == [AT_REST] * 16
    names = [next(iter(command)) for command in rival.take()]
    await watched.db.client.close()
    rival.close()
    await assert_placed_once_and_told(app, others)
    assert (await states(app, [moved]), await app.db.orders.count_documents({"_id": moved})) == (["abandoned"], 0)
    assert names.count("commitTransaction") == 1


async def test_orders_that_come_through_requests_share_a_transaction_though_each_has_an_app_of_its_own(
    app: App, settings: Settings, world: World
) -> None:
    keys = await claimed(app, world, 17)
    captured = Captured()
    watched = replace(app, db=connect(settings, event_listeners=[captured]))
    # A request puts its durable client into the App. With the engine down it places the order itself.
    apps = [replace(watched, engine=NoEngine()) for _ in keys]
    assert await asyncio.gather(*map(steps.place_order, apps, keys)) == [AT_REST] * 17
    names = [next(iter(command)) for command in captured.take()]
    await watched.db.client.close()
    await assert_placed_once_and_told(app, keys)
    assert names.count("commitTransaction") == 2


async def test_a_claim_whose_preview_is_lost_ends_and_the_diner_can_order_the_same_cart_again(
    app: App, world: World
) -> None:
    lines = [line_id(), line_id()]
    cart = world.request("soup", "tea", lines=lines)
    lost = ObjectId((await previewing.preview(app, cart, request_id="r")).preview_order_id)
    await claim(app, lost, Asker("r"))
    others = await claimed(app, world, 3)
    # Acknowledged by a primary that was being deposed, and gone with it.
    await app.db.orders_preview.delete_one({"_id": lost})
    assert await place_at_once(app, [lost, *others]) == [AT_REST] * 4
    await assert_placed_once_and_told(app, others)
    ended = await app.db.checkouts.find_one({"_id": lost})
    assert ended is not None
    assert (ended["state"], ended["decision"]["by"], ended["decision"]["reason"]) == (
        "abandoned",
        "system",
        "preview lost",
    )
    again = ObjectId((await previewing.preview(app, cart, request_id="r")).preview_order_id)
    assert again != lost
    await claim(app, again, Asker("r"))
    assert await steps.place_order(app, again) == AT_REST
    await assert_placed_once_and_told(app, [again])


async def test_an_order_that_is_there_outlives_its_preview(app: App, world: World) -> None:
    [key] = await claimed(app, world, 1)
    assert await steps.place_order(app, key) == AT_REST
    # As after a restore of some collections only.
    await app.db.checkouts.update_one({"_id": key}, {"$set": {"state": "claimed"}})
    await app.db.orders_preview.delete_one({"_id": key})
    assert await steps.place_order(app, key) == AT_REST
    assert await states(app, [key]) == ["placed"]


async def test_a_paid_claim_whose_preview_is_lost_is_a_persons_at_once(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await take_payment(till.app, key)
    await till.app.db.orders_preview.delete_one({"_id": key})
    assert await steps.place_order(till.app, key) == AT_REST
    assert (await till.states(key), (await till.checkout(key))["state"]) == (["approved"], "claimed")
    found = await attention.needing(till.app.db, till.clock)
    assert [(one.preview_id, one.needs_attention) for one in found.payments] == [
        (key, "is approved, and the preview of its order is lost")
    ]
    assert await attention.count(till.app.db, till.clock.now()) == 1


async def test_one_whose_order_is_there_already_is_settled_among_the_others(app: App, world: World) -> None:
    keys = await claimed(app, world, 4)
    assert await steps.place_order(app, keys[1]) == AT_REST
    # As after a restore of some collections only.
    back = {"state": "claimed", "claim": {"kind": "none", "attempt": 0, "requestId": "r", "at": app.clock.now()}}
    await app.db.checkouts.update_one({"_id": keys[1]}, {"$set": back})
    assert await place_at_once(app, keys) == [AT_REST] * 4
    await assert_placed_once_and_told(app, keys)


@asynccontextmanager
async def held(app: App, key: ObjectId) -> AsyncIterator[None]:
    """A client that was killed in the middle of a transaction holds this checkout."""
    async with app.db.client.start_session() as killed:
        await killed.start_transaction()
        await app.db.checkouts.update_one({"_id": key}, {"$inc": {"version": 0, "wakes": 1}}, session=killed)
        yield
        await killed.abort_transaction()


async def test_one_that_a_dead_client_holds_makes_nobody_else_wait(app: App, world: World) -> None:
    keys = await claimed(app, world, 5)
    async with held(app, keys[2]):
        stuck = asyncio.create_task(steps.place_order(app, keys[2]))
        async with asyncio.timeout(PATIENCE_SECONDS):
            free = [*keys[:2], *keys[3:]]
            assert await place_at_once(app, free) == [AT_REST] * 4
            late = await claimed(app, world, 1)
            assert await place_at_once(app, late) == [AT_REST]
        assert not stuck.done()
    assert await stuck == AT_REST
    await assert_placed_once_and_told(app, [*keys, *late])


async def test_paid_and_unpaid_orders_are_placed_together(till: Till) -> None:
    app = till.app
    paid = [await till.preview() for _ in range(3)]
    for key in paid:
        await till.claim(key, till.token())
        assert (await take_payment(app, key)).step == "place_order"
    at_counter = await till.preview()
    await claim(app, at_counter, Asker("r", at_counter=True))
    assert await place_at_once(app, [*paid, at_counter]) == [AT_REST] * 4
    assert [await till.states(key) for key in paid] == [["ordered"]] * 3
    assert await states(app, [*paid, at_counter]) == ["placed"] * 4
    assert await till.differences() == []


@pytest.mark.parametrize("drivers", [2, 20])
async def test_many_drivers_of_several_checkouts_place_each_once(app: App, world: World, drivers: int) -> None:
    keys = await claimed(app, world, 5)
    assert await place_at_once(app, keys * drivers) == [AT_REST] * 5 * drivers
    await assert_placed_once_and_told(app, keys)
    assert await app.db.order_events.count_documents({}) == 10


async def test_an_order_is_routed_as_its_location_was_when_it_was_claimed(app: App, world: World) -> None:
    as_claimed, older = await claimed(app, world, 2)
    await app.db.checkouts.update_one({"_id": older}, {"$unset": {"claim.kitchen": ""}})
    await app.db.stations.delete_one({"_id": world.bar_id})
    await app.db.locations.update_one({"_id": world.location_id}, {"$set": {"autoAcceptOrder": False}})
    following = await place_at_once(app, [as_claimed, older])
    assert [one.step for one in following] == [None, "see_answered"]
    found = {row["_id"]: row async for row in app.db.orders.find({"_id": {"$in": [as_claimed, older]}})}
    both = [str(world.bar_id), str(world.kitchen_id)]
    assert sorted(route["stationId"] for route in found[as_claimed]["routing"]) == sorted(both)
    assert (found[as_claimed]["status"], found[as_claimed]["unrouted"]) == ("ACCEPTED", [])
    # A claim of before this was kept: the tea has no station any more, so the kitchen sees it in its lane.
    assert [route["stationId"] for route in found[older]["routing"]] == [str(world.kitchen_id)]
    assert (found[older]["status"], len(found[older]["unrouted"])) == ("CREATED", 1)


async def test_a_claimed_order_is_placed_though_its_location_is_gone(app: App, world: World) -> None:
    keys = await claimed(app, world, 1)
    await app.db.locations.delete_one({"_id": world.location_id})
    assert await place_at_once(app, keys) == [AT_REST]
    assert await states(app, keys) == ["placed"]
