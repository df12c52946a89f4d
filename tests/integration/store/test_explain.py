"""Every query of the store is served by an index: each public function runs, and what it sent is explained.

A new function of `shared/store` that is in no table of `calls_*.py` fails the test, and so does one that sends nothing.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import shared.store
from shared.settings import Settings
from shared.store.mongo import indexes
from shared.store.mongo.client import connect
from tests.integration.explained import Captured, faults
from tests.integration.store import (
    calls_codes,
    calls_files,
    calls_kitchen,
    calls_mails,
    calls_menus,
    calls_messages,
    calls_money,
    calls_orders,
    calls_people,
    calls_places,
    calls_printing,
    calls_privacy,
    calls_pushes,
    calls_reports,
    calls_support,
    calls_webhooks,
)
from tests.integration.store.seeded import Calls, Seeded, fill
from tests.integration.world import World

ELSEWHERE = 30
"""Other locations, with as much in them."""

CALLS: Calls = {
    **calls_support.CALLS,
    **calls_orders.CALLS,
    **calls_money.CALLS,
    **calls_places.CALLS,
    **calls_menus.CALLS,
    **calls_people.CALLS,
    **calls_reports.CALLS,
    **calls_codes.CALLS,
    **calls_printing.CALLS,
    **calls_privacy.CALLS,
    **calls_webhooks.CALLS,
    **calls_kitchen.CALLS,
    **calls_mails.CALLS,
    **calls_messages.CALLS,
    **calls_files.CALLS,
    **calls_pushes.CALLS,
}

COLD = {
    "support.audit": "a person asks for it, and it reads everything",
    "support.audit_trail": "a person asks for it, and it reads everything",
    "support.audit_payments": "a person asks for it, and it reads everything",
    "credentials": "a person sets them, one page of locations after the other",
    "mongo.client": "sends no query of its own",
    "support.checkup": "a person asks for it, and a timer now and then, and it reads everything",
    "support.finding": "a person asks for it; it reads two days of orders, as a test of its own sees",
    "support.restoring": "a person asks for it, once after a restore",
    "mongo.duplicates": "sends no query",
    "mongo.indexes": "made at a deployment",
    "mongo.validators": "made at a deployment",
    "support.payment_days": "once a day, and it adds up the whole day",
    "mongo.topology": "reads no collection",
}
"""Modules whose functions are on no request's way, and on no timer's that runs often."""


@pytest.fixture
async def seeded(mongo_uri: str, db_name: str) -> AsyncIterator[Seeded]:
    captured = Captured()
    settings = Settings.model_validate({"app_env": "local", "mongodb_uri": mongo_uri, "db_name": db_name})
    db = connect(settings, event_listeners=[captured])
    await indexes.ensure(db)
    world = World()
    order_ids = await fill(db, [world, *(World() for _ in range(ELSEWHERE))])
    yield Seeded(db, world, captured, order_ids[0], order_ids[1:])
    await db.client.close()


def _functions() -> set[str]:
    """The public coroutines of the store."""
    found = set()
    for module in pkgutil.walk_packages(shared.store.__path__, "shared.store."):
        name_in_store = module.name.removeprefix("shared.store.")
        if module.ispkg or name_in_store in COLD:
            continue
        loaded = importlib.import_module(module.name)
        found |= {
            f"{name_in_store}.{name}"
            for name, value in vars(loaded).items()
            if not name.startswith("_") and inspect.iscoroutinefunction(value) and value.__module__ == loaded.__name__
        }
    return found


def test_every_function_of_the_store_is_called() -> None:
    """A new function belongs into the CALLS of its area, so that its queries are explained."""
    assert _functions() == set(CALLS)


_QUERY = re.compile(r"\bdb(\.\w+|\[.+?\])\.(find|aggregate|update|insert|delete|count|distinct|replace|bulk)")


def test_no_query_is_outside_the_store() -> None:
    root = Path(shared.store.__path__[0]).parent
    modules = [*root.rglob("*.py"), *(root.parent / "functions").rglob("*.py")]
    elsewhere = [module for module in modules if root / "store" not in module.parents]
    assert len(elsewhere) > 50
    assert [str(module) for module in elsewhere if _QUERY.search(module.read_text())] == []


async def test_every_query_has_its_index(seeded: Seeded) -> None:
    found: list[str] = []
    for name, call in CALLS.items():
        seeded.captured.take()
        await call(seeded)
        commands = seeded.captured.take()
        assert commands, f"{name} sent nothing"
        for command in commands:
            found += [f"{name} {fault}" for fault in await faults(seeded.db, command)]
    assert not found, "\n".join(found)


async def test_the_test_sees_what_it_must_refuse(seeded: Seeded) -> None:
    """What would be wrong is told as such: scans, sorts, updates without an index, joins, filters that waste."""
    db = seeded.db
    sort = {"$sort": {"type": 1}}
    here = {"restaurantId": seeded.world.restaurant_id}
    join = {"from": "orders", "localField": "name", "foreignField": "orderCode", "as": "found"}
    inner = {"from": "stations", "let": {"l": "$_id"}, "as": "found"}
    by_name = [{"$match": {"$expr": {"$eq": ["$name", "$$l"]}}}]
    wrong: list[Callable[[], Awaitable[Any]]] = [
        lambda: db.orders.find_one({"orderCode": "X"}),
        lambda: db.origins.find({**here, "locationId": seeded.world.location_id}).sort("type", 1).to_list(5),
        lambda: _all(db.origins.aggregate([{"$match": {**here, "locationId": seeded.world.location_id}}, sort])),
        lambda: db.orders.update_many({"orderCode": "X"}, {"$set": {"seen": True}}),
        lambda: db.orders.delete_one({"orderCode": "X"}),
        lambda: db.orders.find_one_and_update({"orderCode": "X"}, {"$set": {"seen": True}}),
        lambda: _all(db.locations.aggregate([{"$match": {"_id": seeded.world.location_id}}, {"$lookup": join}])),
        lambda: _all(
            db.locations.aggregate(
                [{"$match": {"_id": seeded.world.location_id}}, {"$lookup": inner | {"pipeline": by_name}}]
            )
        ),
        lambda: _all(
            db.origins.aggregate(
                [{"$match": {"_id": seeded.world.origin_id}}, {"$unionWith": {"coll": "orders", "pipeline": [sort]}}]
            )
        ),
        lambda: db.order_events.find_one({"publishedAt": {"$ne": None}, "by": "nobody"}),
    ]
    for index, call in enumerate(wrong):
        seeded.captured.take()
        await call()
        [command] = seeded.captured.take()
        assert await faults(db, command), (index, command)


async def _all(cursor: Awaitable[Any]) -> Any:
    return await (await cursor).to_list(10)
