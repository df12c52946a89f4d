"""The validators describe what is written: all that we write passes them, and what nobody should write does not."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymongo
import pytest
from bson import Int64, ObjectId
from pymongo.errors import PyMongoError, WriteError

from cli.demo import documents as demo
from local.mongod import find_mongod, free_port
from shared.app import App
from shared.clock import FixedClock
from shared.services.ordering import previewing, unpaid
from shared.services.upkeep import sweeper
from shared.settings import Settings
from shared.store.mongo import validators
from shared.store.mongo.client import Database, connect
from shared.store.mongo.indexes import INDEXES
from shared.store.mongo.validators import VALIDATORS
from tests.fixtures.old_documents import OldRestaurant
from tests.integration.cli import orderbuddy
from tests.integration.world import World
from tests.patience import wait_until

RULES = {validator.collection: validator.rule() for validator in VALIDATORS}


@pytest.fixture
async def db(mongo_uri: str, db_name: str) -> AsyncIterator[Database]:
    database = connect(Settings.model_validate({"mongodb_uri": mongo_uri, "db_name": db_name}))
    yield database
    await database.client.close()


async def strict_copy(db: Database, collection: str) -> Any:
    """A collection that refuses what this collection's validator warns of."""
    options: dict[str, Any] = {"validator": RULES[collection], "validationLevel": "strict", "validationAction": "error"}
    return await db.create_collection(f"strict_{collection}", **options)


async def everything(db: Database) -> dict[str, list[dict[str, Any]]]:
    found = {name: await db[name].find().to_list() for name in await db.list_collection_names()}
    assert set(found) <= set(RULES), "a collection without a validator"
    return {name: documents for name, documents in found.items() if documents}


async def test_all_that_we_write_passes(app: App, clock: FixedClock, world: World) -> None:
    await app.db.menus.update_one({"_id": world.menu_id}, {"$set": {"items.0.dailyStock": 5}})
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id, "originId": world.origin_id}
    hello = {"name": "Hello", "type": "flat", "reward": {"flatOffCents": 100}, "isActive": True, "maxUses": 3}
    await app.db.campaigns.insert_one({"_id": ObjectId(), **here, **hello})
    await previewing.preview(app, world.request("soup"), request_id="r")
    other = await previewing.preview(app, world.request("bread", "tea", "soup"), request_id="r")
    await unpaid.place_without_payment(app, other.preview_order_id, request_id="r")
    clock.advance(hours=2)
    await sweeper.sweep(app)
    written = await everything(app.db)
    assert {checkout["state"] for checkout in written["checkouts"]} == {"expired", "placed"}
    assert {"orders", "orders_preview", "order_events", "order_counters", "stock"} <= set(written)
    for collection, documents in written.items():
        await (await strict_copy(app.db, collection)).insert_many(documents)


async def test_the_demo_s_data_passes(db: Database) -> None:
    for collection, documents in demo.documents().items():
        await (await strict_copy(db, collection)).insert_many(documents)


async def test_what_the_original_writes_passes(db: Database) -> None:
    old = OldRestaurant()
    usual, fresh_location = old.orders()[0], old.locations()[1]
    item = {**old.unit(), "notes": None, "startedAt": datetime.now(UTC)}
    texts = {"en": "Bowl", "es": None, "pt": None}
    dish = {"id": "i", "name": texts, "description": None, "priceCents": 995.0, "makingCostCents": Int64(0)}
    menu = {"_id": ObjectId(), "restaurantId": "r", "locationId": ObjectId(), "name": texts, "salesTax": 10.25}
    await (await strict_copy(db, "orders")).insert_many([usual, {**usual, "_id": ObjectId(), "items": [item]}])
    await (await strict_copy(db, "orders_preview")).insert_one(old.preview())
    await (await strict_copy(db, "locations")).insert_one(fresh_location)
    await (await strict_copy(db, "menus")).insert_one({**menu, "items": [dish], "categories": []})
    await (await strict_copy(db, "campaigns")).insert_many(old.campaigns()[:2])
    await (await strict_copy(db, "stations")).insert_one(old.stations()[0])
    await (await strict_copy(db, "origins")).insert_many(old.origins())


def checkout(**changed: Any) -> dict[str, Any]:
    return {
        "_id": ObjectId(),
        "restaurantId": "r",
        "locationId": ObjectId(),
        "state": "open",
        "version": 1,
        "expiresAt": datetime.now(UTC),
        "claim": None,
        "duties": [],
    } | changed


def order(**changed: Any) -> dict[str, Any]:
    return OldRestaurant().orders()[0] | {"version": 1} | changed


