"""What closes a location without a word: counted for whoever watches, and named by `orderbuddy doctor`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from bson import ObjectId

import functions.system.health  # noqa: F401 - it puts its routes into the table
from shared.app import App
from shared.clock import FixedClock
from shared.services.upkeep import locations
from shared.services.upkeep.doctor import AREAS
from shared.settings import Settings
from shared.store.mongo import indexes
from shared.web.routes import ROUTES
from tests.integration.cli import Ran, orderbuddy, orderbuddy_process
from tests.integration.local_saas.clients import StandIn
from tests.integration.till import opened
from tests.integration.world import DAYS, World
from tests.web_calls import NOWHERE, content, request

Change = dict[str, Any]
ALL_DAY = {"isOpen": True, "startTime": "00:00", "endTime": "23:59"}


def week(**change: Any) -> list[Change]:
    return [{"day": day, **ALL_DAY, **change} for day in DAYS]


@dataclass(frozen=True)
class Street:
    """Some locations of one restaurant, each in a world of its own."""

    app: App
    worlds: list[World] = field(default_factory=list)

    async def location(self, **change: Any) -> World:
        world = await World().build(self.app)
        if change:
            await self.app.db.locations.update_one({"_id": world.location_id}, {"$set": change})
        self.worlds.append(world)
        return world

    async def menu(self, **change: Any) -> World:
        world = await World().build(self.app)
        await self.app.db.menus.update_one({"_id": world.menu_id}, {"$set": change})
        return world


@pytest.fixture
def street(app: App) -> Street:
    return Street(app)


async def at_locations(app: App) -> Any:
    answer = content(await ROUTES.named("health_ready").handle(request(), app=app))
    return answer["locations"]


async def test_hours_that_cannot_be_read_are_counted_and_no_longer_when_they_are_mended(
    app: App, clock: FixedClock, street: Street
) -> None:
    await street.location()
    await street.location(timezone="America/New York", workingHours=week(startTime="9:00", endTime="24:00"))
    await street.location(workingHours=week(isOpen=False, startTime="never", endTime="never"))
    await street.location(isActive=False, timezone="Mars/Olympus")
    assert await at_locations(app) == {}
    nowhere = await street.location(timezone="Mars/Olympus", workingHours=week(startTime="nine"))
    half = await street.location(workingHours=[*week(), {"day": "Montag", **ALL_DAY}])
    assert await locations.look_at_hours(app) == 2
    assert await at_locations(app) == {"hours": 2}
    entry = await app.db.attention.find_one({"_id": f"hours:{nowhere.location_id}"})
    assert entry is not None
    assert entry == {
        "_id": f"hours:{nowhere.location_id}",
        "restaurantId": nowhere.restaurant_id,
        "locationId": nowhere.location_id,
        "kind": "hours",
        "reason": 'Its opening hours cannot be read. Its time zone "Mars/Olympus" is unknown. '
        '"monday" begins at "nine", which is no time of a day. '
        '"tuesday" begins at "nine", which is no time of a day.',
        "count": 8,
        "at": clock.now(),
    }
    clock.advance(minutes=10)
    mended = {"timezone": "America/New_York", "workingHours": week()}
    await app.db.locations.update_one({"_id": nowhere.location_id}, {"$set": mended})
    assert await locations.look_at_hours(app) == 1
    assert await at_locations(app) == {"hours": 1}
    ended = {row["_id"]: row.get("endedAt") for row in await app.db.attention.find().to_list(10)}
    assert ended == {f"hours:{nowhere.location_id}": clock.now(), f"hours:{half.location_id}": None}


async def test_the_reconcilers_timer_looks_at_all_hours_every_ten_minutes(
    app: App, clock: FixedClock, street: Street
) -> None:
    await street.location(timezone="Mars/Olympus")
    clock.moment = clock.moment.replace(minute=11)
    seen = []
    for _ in range(10):
        await locations.look_after(app)
        seen.append(await at_locations(app))
        clock.advance(minutes=1)
    assert seen == [{}] * 9 + [{"hours": 1}]


# The command


async def doctor(settings: Settings, *options: str, **environment: str) -> Ran:
    return await orderbuddy(settings, "doctor", *options, **environment)


def live(settings: Settings) -> dict[str, str]:
    """Without it, no screen hears of an order."""
    assert settings.web_pubsub_connection_string is not None
    return {"WEB_PUBSUB_CONNECTION_STRING": settings.web_pubsub_connection_string.get_secret_value()}


async def found(settings: Settings, code: int = 1, **environment: str) -> dict[str, Any]:
    """What it says, by area, as pairs of what and why."""
    ran = await doctor(settings, "--json", **live(settings) | environment)
    assert ran.code == code, ran
    told = json.loads(ran.out)
    assert told["good"] is (code == 0)
    return {
        area: rows if rows is None else [(row["subject"], row["sentence"]) for row in rows]
        for area, rows in told["areas"].items()
    }


async def test_doctor_finds_nothing_where_nothing_is_wrong(app: App, settings: Settings, street: Street) -> None:
    await street.location()
    assert await found(settings, 0) == {area: [] for area in AREAS}
    ran = await doctor(settings, **live(settings))
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "Nothing is wrong.")


async def test_doctor_says_nothing_of_settings_that_it_was_not_given(settings: Settings, street: Street) -> None:
    await street.location(payment={"acceptPayment": True, "oid": "m"})
    ran = await doctor(settings, "--json")
    told = json.loads(ran.out)["areas"]
    assert (ran.code, told["settings"], told["locations"]) == (0, None, [])


CLOSED = [
    ({"timezone": "Mars/Olympus"}, 'It never opens. Its time zone "Mars/Olympus" is unknown.'),
    ({"timezone": ""}, "It never opens. It has no time zone."),
    ({"orderTiming": {}}, "It never opens. Its order timing is missing."),
    ({"workingHours": []}, "It never opens. No day has hours in which orders are taken."),
    ({"workingHours": week(isOpen=False)}, "It never opens. No day has hours in which orders are taken."),
    (
        {
            "workingHours": week(endTime="01:00"),
            "orderTiming": {"acceptOrdersAfterMinutes": 45, "stopOrdersBeforeMinutes": 45},
        },
        "It never opens. No day has hours in which orders are taken.",
    ),
    (
        {"workingHours": [*week(), {"day": "Montag", **ALL_DAY}]},
        'Some of its opening hours cannot be read, and count as closed. "Montag" is no weekday.',
    ),
    (
        {"payment": {"acceptPayment": True, "oid": "m"}},
        "It takes payment with the order, and this deployment can take none.",
    ),
]


async def test_doctor_names_each_location_that_can_never_open(app: App, settings: Settings, street: Street) -> None:
    await street.location()
    await street.location(isActive=False, timezone="Mars/Olympus")
    expected = []
    for change, sentence in CLOSED:
        world = await street.location(**change)
        expected.append((f'location {world.location_id} "Old Town" of {world.restaurant_id}', sentence))
    told = await found(settings)
    assert sorted(told["locations"]) == sorted(expected)
    assert told["menus"] == []
    # A person reads the same, with the number in the end.
    ran = await doctor(settings, **live(settings))
    assert (ran.code, ran.out.splitlines()[-1]) == (1, f"{len(CLOSED)} things are wrong.")
    assert all(str(world.location_id) in ran.out for world in street.worlds[2:])


async def test_doctor_names_menus_nobody_can_order_from(app: App, settings: Settings, street: Street) -> None:
    await street.location()
    soup = World.dish("soup", 1000, ["kitchen"])
    wrong = [
        ({"salesTax": None}, "It has no tax rate from 0 to 100, so nothing of it has a price."),
        ({"salesTax": 800}, "It has no tax rate from 0 to 100, so nothing of it has a price."),
        ({"items": [{**soup, "isAvailable": False}]}, "None of its dishes is available."),
        ({"items": []}, "None of its dishes is available."),
        (
            {"schedule": {"from": "soon"}},
            "Its times cannot be read, so it counts as not served: schedule.from.",
        ),
        ({"locationId": ObjectId()}, "Its location is not there."),
        ({"restaurantId": "another"}, "Its location is not there."),
    ]
    expected = []
    for change, sentence in wrong:
        world = await street.menu(**change)
        of = change.get("restaurantId", world.restaurant_id)
        expected.append((f'menu {world.menu_id} "Menu" of {of}', sentence))
    # Switched off on purpose.
    await street.menu(available=False, salesTax=None)
    closed = await street.menu(items=[])
    await app.db.locations.update_one({"_id": closed.location_id}, {"$set": {"isActive": False}})
    told = await found(settings)
    assert sorted(told["menus"]) == sorted(expected)
    assert told["locations"] == []


async def test_doctor_names_locations_where_many_payments_are_declined(
    app: App, clock: FixedClock, settings: Settings, street: Street
) -> None:
    world = await street.location()
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
    entry = {"_id": "declines:x", **here, "kind": "declines", "reason": "Many.", "count": 30, "at": clock.now()}
    await app.db.attention.insert_one(entry)
    when = f"{clock.now():%Y-%m-%d %H:%M} UTC."
    subject = f"location {world.location_id} of {world.restaurant_id}"
    assert (await found(settings))["locations"] == [(subject, f"Many. 30 in ten minutes, lately at {when}")]


@pytest.fixture
async def paying(settings: Settings, gateway: StandIn) -> AsyncIterator[dict[str, str]]:
    """The environment of a deployment that takes payment, with one location that does and one that cannot."""
    async with opened(settings, gateway) as till:
        broken = await World(takes_payment=True).build(till.app)
        await till.app.db.locations.update_one({"_id": broken.location_id}, {"$unset": {"payment.auth": ""}})
        given = till.app.settings
        assert given.sealing_keys and given.token_hash_key
        yield {
            "EMERGEPAY_ENVIRONMENT_URL": str(given.emergepay_environment_url),
            "SEALING_KEYS": given.sealing_keys.get_secret_value(),
            "TOKEN_HASH_KEY": given.token_hash_key.get_secret_value(),
            "BROKEN": str(broken.location_id),
        }


async def test_doctor_names_merchants_and_settings_that_payment_lacks(
    settings: Settings, paying: dict[str, str]
) -> None:
    broken = paying.pop("BROKEN")
    [(subject, sentence)] = (await found(settings, **paying))["locations"]
    assert broken in subject
    assert sentence == "It takes payment with the order, and its merchant's credentials cannot be read."
    without = await found(settings, **paying | {"SEALING_KEYS": ""})
    assert without["settings"] == [("SEALING_KEYS", "It is not set, and no payment is taken without it.")]
    assert {sentence for _, sentence in without["locations"]} == {
        "It takes payment with the order, and this deployment can take none."
    }
    halves = await found(settings, **paying | {"SENDGRID_API_KEY": "SG.key"})
    assert halves["settings"] == [("FROM_EMAIL", "It is not set, and no mail is sent without it.")]
    halves = await found(settings, **paying | {"FIREBASE_PROJECT_ID": "p", "VAPID_SUBJECT": "mailto:a@example.com"})
    assert halves["settings"] == [
        ("FIREBASE_CLIENT_EMAIL", "It is not set, and no phone gets pushes without it."),
        ("VAPID_PUBLIC_KEY", "It is not set, and no kitchen screen gets pushes without it."),
    ]


async def test_doctor_names_campaigns_that_give_nothing(app: App, settings: Settings) -> None:
    def row(kind: str, on: bool = True, **reward: int) -> dict[str, object]:
        return {
            "originId": ObjectId(),
            "restaurantId": "r",
            "type": kind,
            "reward": reward,
            "isActive": on,
            "name": kind,
        }

    rows = [
        row("bogo", flatOffCents=300),
        row("free_item"),
        row("free_item", on=False),
        row("percent"),
        row("percent", percentOff=10),
        row("percent", flatOffCents=300),
        row("flat", flatOffCents=300),
    ]
    await app.db.campaigns.insert_many(rows)
    told = (await found(settings))["campaigns"]
    assert [subject.split('"')[1] for subject, _ in told] == ["bogo", "free_item", "percent"]


async def test_doctor_names_settings_that_are_wrong_and_looks_no_further(settings: Settings) -> None:
    told = await found(settings, PROXY_HOPS="many", SEALING_KEYS="a-secret-that-is-no-key")
    assert sorted(name for name, _ in told["settings"]) == ["PROXY_HOPS", "SEALING_KEYS"]
    assert "a-secret" not in json.dumps(told)
    assert [told[area] for area in AREAS[1:]] == [None] * (len(AREAS) - 1)


async def test_doctor_says_that_the_database_is_away(settings: Settings) -> None:
    ran = await orderbuddy_process(None, "doctor", "--json", MONGODB_URI=NOWHERE, **live(settings))
    told = json.loads(ran.out)["areas"]
    assert (ran.code, told["settings"], told["locations"]) == (1, [], None)
    [row] = told["database"]
    assert row["subject"] == "MongoDB"
    missing = await orderbuddy_process(None, "doctor")
    assert missing.code == 1
    assert "MONGODB_URI" in missing.out and "It is not set." in missing.out


async def test_doctor_names_indexes_that_are_missing(app: App, settings: Settings, street: Street) -> None:
    await street.location()
    needed = next(index for index in indexes.INDEXES if index.needed)
    other = next(index for index in indexes.INDEXES if not index.needed and not index.expires)
    for index in (needed, other):
        await app.db[index.collection].drop_index(index.title)
    told = (await found(settings))["indexes"]
    assert [name for name, _ in told] == [f"{index.collection}.{index.title}" for index in (needed, other)]
    assert "A guarantee rests on it" in told[0][1]
    assert "A guarantee rests on it" not in told[1][1]


async def test_a_name_that_steers_a_terminal_is_spelled_out(app: App, settings: Settings, street: Street) -> None:
    await street.location(name="Old \x1b[2J Town", timezone="Mars\x1b]0;x\x07")
    ran = await doctor(settings, **live(settings))
    assert "\x1b[2J" not in ran.out and "\x1b]" not in ran.out
    assert ran.code == 1
