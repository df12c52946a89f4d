"""A location's settings, as the manager app reads and saves them and as owners change them (contract 20, 45, 46)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from shared.api.ordering import CounterOrder
from shared.app import App
from shared.domain.roles import Person
from shared.errors import Problem
from shared.memory.slots import Memory
from shared.services.menu import reading
from shared.services.ordering import at_counter, previewing, unpaid
from tests.fixtures import zod
from tests.integration.crew import Crew
from tests.integration.world import World

SEVEN = ("workingHours", "timezone", "orderTiming", "alertNumbers", "address", "autoAcceptOrder", "contact")
"""What the manager app sends at each save."""

DAY_OF_ONE = ("day", "isOpen", "startTime", "endTime")
"""What it knows of a day."""


@pytest.fixture
async def crew(app: App, world: World) -> Crew:
    return await Crew.of(app, world)


async def read(crew: Crew, who: str = "manager") -> dict[str, Any]:
    status, answer = await crew.call(who, "location_settings_read", **crew.here)
    assert status == 200
    assert zod.SETTINGS(answer, "settings") == []
    return dict(answer["data"])


async def save(crew: Crew, who: str = "manager", **change: Any) -> tuple[int, Any]:
    return await crew.call(who, "location_settings_change", change, **crew.here)


def as_the_app(settings: dict[str, Any]) -> dict[str, Any]:
    """The seven settings as the manager app sends them back: a day with one period, and no address."""
    hours = [{name: day[name] for name in DAY_OF_ONE} for day in settings["workingHours"]]
    return {name: settings[name] for name in SEVEN} | {"workingHours": hours, "address": ""}


async def stored(crew: Crew) -> dict[str, Any]:
    found = await crew.app.db.locations.find_one({"_id": crew.world.location_id})
    assert found is not None
    return dict(found)


async def refused(crew: Crew, **change: Any) -> str:
    """The field that is refused; nothing of the body is stored then."""
    before = await stored(crew)
    status, answer = await save(crew, **change)
    assert (status, answer["code"]) == (400, "INVALID_REQUEST"), answer
    assert await stored(crew) == before
    return str(answer["detail"][0]["field"])


async def test_each_role_reads_what_it_may(crew: Crew) -> None:
    told = {"contact": {"email": "a@b.example"}, "alertNumbers": [{"_id": ObjectId(), "phoneNumber": "5550100200"}]}
    await crew.app.db.locations.update_one({"_id": crew.world.location_id}, {"$set": told})
    for who, in_full in (("kitchen", False), ("service", False), ("manager", True), ("owner", True)):
        settings = await read(crew, who)
        assert bool(settings["contact"]["email"]) is in_full
        assert bool(settings["alertNumbers"]) is in_full
        assert not {"oid", "auth", "payment"} & settings.keys()
    assert (await crew.call("expo", "location_settings_read", **crew.here))[0] == 403
    for who in ("kitchen", "service"):
        assert (await save(crew, who, autoAcceptOrder=False))[0] == 403


async def test_the_app_saves_all_seven_as_it_read_them_and_nothing_changes(crew: Crew) -> None:
    odd = {
        "timezone": "Mars/Olympus",
        "workingHours": [
            {"day": "Montag", "isOpen": True, "startTime": "nine", "endTime": None},
            {"day": "tuesday", "isOpen": True, "startTime": "11:00", "endTime": "14:00", "note": "kept"},
        ],
        "orderTiming": {"acceptOrdersAfterMinutes": 99999},
        "alertNumbers": [{"phoneNumber": "call me"}],
        "contact": {"email": "no address", "fax": "kept"},
        "address": "1 Main Street",
    }
    await crew.app.db.locations.update_one({"_id": crew.world.location_id}, {"$set": odd})
    before, sent = await stored(crew), as_the_app(await read(crew))
    status, answer = await save(crew, **sent)
    assert status == 200
    assert zod.SETTINGS(answer, "settings") == []
    assert await stored(crew) == before
    assert await crew.app.db.trail.count_documents({}) == 0
    # One day more is changed, and the odd rows beside it pass and stay.
    sent["workingHours"].append({"day": "wednesday", "isOpen": True, "startTime": "9:00 AM", "endTime": "24:00"})
    assert (await save(crew, **sent))[0] == 200
    after = await stored(crew)
    wednesday = {"day": "wednesday", "isOpen": True, "startTime": "09:00", "endTime": "00:00"}
    assert after["workingHours"] == [*odd["workingHours"], wednesday]  # type: ignore[misc]
    assert {name: after[name] for name in odd if name != "workingHours"} == {
        name: odd[name] for name in odd if name != "workingHours"
    }
    assert after["version"] == 1


async def test_what_cannot_be_read_is_refused_by_its_field(crew: Crew) -> None:
    day = {"day": "monday", "isOpen": True, "startTime": "09:00", "endTime": "17:00"}
    assert await refused(crew, timezone="Mars/Olympus") == "timezone"
    assert await refused(crew, timezone="") == "timezone"
    assert await refused(crew, workingHours=[day, day | {"day": "Montag"}]) == "workingHours.1.day"
    assert await refused(crew, workingHours=[day | {"startTime": "25:00"}]) == "workingHours.0.startTime"
    assert await refused(crew, workingHours=[day | {"endTime": None}]) == "workingHours.0.endTime"
    twice = [{"startTime": "09:00", "endTime": "10:00"}, {"startTime": "11:00", "endTime": "12.60"}]
    assert await refused(crew, workingHours=[day | {"periods": twice}]) == "workingHours.0.periods.1.endTime"
    assert await refused(crew, workingHours=[day | {"periods": []}]) == "workingHours.0.periods"
    assert await refused(crew, workingHours=[day | {"lunch": True}]) == "workingHours.0.lunch"
    assert await refused(crew, workingHours=[day | {"isOpen": "yes"}]) == "workingHours.0.isOpen"
    for minutes in (-1, 1441):
        assert (
            await refused(crew, orderTiming={"stopOrdersBeforeMinutes": minutes})
            == "orderTiming.stopOrdersBeforeMinutes"
        )
    for number in ("12345", "call me", "+1 23", "0044 20 7946 0018 ext 4"):
        assert await refused(crew, alertNumbers=[{"phoneNumber": number}]) == "alertNumbers.0.phoneNumber"
    assert await refused(crew, alertNumbers=[{"phoneNumber": "5550100200"}] * 21) == "alertNumbers"
    for email in ("a", "a@b", "a b@c.example", "a@b.example, c@d.example"):
        assert await refused(crew, contact={"email": email}) == "contact.email"
    assert await refused(crew, contact={"phone": "1"}) == "contact.phone"
    assert await refused(crew, address="x" * 301) == "address"
    assert await refused(crew, autoAcceptOrder="true") == "autoAcceptOrder"
    assert await refused(crew, clear=["name"]) == "clear.0"
    assert await refused(crew, address="2 Main Street", clear=["address"]) == "clear"


async def test_only_listed_fields_are_written_and_the_ids_are_those_of_the_path(crew: Crew) -> None:
    for field in ("_id", "payment", "isActive", "version", "printers", "name", "specialDays", "pausedUntil"):
        assert await refused(crew, **{field: "x"}) == field
    assert await refused(crew, restaurantId="another") == "restaurantId"
    assert await refused(crew, locationId=str(ObjectId())) == "locationId"
    assert await refused(crew, **crew.here | {"locationId": str(ObjectId())}, autoAcceptOrder=False) == "locationId"
    status, answer = await save(crew, **crew.here, autoAcceptOrder=False)
    assert (status, answer["data"]["autoAcceptOrder"]) == (200, False)
    found = await stored(crew)
    assert "locationId" not in found
    assert found["restaurantId"] == crew.world.restaurant_id


async def test_phones_are_kept_in_one_spelling_and_each_has_an_id(crew: Crew) -> None:
    sent = [{"phoneNumber": "5550100200"}, {"phoneNumber": "+1 (312) 555-0143"}, {"phoneNumber": "+44 20 7946 0018"}]
    status, answer = await save(crew, alertNumbers=sent)
    numbers = answer["data"]["alertNumbers"]
    assert status == 200
    assert [one["phoneNumber"] for one in numbers] == ["5550100200", "3125550143", "+442079460018"]
    kept = await stored(crew)
    assert all(isinstance(one["_id"], ObjectId) for one in kept["alertNumbers"])
    again = [
        numbers[2],
        numbers[0] | {"phoneNumber": "5550100299"},
        {"_id": str(ObjectId()), "phoneNumber": "5550100201"},
    ]
    changed = (await save(crew, alertNumbers=again))[1]["data"]["alertNumbers"]
    assert [one["_id"] for one in changed[:2]] == [numbers[2]["_id"], numbers[0]["_id"]]
    assert changed[2]["_id"] not in {again[2]["_id"], *(one["_id"] for one in numbers)}
    row = await crew.app.db.trail.find_one({"seq": 2})
    assert row is not None
    assert (row["action"], "5550100299" in str(row), "5550100200" in str(row)) == (
        "location.settings_changed",
        False,
        False,
    )


async def test_an_empty_address_says_nothing_and_clear_takes_it_away(crew: Crew) -> None:
    told = {
        "address": "1 Main Street",
        "contact": {"email": "a@b.example"},
        "alertNumbers": [{"phoneNumber": "5550100200"}],
    }
    assert (await save(crew, **told))[0] == 200
    assert (await save(crew, **as_the_app(await read(crew))))[0] == 200
    assert (await read(crew))["address"] == "1 Main Street"
    assert (await save(crew, address="", clear=["address"]))[1]["data"]["address"] == ""
    settings = await read(crew)
    assert (settings["contact"], len(settings["alertNumbers"])) == ({"email": "a@b.example"}, 1)
    cleared = (await save(crew, clear=["contact.email", "alertNumbers"]))[1]["data"]
    assert (cleared["contact"], cleared["alertNumbers"]) == ({"email": ""}, [])


async def test_the_half_of_the_timing_that_is_not_sent_stays(crew: Crew) -> None:
    timing = {"acceptOrdersAfterMinutes": 15, "stopOrdersBeforeMinutes": 30}
    assert (await save(crew, orderTiming=timing))[1]["data"]["orderTiming"] == timing
    after = (await save(crew, orderTiming={"stopOrdersBeforeMinutes": 20.0}))[1]["data"]["orderTiming"]
    assert after == timing | {"stopOrdersBeforeMinutes": 20}
    assert (await save(crew, orderTiming={}))[1]["data"]["orderTiming"] == after
    await crew.app.db.locations.update_one({"_id": crew.world.location_id}, {"$set": {"orderTiming": None}})
    assert (await read(crew))["orderTiming"] == {}
    assert (await save(crew, orderTiming={"acceptOrdersAfterMinutes": 0}))[1]["data"]["orderTiming"] == {
        "acceptOrdersAfterMinutes": 0
    }


async def test_a_day_with_two_periods_survives_an_app_that_knows_one(crew: Crew) -> None:
    lunch, dinner = {"startTime": "11:00", "endTime": "14:00"}, {"startTime": "17:00", "endTime": "22:00"}
    day = {"day": "monday", "isOpen": True, "periods": [lunch, dinner]}
    shown = (await save(crew, workingHours=[day]))[1]["data"]["workingHours"]
    assert shown == [{"day": "monday", "isOpen": True, **lunch, "periods": [lunch, dinner]}]
    sent = as_the_app(await read(crew))
    assert (await save(crew, **sent | {"autoAcceptOrder": False}))[1]["data"]["workingHours"] == shown
    # It is switched off and on again there.
    for is_open in (False, True):
        off = [sent["workingHours"][0] | {"isOpen": is_open}]
        now = (await save(crew, workingHours=off))[1]["data"]["workingHours"]
        assert now == [shown[0] | {"isOpen": is_open}]
    # There it gets other times: then these are all.
    later = [sent["workingHours"][0] | {"endTime": "15:00"}]
    now = (await save(crew, workingHours=later))[1]["data"]["workingHours"]
    assert now == [later[0] | {"periods": [lunch | {"endTime": "15:00"}]}]
    assert "periods" not in (await stored(crew))["workingHours"][0]


async def test_what_a_location_is_is_the_managers_to_say(crew: Crew) -> None:
    route = "location_settings_change_details"
    body = {
        "name": "Harbour",
        "locationSlug": "harbour",
        "isMobile": True,
        "supportedLanguages": ["pt", "en", "pt"],
        "staffLanguage": "es",
        "businessDayStartsAt": "4:00",
    }
    assert (await crew.call("service", route, body, **crew.here))[0] == 403
    status, answer = await crew.call("manager", route, body, **crew.here)
    kept = body | {"supportedLanguages": ["en", "pt"], "businessDayStartsAt": "04:00"}
    assert (status, {name: answer["data"][name] for name in body}) == (200, kept)
    await crew.app.db.locations.insert_one(
        {"_id": ObjectId(), "restaurantId": crew.world.restaurant_id, "locationSlug": "pier"}
    )
    wrong: dict[str, Any] = {
        "name": " ",
        "locationSlug": "Old Town",
        "supportedLanguages": ["es"],
        "staffLanguage": "de",
        "businessDayStartsAt": "12:01",
        "isMobile": None,
        "timezone": "UTC",
    }
    for field, value in wrong.items():
        status, answer = await crew.call("manager", route, {field: value}, **crew.here)
        expected = (200, None) if field == "isMobile" else (400, field)
        assert (status, answer["detail"][0]["field"] if status == 400 else None) == expected
    for slug, expected in (("pier", 400), ("harbour", 200)):
        assert (await crew.call("manager", route, {"locationSlug": slug}, **crew.here))[0] == expected


async def test_an_owner_closes_a_location_and_open_orders_go_on(crew: Crew) -> None:
    order_id = await crew.order("soup")
    route = "location_settings_change_activity"
    assert (await crew.call("manager", route, {"isActive": False}, **crew.here))[0] == 403
    assert (await crew.call("owner", route, {"isActive": False}, **crew.here))[1]["data"]["isActive"] is False

    async def orderable() -> bool:
        app = replace(crew.app, memory=Memory())
        made = await previewing.preview(app, crew.world.request("tea"), request_id="r")
        ids = {"restaurant_id": crew.world.restaurant_id, "location_id": str(crew.world.location_id)}
        shown = await reading.location(app, **ids)
        assert made.is_open is shown.is_open
        try:
            await unpaid.place_without_payment(app, made.preview_order_id, request_id="r")
        except Problem as problem:
            assert problem.code.code == "LOCATION_CLOSED"
            with pytest.raises(Problem):
                tea = CounterOrder.model_validate(crew.world.cart("tea"))
                await at_counter.order(app, tea, Person("u-waiter"), request_id="r")
            return False
        return made.is_open

    assert not await orderable()
    for status in ("READY_FOR_PICKUP", "PICKED_UP"):
        assert (await crew.move("kitchen", order_id, status))[0] == 200
    assert (await crew.call("owner", route, {"isActive": True}, **crew.here))[0] == 200
    assert await orderable()


async def test_a_location_takes_payment_only_with_a_merchant(crew: Crew) -> None:
    route = "location_settings_change_payment"
    on = {"acceptPayment": True, "emergepayWalletsPublicId": "wallet-1"}
    assert (await crew.call("manager", route, on, **crew.here))[0] == 403
    places = crew.app.db.locations
    for payment in (None, {}, {"oid": "m", "auth": ""}, {"oid": "m", "auth": "sealed:v1:k9:AAAA"}):
        await places.update_one({"_id": crew.world.location_id}, {"$set": {"payment": payment}})
        status, answer = await crew.call("owner", route, on, **crew.here)
        assert (status, answer["code"]) == (409, "NO_MERCHANT"), payment
        assert (await crew.call("owner", route, {"acceptPayment": False}, **crew.here))[0] == 200
    credentials = {"oid": "m", "auth": "test-key"}
    await places.update_one({"_id": crew.world.location_id}, {"$set": {"payment": credentials}})
    status, answer = await crew.call("owner", route, on, **crew.here)
    assert (status, answer["data"]["acceptPayment"], "test-key" in str(answer)) == (200, True, False)
    assert (await stored(crew))["payment"] == {**credentials, **on}
    row = await crew.app.db.trail.find_one({"action": "location.payment_changed"}, sort=[("seq", -1)])
    assert row is not None
    assert "test-key" not in str(row)
    assert (await crew.call("owner", route, {"acceptPayment": False}, **crew.here))[1]["data"]["acceptPayment"] is False
    await places.update_one({"_id": crew.world.location_id}, {"$set": {"payment": None}})
    assert (await crew.call("owner", route, {"emergepayWalletsPublicId": "w"}, **crew.here))[0] == 200
    assert (await stored(crew))["payment"] == {"emergepayWalletsPublicId": "w"}


async def test_a_location_is_made_with_what_is_said_and_takes_no_payment(crew: Crew) -> None:
    route, here = "restaurant_create_location", {"restaurantId": crew.world.restaurant_id}
    usual = (await crew.call("owner", route, **here))[1]["data"]
    assert (usual["name"], usual["acceptPayment"], usual["isActive"]) == ("Main Location", False, True)
    body = {"name": "Pier", "locationSlug": "pier", "timezone": "america/los_angeles", "address": "2 Pier"}
    status, answer = await crew.call("owner", route, {**body, "businessDayStartsAt": "05:00"}, **here)
    assert status == 201
    found = await crew.app.db.locations.find_one({"_id": ObjectId(answer["data"]["_id"])})
    assert found is not None
    assert {name: found[name] for name in body} == body | {"timezone": "America/Los_Angeles"}
    assert (found["payment"], found["businessDayStartsAt"]) == ({"acceptPayment": False}, "05:00")
    for field, value in {"timezone": "Mars", "locationSlug": "pier", "acceptPayment": True, "name": ""}.items():
        status, answer = await crew.call("owner", route, {field: value}, **here)
        assert (status, answer["detail"][0]["field"]) == (400, field)


async def test_a_restaurants_addresses_are_addresses_of_the_web(crew: Crew) -> None:
    route = "restaurant_change_details"
    await crew.app.db.restaurants.update_one({"_id": crew.world.restaurant_id}, {"$set": {"website": "nonna dot com"}})
    for field in ("website", "logo"):
        for value in (
            "nonna.example",
            "javascript:alert(1)",
            "https://",
            "https://a:b@c.example",
            "https://a b.example",
        ):
            status, answer = await crew.call("manager", route, {field: value}, **crew.here)
            assert (status, answer["detail"][0]["field"]) == (400, field), value
    good = {"website": "nonna dot com", "logo": "https://cdn.example/logo.png", "tagline": "Like at home"}
    assert (await crew.call("manager", route, good, **crew.here))[0] == 200
    assert (await crew.call("manager", route, {"website": "", "logo": ""}, **crew.here))[0] == 200
    found = await crew.app.db.restaurants.find_one({"_id": crew.world.restaurant_id})
    assert found is not None
    assert (found["website"], found["logo"], found["tagline"]) == ("", "", "Like at home")


async def test_the_counter_reads_the_menus_of_its_location_and_what_can_be_ordered(crew: Crew) -> None:
    menu_id = str(crew.world.menu_id)
    status, answer = await crew.call("kitchen", "pos_menus", **crew.here)
    assert (status, [one["_id"] for one in answer["data"]]) == (200, [menu_id])
    assert zod.MENUS(answer, "menus") == []
    status, answer = await crew.call("service", "pos_menu", **crew.here, menuId=menu_id)
    assert (status, [one["id"] for one in answer["data"]["items"]]) == (200, ["soup", "tea", "bread"])
    assert zod.MENU(answer, "menu") == []
    other = await World().build(crew.app)
    status, answer = await crew.call("service", "pos_menu", **crew.here, menuId=str(other.menu_id))
    assert (status, answer["message"]) == (404, "Invalid menu")