WRONG = [
    ("checkouts", checkout(cartKey=None)),
    ("checkouts", checkout(heldLines=None)),
    ("checkouts", checkout(purgeAt=None)),
    ("checkouts", checkout(state="waiting")),
    ("checkouts", checkout(expiresAt="2026-11-24T12:00:00Z")),
    ("checkouts", checkout(claim={"kind": "cash", "attempt": 0, "requestId": "r", "at": datetime.now(UTC)})),
    ("checkouts", checkout(claim={"kind": "none"})),
    ("orders", order(restaurantId=None)),
    ("orders", order(totalPriceCents="19.73")),
    ("orders", order(items={"0": {}})),
    ("orders", order(items=[{"id": 7}])),
    ("orders", order(customer="Ann")),
    ("orders", {"_id": ObjectId(), "status": "pending"}),
    ("order_counters", {"_id": "l.2026-11-24", "n": "1", "purgeAt": datetime.now(UTC)}),
    ("menus", {"_id": ObjectId(), "restaurantId": "r", "locationId": ObjectId(), "name": {"en": "M"}}),
    ("locations", {"_id": ObjectId(), "restaurantId": "r", "timezone": "UTC", "isActive": "true"}),
]


@pytest.mark.parametrize(("collection", "wrong"), WRONG)
async def test_what_nobody_should_write_is_found(db: Database, collection: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(WriteError, match="failed validation"):
        await (await strict_copy(db, collection)).insert_one(deepcopy(wrong))


@pytest.mark.parametrize("right", [checkout(), checkout(cartKey="k", heldLines=["a"], purgeAt=datetime.now(UTC))])
async def test_the_examples_are_right_but_for_one_thing(db: Database, right: dict[str, Any]) -> None:
    await (await strict_copy(db, "checkouts")).insert_one(right)
    await (await strict_copy(db, "orders")).insert_one(order())


async def test_the_command_sets_them_once_and_refuses_no_write(mongo_uri: str, db_name: str, db: Database) -> None:
    settings = Settings.model_validate({"mongodb_uri": mongo_uri, "db_name": db_name})
    await db.orders.insert_one({"status": "pending"})
    first = await orderbuddy(settings, "db", "validators")
    assert (first.code, first.out.splitlines()[-1]) == (0, f"{len(VALIDATORS)} set, 0 kept, 0 refused.")
    again = await orderbuddy(settings, "db", "validators")
    assert again.out == f"0 set, {len(VALIDATORS)} kept, 0 refused.\n"
    await db.command({"collMod": "orders", "validator": {}})
    both = await orderbuddy(settings, "db", "prepare")
    assert both.out.splitlines()[-3:] == [
        f"{len(INDEXES)} created, 0 kept.",
        "set      orders",
        f"1 set, {len(VALIDATORS) - 1} kept, 0 refused.",
    ]
    await db.orders.insert_one({"status": 7})
    assert await db.orders.count_documents({"$nor": [RULES["orders"]]}) == 2


@pytest.fixture
def reader_uri(tmp_path: Path) -> Iterator[str]:
    """A mongod that asks for a password, and a user who may only read."""
    port = free_port()
    (tmp_path / "data").mkdir()
    command = [find_mongod(), "--auth", "--port", str(port), "--bind_ip", "127.0.0.1", "--dbpath", tmp_path / "data"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--wiredTigerCacheSizeGB", "0.25"], stdout=log, stderr=log)
    try:
        _add_users(port)
        yield f"mongodb://reader:secret@127.0.0.1:{port}/?authSource=admin"
    finally:
        process.kill()
        process.wait()


def _add_users(port: int) -> None:
    def is_there() -> bool:
        try:
            with pymongo.MongoClient[dict[str, Any]](port=port, serverSelectionTimeoutMS=200) as client:
                client.admin.command("createUser", "root", pwd="secret", roles=["root"])
        except PyMongoError:
            return False
        return True

    wait_until(is_there, "the mongod did not start")
    with pymongo.MongoClient[dict[str, Any]](port=port, username="root", password="secret") as client:
        client.admin.command("createUser", "reader", pwd="secret", roles=[{"role": "read", "db": "orderbuddy"}])


async def test_without_the_right_to_it_the_command_says_so_and_succeeds(reader_uri: str) -> None:
    settings = Settings.model_validate({"mongodb_uri": reader_uri, "db_name": "orderbuddy"})
    ran = await orderbuddy(settings, "db", "validators")
    assert ran.code == 0, ran
    assert f"0 set, 0 kept, {len(VALIDATORS)} refused." in ran.out
    assert "refused  orders: not authorized on orderbuddy" in ran.out
    assert "The app works without them" in ran.out
    assert "secret" not in ran.out + ran.err
    database = connect(settings)
    assert set((await validators.ensure(database)).refused) == set(RULES)
    await database.client.close()
