"""Screens that are no persons: paired once by a code, their tokens rolled, revoked (rules 11)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.memory.kept import Kept
from shared.memory.slots import Memory
from shared.services.staff import signing_in
from tests.integration.core import Core
from tests.integration.people.house import Headers, House

GONE = (404, "DEVICE_CODE_NOT_FOUND")


@pytest.fixture
async def house(app: App, core: Core) -> House:
    return await House.opened(app, core)


@pytest.fixture
async def manager(house: House) -> Headers:
    return await house.person("max", "manager", [str(house.world.location_id)])


async def make(house: House, who: Headers, **wanted: Any) -> tuple[int, Any]:
    body = {**house.here, "name": "Grill", "role": "kitchen", "stationIds": [str(house.world.kitchen_id)], **wanted}
    status, answer = await house.call("devices_make", who, body)
    return status, answer if status >= 400 else answer["data"]


async def claim(house: House, code: str, address: str = "203.0.113.7", app: App | None = None) -> tuple[int, Any]:
    body = {"code": code, "model": "Tablet 10", "appVersion": "1.4.0"}
    status, answer = await house.call("devices_claim", {"x-forwarded-for": address}, body, app=app)
    return status, answer if status >= 400 else answer["data"]


async def paired(house: House, who: Headers, **wanted: Any) -> tuple[str, Headers]:
    """A device's id, and what it shows."""
    status, made = await make(house, who, **wanted)
    assert status == 201, made
    status, answer = await claim(house, made["code"])
    assert status == 200, answer
    return made["deviceId"], shown(answer["token"])


def shown(token: str) -> Headers:
    return {"authorization": f"Device {token}"}


async def roll(house: House, device: Headers, **body: str) -> tuple[int, Any]:
    status, answer = await house.call("devices_roll", device, body or None)
    return status, answer if status >= 400 else answer["data"]["token"]


async def listed(house: House, who: Headers) -> list[dict[str, Any]]:
    status, answer = await house.call("devices_of_location", who, **house.here)
    assert status == 200
    rows: list[dict[str, Any]] = answer["data"]
    return rows


async def test_a_screen_is_paired_by_its_code_once(house: House, manager: Headers) -> None:
    status, made = await make(house, manager)
    assert status == 201
    code = made["code"]
    assert len(code) == 8 and made["qr"].endswith(f"#device={code}")
    assert [(one["name"], one["pairedAt"]) for one in await listed(house, manager)] == [("Grill", None)]
    typed = f" {code[:4].lower()}-{code[4:].lower()} "
    ends = await asyncio.gather(*(claim(house, typed) for _ in range(3)))
    (answer,) = [answer for status, answer in ends if status == 200]
    assert sorted(status for status, _ in ends) == [200, 404, 404]
    assert {name: answer[name] for name in ("restaurantId", "locationId")} == house.here
    assert (answer["role"], answer["stationIds"]) == ("kitchen", [str(house.world.kitchen_id)])
    assert await claim(house, code) == GONE
    stored = str(await house.app.db.devices.find_one())
    assert code not in stored and answer["token"] not in stored
    (row,) = await listed(house, manager)
    assert (row["model"], row["appVersion"], row["pairedAt"]) == ("Tablet 10", "1.4.0", row["seenAt"])
    assert (await roll(house, shown(answer["token"])))[0] == 200
    assert await house.trail() == ["device.made", "device.paired"]


async def test_the_link_of_a_code_leads_to_the_kitchen_display_where_its_address_is_known(
    house: House, manager: Headers
) -> None:
    _, made = await make(house, manager)
    assert made["qr"] == f"http://127.0.0.1:7080/#device={made['code']}"
    known = house.app.settings.model_copy(update={"kitchen_endpoint": "https://pages.example/kitchen"})
    there = replace(house, app=replace(house.app, settings=known))
    _, made = await make(there, manager)
    assert made["qr"] == f"https://pages.example/kitchen/#device={made['code']}"


async def test_a_code_holds_for_ten_minutes(house: House, manager: Headers, clock: FixedClock) -> None:
    _, made = await make(house, manager)
    clock.advance(minutes=10)
    assert await claim(house, made["code"]) == GONE


async def test_a_code_dies_with_its_maker_s_right(house: House, manager: Headers) -> None:
    owner = await house.person("olga", "owner")
    codes = [(await make(house, manager))[1]["code"] for _ in range(2)]
    assert (await house.people("change", owner, {"role": "service"}, personId="max"))[0] == 200
    assert await claim(house, codes[0]) == GONE
    assert (await house.people("change", owner, {"role": "owner", "locationIds": None}, personId="max"))[0] == 200
    assert (await claim(house, codes[1]))[0] == 200


