"""Pushes as duties of an order's change: whatever goes wrong, the order is unharmed (rules 24.3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.memory.slots import Memory
from shared.services.support.audit import database
from shared.services.upkeep import sweeper
from shared.store import push_tokens
from tests.integration.pushes.house import House, with_pushes
from tests.integration.pushes.phones import Pushes, new_token


@pytest.fixture
async def house(app: App, pushes: Pushes) -> AsyncIterator[House]:
    made = await House.of(app, pushes)
    yield made
    await made.close()


async def test_a_new_order_is_pushed_once_however_many_see_to_it(house: House) -> None:
    tokens, screen = [await house.phone() for _ in range(2)], await house.screen()
    order_id = await house.order()
    house.clock.advance(seconds=6)
    others = [replace(house.app, memory=Memory()) for _ in range(3)]
    await asyncio.gather(*(sweeper.sweep(app) for app in others))
    await house.sweep()
    order = await house.app.db.orders.find_one({"_id": order_id})
    assert order is not None
    for token in tokens:
        [shown] = house.pushes.to(token)
        assert (shown["title"], shown["body"]) == ("New Order", f"Order #{order['orderCode']} received!")
        assert shown["data"]["orderCode"] == order["orderCode"] and shown["data"]["type"] == "created"
        # What opens the diner's page is told to no service.
        assert str(order_id) not in str(shown)
    [on_screen] = house.pushes.shown(screen)
    assert on_screen["shown"]["title"] == "New Order"
    for kind in ("push", "web_push"):
        duty = await house.duty(order_id, kind)
        assert duty is not None and duty["state"] == "sent"
        assert not any(token in str(duty) for token in tokens) and screen not in str(duty)


async def test_a_station_s_screen_is_told_of_what_it_has_something_of(house: House) -> None:
    bar, expo = await house.screen(stations=[str(house.world.bar_id)]), await house.screen()
    soup = await house.order("soup")
    await house.sweep()
    assert (len(house.pushes.shown(bar)), len(house.pushes.shown(expo))) == (0, 1)
    for dish in ("tea", "bread"):
        # No station has the bread, so all have it.
        await house.order(dish)
        await house.sweep()
    assert (len(house.pushes.shown(bar)), len(house.pushes.shown(expo))) == (2, 3)
    assert await house.state(soup, "web_push") == "sent"


async def test_nobody_who_wants_pushes_costs_no_duty(house: House) -> None:
    order_id = await house.order()
    await house.sweep()
    assert await house.duty(order_id) is None and await house.duty(order_id, "web_push") is None


async def test_only_those_who_work_at_the_location_now_are_told(house: House) -> None:
    here = await house.phone(await house.person(locations=[str(house.world.location_id)]))
    elsewhere = await house.phone(await house.person(locations=[str(ObjectId())]))
    left = await house.person()
    gone = await house.phone(left)
    await house.app.db.users.update_one({"userId": left}, {"$set": {"memberships": [], "restaurants": []}})
    await house.order()
    await house.sweep()
    assert [len(house.pushes.to(each)) for each in (here, elsewhere, gone)] == [1, 0, 0]


async def test_the_originals_tokens_are_still_told_and_the_dead_ones_taken_out(house: House) -> None:
    old, dead, web = new_token(), new_token(), new_token()
    kept = {"restaurantId": house.world.restaurant_id, "fcmAndroid": [old, "", "nothing", dead], "fcmWeb": [web, old]}
    await house.app.db.subscriptions.insert_one(dict(kept))
    house.pushes.tell(dead, "unregistered")
    await house.order()
    await house.sweep()
    assert [len(house.pushes.to(each)) for each in (old, dead, web)] == [1, 0, 1]
    row = await house.app.db.subscriptions.find_one({"restaurantId": house.world.restaurant_id})
    assert row is not None
    assert row["fcmAndroid"] == [old, "", "nothing"] and row["fcmWeb"] == [web, old]


async def test_it_is_in_the_staffs_language(house: House) -> None:
    token, screen = await house.phone(), await house.screen()
    await house.app.db.locations.update_one({"_id": house.world.location_id}, {"$set": {"staffLanguage": "es"}})
    await house.order()
    await house.sweep()
    assert house.pushes.to(token)[0]["title"] == "Pedido nuevo"
    assert house.pushes.shown(screen)[0]["shown"]["title"] == "Pedido nuevo"


async def test_dead_tokens_go_by_their_own_index_and_the_others_stay(house: House) -> None:
    good = [await house.phone() for _ in range(3)]
    dead = [await house.phone() for _ in range(3)]
    for token, state in zip(dead, ("unregistered", "mismatch", "invalid"), strict=True):
        house.pushes.tell(token, state)
    await house.order()
    await house.sweep()
    kept = [one.token for one in await push_tokens.of_restaurant(house.app.db, house.world.restaurant_id)]
    assert sorted(kept) == sorted(good)
    assert all(len(house.pushes.to(token)) == 1 for token in good)
    assert await house.attention() == []


async def test_a_screen_that_is_gone_or_revoked_gets_none(house: House) -> None:
    there, gone, revoked = [await house.screen() for _ in range(3)]
    house.pushes.leave(gone)
    row = await house.app.db.push_screens.find_one({"endpoint": {"$regex": revoked}})
    assert row is not None
    await house.app.db.devices.update_one({"_id": row["_id"]}, {"$set": {"revokedAt": house.clock.now()}})
    await house.order()
    await house.sweep()
    assert [len(house.pushes.shown(each)) for each in (there, gone, revoked)] == [1, 0, 0]
    assert house.pushes.screen_calls(revoked) == 0
    assert await house.app.db.push_screens.find_one({"endpoint": {"$regex": gone}}) is None


async def test_a_second_try_goes_only_to_those_who_have_it_not_yet(house: House) -> None:
    good, later = await house.phone(), await house.phone()
    house.pushes.breaks(later, mode="error", status=429, times=1)
    order_id = await house.order()
    await house.sweep()
    waiting = await house.duty(order_id)
    assert waiting is not None and waiting["state"] == "due"
    assert waiting["remaining"] == [push_tokens.token_id(later)]
    house.clock.advance(minutes=3)
    await house.sweep()
    assert (await house.state(order_id), house.pushes.calls(good), house.pushes.calls(later)) == ("sent", 1, 2)
    assert len(house.pushes.to(later)) == 1


@pytest.mark.parametrize(
    ("fault", "tries", "end", "arrived"),
    [
        ({"mode": "error", "status": 403}, 1, "given_up", 0),
        ({"mode": "error", "status": 500}, 3, "doubtful", 0),
        ({"mode": "drop_before"}, 3, "doubtful", 0),
        ({"mode": "drop_after"}, 3, "doubtful", 3),
        ({"mode": "error", "status": 500, "times": 2}, 3, "sent", 1),
        ({"mode": "error", "status": 429, "times": 1}, 2, "sent", 1),
        ({"mode": "error", "status": 503, "times": 2}, 3, "sent", 1),
    ],
)
@pytest.mark.parametrize("kind", ["push", "web_push"])
async def test_whatever_the_service_does_the_order_is_unharmed(
    house: House, kind: str, fault: dict[str, Any], tries: int, end: str, arrived: int
) -> None:
    where = await house.phone() if kind == "push" else await house.screen()
    (house.pushes.breaks if kind == "push" else house.pushes.screen_breaks)(where, **fault)
    order_id = await house.order()
    for _ in range(tries + 2):
        await house.sweep()
        house.clock.advance(minutes=3)
    order = await house.app.db.orders.find_one({"_id": order_id})
    assert order is not None and order["status"] == "ACCEPTED"
    shown = house.pushes.to(where) if kind == "push" else house.pushes.shown(where)
    calls = house.pushes.calls(where) if kind == "push" else house.pushes.screen_calls(where)
    assert (await house.state(order_id, kind), calls, len(shown)) == (end, tries, arrived)
    # A device shows one push with a tag, however often it came.
    assert len({(one.get("shown") or one["android"]["notification"])["tag"] for one in shown}) <= 1
    assert await house.attention() == ([1] if end != "sent" else [])
    assert (await database.audit(house.app.db, house.clock)).listed == []


async def test_an_order_that_nobody_answers_is_pushed_too_unless_somebody_was_faster(app: App, pushes: Pushes) -> None:
    house = await House.of(app, pushes, auto_accepts=False)
    token = await house.phone()
    waiting, answered = await house.order(), await house.order()
    await house.sweep()
    house.clock.advance(minutes=5)
    pushes.breaks(f"{token} Order waiting", mode="error", status=429)
    await house.sweep()
    await house.app.db.orders.update_one({"_id": answered}, {"$set": {"status": "ACCEPTED"}})
    pushes.mend()
    house.clock.advance(minutes=3)
    await house.sweep()
    codes = {row["_id"]: row["orderCode"] async for row in app.db.orders.find({})}
    told = [(one["title"], one["data"]["orderCode"]) for one in pushes.to(token)]
    assert sorted(told) == sorted(
        [("New Order", codes[waiting]), ("New Order", codes[answered]), ("Order waiting", codes[waiting])]
    )
    duties = [await house.duty(each, seq=2) for each in (waiting, answered)]
    assert [one and one["state"] for one in duties] == ["sent", "dropped"]
    await house.close()


async def test_where_nobody_listens_it_is_tried_for_an_hour(house: House) -> None:
    token = await house.phone()
    nowhere = replace(house, app=with_pushes(house.app, house.pushes.base, firebase_token_uri="http://127.0.0.1:9/t"))
    order_id = await nowhere.order()
    for _ in range(4):
        await nowhere.sweep()
    assert await house.state(order_id) == "due"
    house.clock.advance(minutes=61)
    await nowhere.sweep()
    assert await house.state(order_id) == "given_up" and await house.attention() == [1]
    assert house.pushes.calls(token) == 0
    await nowhere.close()
