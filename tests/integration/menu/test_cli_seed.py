"""`orderbuddy db indexes` and `orderbuddy seed demo`, run as a person runs them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId

from cli.demo import documents, places
from shared.documents.menu import Menu
from shared.documents.places import Location
from shared.domain import opening_hours
from shared.settings import Settings
from shared.store import menus as stored_menus
from shared.store import places as stored_places
from shared.store.mongo import indexes
from shared.store.mongo.client import Database, connect
from tests.integration.cli import orderbuddy, orderbuddy_process


@pytest.fixture
def plain_settings(mongo_uri: str, db_name: str) -> Settings:
    return Settings.model_validate({"app_env": "local", "mongodb_uri": mongo_uri, "db_name": db_name})


@pytest.fixture
async def db(plain_settings: Settings) -> AsyncIterator[Database]:
    database = connect(plain_settings)
    yield database
    await database.client.close()


async def everything(db: Database) -> dict[str, list[dict[str, Any]]]:
    names = sorted(await db.list_collection_names())
    return {name: await db[name].find().sort("_id", 1).to_list() for name in names}


async def test_indexes_are_made_once(plain_settings: Settings, db: Database) -> None:
    first = await orderbuddy(plain_settings, "db", "indexes")
    assert first.code == 0, first
    assert f"{len(indexes.INDEXES)} created, 0 kept." in first.out
    assert await indexes.missing(db) == []
    again = await orderbuddy(plain_settings, "db", "indexes")
    assert again.out == f"0 created, {len(indexes.INDEXES)} kept.\n"


async def test_seeding_twice_changes_nothing_and_touches_nobody_else(plain_settings: Settings, db: Database) -> None:
    other = {"_id": "nonna", "name": "Nonna"}
    await db.restaurants.insert_one(other)
    await db.orders.insert_one({"restaurantId": places.LARKSPUR.id, "status": "ACCEPTED"})
    first = await orderbuddy_process(plain_settings, "seed", "demo", "--json")
    assert first.code == 0, first
    before = await everything(db)
    again = await orderbuddy(plain_settings, "seed", "demo")
    assert again.code == 0
    assert all("0 created, 0 changed" in line for line in again.out.splitlines())
    assert await everything(db) == before
    assert await db.restaurants.find_one({"_id": "nonna"}) == other
    assert await db.orders.count_documents({}) == 1


async def test_the_ids_it_prints_are_those_in_the_database(plain_settings: Settings, db: Database) -> None:
    told = json.loads((await orderbuddy(plain_settings, "seed", "demo", "--json")).out)
    people = {"owner", "manager", "service", "kitchen", "stranger"}
    assert set(told) == {"open", "payment", "campaign"} | people
    for name in ("open", "payment", "campaign"):
        ids = told[name]
        restaurant_id, location_id = ids["restaurantId"], ObjectId(ids["locationId"])
        assert restaurant_id.startswith("demo-")
        location = await stored_places.location(db, restaurant_id, location_id)
        assert location is not None
        assert (location.location_slug, location.is_active, location.auto_accept_order) == (
            ids["locationSlug"],
            True,
            True,
        )
        assert location.payment.accept_payment == (name == "payment")
        menu = await stored_menus.one(db, restaurant_id, location_id, ObjectId(ids["menuId"]))
        assert menu is not None
        assert menu.available
        assert len(menu.items) > 50
        origin = await stored_places.origin(db, ObjectId(ids["originId"]))
        assert origin is not None
        assert (origin.restaurant_id, origin.location_id) == (restaurant_id, location_id)
        campaign = await db.campaigns.find_one({"originId": origin.id, "isActive": True})
        assert (campaign or {"reward": {}})["reward"].get("flatOffCents", 0) == (300 if name == "campaign" else 0)
        stations = [
            await stored_places.station(db, restaurant_id, location_id, ObjectId(key)) for key in ids["stationIds"]
        ]
        assert all(station is not None and station.tags for station in stations)
    people = {person["email"]: person for person in await db.users.find().to_list()}
    mine = {told[name]["restaurantId"] for name in ("open", "payment", "campaign")}
    for key in ("owner", "kitchen"):
        assert mine <= set(people[told[key]["email"]]["restaurants"])
        assert people[told[key]["email"]]["userId"] == told[key]["userId"]
    assert not mine & set(people[told["stranger"]["email"]]["restaurants"])


def rows(collection: str) -> list[dict[str, Any]]:
    return documents.documents()[collection]


def test_three_locations_are_always_open_and_one_keeps_hours() -> None:
    named = {location.id for _, location in places.NAMED.values()}
    for raw in rows("locations"):
        location = Location.model_validate(raw)
        at = datetime(2026, 11, 23, 8, 59, tzinfo=UTC)
        week = [opening_hours.is_open(location, at + timedelta(minutes=30 * n)) for n in range(2 * 24 * 7)]
        assert all(week) == (raw["_id"] in named or location.restaurant_id == places.JUNIPER.id)
        assert any(week)
        assert ZoneInfo(location.timezone)
    assert len({raw["timezone"] for raw in rows("locations")}) == 5


def test_it_has_origins_of_each_type_and_things_that_no_station_cooks() -> None:
    assert {origin["type"] for origin in rows("origins")} == {"table", "parking", "campaign"}
    for name, (restaurant, location) in places.NAMED.items():
        tags = {tag for station in location.stations for tag in station.tags}
        mine = [menu for menu in rows("menus") if menu["locationId"] == location.id]
        cooked = {tag for menu in mine for item in menu["items"] for tag in item["stationTags"]}
        assert tags <= cooked, (restaurant.name, name)
        assert cooked - tags, (restaurant.name, name)


def test_every_id_is_used_once_and_nothing_lacks_what_clients_need() -> None:
    ids = [row["_id"] for collection in documents.documents().values() for row in collection]
    assert len(set(ids)) == len(ids)
    items = [item["id"] for menu in rows("menus") for item in menu["items"]]
    assert len(set(items)) == len(items)
    for raw in rows("menus"):
        menu = Menu.model_validate(raw)
        categories = {category.id for category in menu.categories}
        assert {item.category_id for item in menu.items} == categories
        for item in menu.items:
            for modifier in item.modifiers:
                priced = any(option.price_cents for option in modifier.options)
                # Only these two shapes cost the same in the cart and on the bill (contract 3.2).
                assert not (priced and modifier.free_choices)
                assert modifier.free_choices or not modifier.extra_choice_price_cents


async def test_demo_data_stays_out_of_production(plain_settings: Settings, db: Database) -> None:
    ran = await orderbuddy(plain_settings, "seed", "demo", APP_ENV="prod")
    assert ran.code == 1
    assert "prod" in ran.err
    assert await db.list_collection_names() == []


async def test_what_is_missing_is_said_in_a_sentence() -> None:
    ran = await orderbuddy(None, "seed", "demo")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("MONGODB_URI is not set.")
    wrong = await orderbuddy(None, "db", "indexes", MONGODB_URI="mongodb://127.0.0.1:1/?replicaSet=rs0", DB_NAME="")
    assert wrong.code == 1
    assert wrong.err.startswith("DB_NAME: ")
    helped = await orderbuddy(None, "--help")
    assert helped.code == 0
    assert all(word in helped.out for word in ("up", "db", "seed", "menu", "audit", "checkout"))


async def test_up_is_the_local_stacks_own_command() -> None:
    ran = await orderbuddy_process(None, "up", "--help")
    assert ran.code == 0, ran
    assert "--data-dir" in ran.out
    assert (await orderbuddy_process(None, "up", "--no-such-option")).code == 2