async def test_few_codes_are_tried_from_one_address(house: House, manager: Headers, clock: FixedClock) -> None:
    clock.moment = clock.moment.replace(second=0)
    _, made = await make(house, manager)
    for _ in range(10):
        assert await claim(house, "34679CDF") == GONE
    assert await claim(house, made["code"]) == (429, "TOO_MANY_REQUESTS")
    # All together may try a thousand times a minute: so much that nobody keeps others from pairing theirs.
    others = replace(house.app, memory=Memory())
    await house.app.db.request_counters.update_many({"_id": {"$regex": "^claims:"}}, {"$inc": {"n": 990}})
    assert await claim(house, made["code"], "203.0.113.8", app=others) == (429, "TOO_MANY_REQUESTS")
    clock.advance(minutes=1)
    assert (await claim(house, made["code"]))[0] == 200


async def test_stations_of_another_location_are_named_whether_they_exist_or_not(house: House, manager: Headers) -> None:
    other = await House.opened(house.app, house.core)
    for foreign in (str(other.world.kitchen_id), str(ObjectId()), "nowhere"):
        for role in ("kitchen", "expo"):
            wrong = await make(house, manager, role=role, stationIds=[str(house.world.bar_id), foreign])
            assert wrong == (400, "INVALID_REQUEST")
    assert await make(house, manager, stationIds=[]) == (400, "INVALID_REQUEST")
    assert (await make(house, manager, role="expo", stationIds=[]))[0] == 201


async def test_a_lost_answer_to_a_roll_locks_no_screen_out(house: House, manager: Headers) -> None:
    _, device = await paired(house, manager)
    _, lost = await roll(house, device)
    # The screen never heard it, goes on with what it has, and asks again.
    status, token = await roll(house, device, appVersion="1.5.0")
    assert status == 200 and token != lost
    assert await roll(house, shown(lost)) == (401, "UNAUTHENTICATED")
    assert (await listed(house, manager))[0]["appVersion"] == "1.5.0"
    # With its first use the next one is the only one.
    status, after = await roll(house, shown(token))
    assert status == 200
    assert await roll(house, device) == (401, "UNAUTHENTICATED")
    assert (await roll(house, shown(after)))[0] == 200


async def test_a_token_that_was_replaced_ends_within_five_seconds_in_other_processes(
    house: House, manager: Headers
) -> None:
    _, device = await paired(house, manager)
    seconds = [0.0]
    elsewhere = replace(house.app, memory=Memory())
    elsewhere.memory._made[signing_in.DEVICES] = Kept(signing_in.FRESH_SECONDS, most=9, clock=lambda: seconds[0])
    board = {"stationId": str(house.world.kitchen_id), **house.here}

    async def status() -> int:
        return (await house.call("stations_open_orders", device, app=elsewhere, **board))[0]

    known = await status()
    assert known != 401
    _, token = await roll(house, device)
    await roll(house, shown(token))
    assert await status() == known
    seconds[0] = 5.0
    assert await status() == 401


async def test_a_revoked_screen_may_nothing(house: House, manager: Headers, clock: FixedClock) -> None:
    device_id, device = await paired(house, manager)
    clock.advance(minutes=5)
    assert (await roll(house, device))[0] == 200
    (row,) = await listed(house, manager)
    assert row["seenAt"] > row["pairedAt"]
    other = await House.opened(house.app, house.core)
    stranger = await other.person("nora", "manager")
    foreign = await house.call("devices_revoke", stranger, **other.here, deviceId=device_id)
    assert foreign == await house.call("devices_revoke", stranger, **other.here, deviceId="nothing")
    assert foreign == (404, "DEVICE_NOT_FOUND")
    assert await house.call("devices_revoke", manager, **house.here, deviceId=device_id) == (200, {"data": True})
    assert await roll(house, device) == (401, "UNAUTHENTICATED")
    assert await listed(house, manager) == []
    assert (await house.trail())[-1] == "device.revoked"


async def test_a_person_is_no_screen_and_a_screen_pairs_none(house: House, manager: Headers) -> None:
    assert (await roll(house, manager))[0] == 403
    _, device = await paired(house, manager)
    assert await make(house, device) == (403, "FORBIDDEN")
    cook = await house.person("carl", "service")
    assert await make(house, cook) == (403, "FORBIDDEN")


async def test_two_hundred_screens_are_enough(house: House, manager: Headers) -> None:
    place = {"restaurantId": house.restaurant_id, "locationId": house.world.location_id}
    await house.app.db.devices.insert_many([{"_id": f"{house.restaurant_id}.{n}", **place} for n in range(199)])
    assert (await make(house, manager))[0] == 201
    assert await make(house, manager) == (409, "TOO_MANY_DEVICES")
