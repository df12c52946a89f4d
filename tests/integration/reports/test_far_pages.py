"""However long a history is, each page reads what it answers, and a report of a year keeps no order in memory."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from shared.settings import Settings
from shared.store import reports
from shared.store.mongo import indexes
from shared.store.mongo.client import Database, connect
from shared.store.reports import Span
from tests.integration.explained import Captured
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS

FIRST = datetime(2026, 7, 1, 5, tzinfo=UTC)
UNTIL = FIRST + timedelta(days=30)


@dataclass
class Long:
    """A location with a long history."""

    db: Database
    world: World
    captured: Captured

    @property
    def span(self) -> Span:
        return Span(self.world.restaurant_id, self.world.location_id, FIRST, UNTIL)

    async def keys(self) -> int:
        """How many keys the last command examines."""
        [command] = self.captured.take()
        asked = {key: value for key, value in command.items() if key[0] != "$" and key not in ("lsid", "readConcern")}
        asked.pop("maxTimeMS", None)
        plan = await self.db.command({"explain": asked, "verbosity": "executionStats"})
        self.captured.take()
        return int(plan["executionStats"]["totalKeysExamined"])


async def fill(db: Database, world: World, many: int) -> None:
    """Orders, two at a time at the same moment, one in ten with a refund."""
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
    await db.locations.insert_many(world.documents()["locations"])
    step = (UNTIL - FIRST) / many
    for begin in range(0, many, 2000):
        rows: list[dict[str, Any]] = []
        for number in range(begin, min(begin + 2000, many)):
            at = FIRST + step * (number // 2 * 2)
            items = [
                {"id": str(n), "menuItemId": f"d{n}", "name": "Dish", "priceCents": 900, "notes": "n"} for n in range(3)
            ]
            more = (
                {"refunds": [{"_id": str(number), "amountCents": 5, "at": at, "by": "user:a"}]}
                if number % 10 == 0
                else {}
            )
            rows.append(
                {
                    "_id": ObjectId(),
                    **here,
                    "orderCode": "X",
                    "status": "PICKED_UP",
                    "startedAt": at,
                    "items": items,
                    "totalPriceCents": 2970,
                    "customer": {"name": "Ann", "phone": ""},
                    **more,
                }
            )
        await db.orders.insert_many(rows)


@pytest.fixture
async def long(mongo_uri: str, db_name: str) -> AsyncIterator[Long]:
    captured = Captured()
    settings = Settings.model_validate({"app_env": "local", "mongodb_uri": mongo_uri, "db_name": db_name})
    db = connect(settings, event_listeners=[captured])
    await indexes.ensure(db)
    world = World()
    await fill(db, world, 4000)
    await fill(db, World(), 2000)
    yield Long(db, world, captured)
    await db.client.close()


@pytest.mark.parametrize("newest", [True, False])
async def test_the_last_page_costs_what_the_first_one_does(long: Long, newest: bool) -> None:
    read = reports.newest if newest else reports.oldest
    long.captured.take()
    seen, costs, after = [], [], None
    while True:
        page = await read(long.db, long.span, 200, after=after)
        costs.append(await long.keys())
        seen += [order.id for order in page.orders]
        after = page.next
        if after is None:
            break
    assert (len(seen), len(set(seen)), len(costs)) == (4000, 4000, 20)
    assert max(costs) <= 205, costs


async def test_refunds_of_a_day_are_found_by_their_own_index(long: Long) -> None:
    day = Span(long.world.restaurant_id, long.world.location_id, FIRST, FIRST + timedelta(days=1))
    long.captured.take()
    found = await reports.refunds(long.db, day, 500)
    [command] = long.captured.take()
    asked = {key: command[key] for key in ("aggregate", "pipeline", "cursor")}
    plan = await long.db.command({"explain": asked, "verbosity": "executionStats"})
    stats = str(plan)
    assert len(found) == 14
    assert "refunds.at_1" in stats and "COLLSCAN" not in stats
    stage = plan["stages"][0]["$cursor"]["executionStats"] if "stages" in plan else plan["executionStats"]
    assert stage["totalKeysExamined"] <= len(found) + 2


MEASURE = """
import asyncio, resource, sys
from shared.app import App
from shared.clock import FixedClock
from datetime import UTC, datetime
from shared.services.reports import sales
from shared.services.reports.scope import Asked
from shared.settings import Settings
from shared.store.mongo.client import connect

def megabytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024

async def run(uri, name, restaurant, location):
    given = Settings.model_validate({"app_env": "local", "mongodb_uri": uri, "db_name": name})
    app = App.over(connect(given), FixedClock(datetime(2026, 8, 1, tzinfo=UTC)), given)
    await sales.report(app, Asked(restaurant, location, "2026-07-01", "2026-07-01"), for_owner=False)
    idle = megabytes()
    found = await sales.report(app, Asked(restaurant, location, "2026-07-01", "2026-07-30"), for_owner=False)
    print(found.totals.orders, megabytes() - idle)
    await app.db.client.close()

asyncio.run(run(*sys.argv[1:]))
"""


@pytest.mark.long
async def test_a_report_of_a_hundred_thousand_orders_takes_no_memory_for_them(mongo_uri: str, db_name: str) -> None:
    settings = Settings.model_validate({"app_env": "local", "mongodb_uri": mongo_uri, "db_name": db_name})
    db = connect(settings)
    await indexes.ensure(db)
    world = World()
    await fill(db, world, 100_000)
    made = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(MEASURE),
            mongo_uri,
            db_name,
            world.restaurant_id,
            str(world.location_id),
        ],
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE_SECONDS,
        check=False,
    )
    await db.client.close()
    assert made.returncode == 0, made.stderr
    orders, grown = map(int, made.stdout.split())
    assert orders == 100_000
    assert grown < 150, f"{grown} MB"
    print(f"reports: {grown} MB for {orders} orders")
