"""Wanting pushes: tokens are a person's, screens' browsers a device's, and both end with them (rules 24.3)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.api.examples import pushes as examples
from shared.api.pushes import SubscribeScreen
from shared.app import App
from shared.clock import FixedClock
from shared.services.staff import leaving
from shared.store import push_screens, push_tokens
from tests.integration.core import Core
from tests.integration.people.house import Headers, House
from tests.integration.people.test_devices import paired

BROWSER = examples.EXAMPLES[SubscribeScreen]["tablet"]


@pytest.fixture
async def house(app: App, core: Core) -> House:
    return await House.opened(app, core)


async def subscribe(house: House, who: Headers, token: str, **wanted: Any) -> tuple[int, Any]:
    body = {"restaurantId": house.restaurant_id, "token": token, "platform": "android", **wanted}
    return await house.call("pushes_subscribe", who, body)


async def tokens(house: House) -> set[tuple[str, str]]:
    return {(one.user_id, one.token) for one in await push_tokens.of_restaurant(house.app.db, house.restaurant_id)}


async def test_it_has_its_old_shape_and_again_changes_nothing(house: House) -> None:
    ann = await house.person("ann", "kitchen", [str(house.world.location_id)])
    for _ in range(2):
        assert await subscribe(house, ann, "ann:1") == (201, {"message": "Subscribed successfully!"})
    assert await tokens(house) == {("ann", "ann:1")}


async def test_nobody_subscribes_to_a_restaurant_of_others(house: House) -> None:
    eve = await house.stranger("eve")
    assert (await subscribe(house, {}, "eve:1"))[0] == 401
    assert (await subscribe(house, eve, "eve:1"))[0] == 403
    assert await tokens(house) == set()


@pytest.mark.parametrize("token", ["", "no colon", "two\nlines:1", ":", "a:" + "x" * 2000, {"$ne": ""}])
async def test_what_can_be_no_token_is_refused(house: House, token: Any) -> None:
    ann = await house.person("ann", "kitchen")
    assert await subscribe(house, ann, token) == (400, "INVALID_REQUEST")


async def test_a_token_is_whose_who_asked_last(house: House) -> None:
    ann, bob = await house.person("ann", "kitchen"), await house.person("bob", "kitchen")
    await subscribe(house, ann, "shared:1")
    await subscribe(house, bob, "shared:1")
    assert await tokens(house) == {("bob", "shared:1")}
    _, answer = await house.call("pushes_unsubscribe", ann, {"token": "shared:1"})
    assert answer["data"] is False and await tokens(house) == {("bob", "shared:1")}
    _, answer = await house.call("pushes_unsubscribe", bob, {"token": "shared:1"})
    assert answer["data"] is True and await tokens(house) == set()


async def test_a_person_has_ten_and_the_oldest_makes_room(house: House, clock: FixedClock) -> None:
    ann, bob = await house.person("ann", "kitchen"), await house.person("bob", "kitchen")
    await subscribe(house, bob, "bob:1")
    for number in range(12):
        clock.advance(seconds=1)
        await subscribe(house, ann, f"ann:{number}")
    assert await tokens(house) == {("bob", "bob:1"), *(("ann", f"ann:{number}") for number in range(2, 12))}


async def test_what_the_original_kept_of_a_phone_goes_once_it_is_a_persons(house: House) -> None:
    old = {"restaurantId": house.restaurant_id, "fcmAndroid": ["ann:1", "who:1"], "fcmWeb": ["ann:1"]}
    await house.app.db.subscriptions.insert_one(dict(old))
    ann = await house.person("ann", "kitchen")
    await subscribe(house, ann, "ann:1")
    assert await push_tokens.old_of_restaurant(house.app.db, house.restaurant_id) == ["who:1"]
    await house.call("pushes_unsubscribe", ann, {"token": "who:1"})
    assert await push_tokens.old_of_restaurant(house.app.db, house.restaurant_id) == []


async def test_whoever_is_removed_or_leaves_gets_none_any_more(house: House) -> None:
    olga = await house.person("olga", "owner")
    ann, bob = await house.person("ann", "kitchen"), await house.person("bob", "kitchen")
    for name, who in (("olga", olga), ("ann", ann), ("bob", bob)):
        await subscribe(house, who, f"{name}:1")
    assert (await house.people("remove", olga, personId="ann"))[0] == 200
    assert await tokens(house) == {("olga", "olga:1"), ("bob", "bob:1")}
    assert (await house.call("people_delete_user", bob, {"userId": "bob"}))[0] == 200
    assert await tokens(house) == {("olga", "olga:1")}
    assert await house.app.db.push_tokens.find_one({"userId": {"$in": ["ann", "bob"]}}) is None
    assert await leaving.finish(house.app) == 0


async def test_a_screen_stores_its_browser_and_takes_it_back(house: House) -> None:
    manager = await house.person("max", "manager")
    key, device = await paired(house, manager)
    assert await house.call("pushes_of_screen", device) == (200, {"data": {"publicKey": None, "endpoint": None}})
    assert await house.call("pushes_subscribe_screen", device, BROWSER) == (200, {"data": True})
    _, shown = await house.call("pushes_of_screen", device)
    assert shown["data"]["endpoint"] == BROWSER["endpoint"]
    [stored] = await push_screens.of_location(house.app.db, house.restaurant_id, house.world.location_id)
    assert (str(stored.id), stored.p256dh) == (key, BROWSER["keys"]["p256dh"])
    await house.call("pushes_unsubscribe_screen", device)
    assert await push_screens.of_location(house.app.db, house.restaurant_id, house.world.location_id) == []


async def test_a_browser_is_one_screens_only_and_ends_with_it(house: House) -> None:
    manager = await house.person("max", "manager")
    _, first = await paired(house, manager)
    key, second = await paired(house, manager)
    for device in (first, second):
        await house.call("pushes_subscribe_screen", device, BROWSER)
    [stored] = await push_screens.of_location(house.app.db, house.restaurant_id, house.world.location_id)
    assert str(stored.id) == key
    assert (await house.call("devices_revoke", manager, deviceId=key, **house.here))[0] == 200
    assert await push_screens.of_location(house.app.db, house.restaurant_id, house.world.location_id) == []


@pytest.mark.parametrize(
    "endpoint",
    ["http://push.example/x", "https://10.0.0.1/x", "https://u:p@push.example/x", "x"],
)
async def test_an_address_inside_is_refused(house: House, endpoint: str) -> None:
    _, device = await paired(house, await house.person("max", "manager"))
    status, answer = await house.call("pushes_subscribe_screen", device, {**BROWSER, "endpoint": endpoint})
    assert (status, answer) == (400, "INVALID_REQUEST")


async def test_only_a_screen_subscribes_a_screen(house: House) -> None:
    ann = await house.person("ann", "owner")
    for who in ({}, ann):
        assert (await house.call("pushes_subscribe_screen", who, BROWSER))[0] in (401, 403)
    assert await house.app.db.push_screens.find_one({}) is None
