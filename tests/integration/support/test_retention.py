"""What is not kept for ever, through the command as a person starts it (rules 24.6)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from tests.integration.cli import Ran, orderbuddy_process
from tests.integration.crew import Crew
from tests.integration.support.test_privacy import connection, everything
from tests.integration.world import World

LONG_AGO = datetime(2020, 3, 1, 12, tzinfo=UTC)
KEPT = {"DINERS_KEPT_DAYS": "90", "HISTORY_KEPT_DAYS": "120"}


async def retention(app: App, *arguments: str, **environment: str) -> Ran:
    """The command, in a process of its own."""
    told = {"WEB_PUBSUB_CONNECTION_STRING": connection(app), **environment}
    ran = await orderbuddy_process(app.settings, "privacy", "retention", *arguments, **told)
    assert ran.code == 0, ran
    return ran


async def forecast(app: App, **environment: str) -> dict[str, dict[str, Any]]:
    """What it would remove, by the first word or words of each kind."""
    rows = json.loads((await retention(app, "--dry-run", "--json", **environment)).out)
    return {row["what"].partition(":")[0]: row for row in rows}


@pytest.fixture
async def old(app: App) -> Crew:
    """A restaurant with two old orders and a new one, an old cart that the original wrote, and an old entry."""
    crew = await Crew.of(app, await World().build(app))
    orders = [await crew.order("soup", customer={"name": "Ann", "phone": "5125550123"}) for _ in range(3)]
    long_ago = {"$set": {"startedAt": LONG_AGO}}
    await app.db.orders.update_many({"_id": {"$in": [ObjectId(one) for one in orders[:2]]}}, long_ago)
    await app.db.orders_preview.insert_one({"_id": ObjectId(), "startedAt": LONG_AGO, "customer": {"name": "Ann"}})
    await app.db.attention.insert_one({"_id": "hours:1", "kind": "hours", "at": LONG_AGO, "endedAt": LONG_AGO})
    return crew


async def test_a_dry_run_tells_of_each_kind_what_goes_now_and_what_mongodb_takes_and_when(old: Crew, app: App) -> None:
    await app.db.duties.delete_many({})
    now = datetime.now(UTC).replace(microsecond=0)
    for more in (3, 1, 2):
        await app.db.duties.insert_one({"_id": f"d{more}", "state": "sent", "purgeAt": now + timedelta(days=more)})
    before = await everything(app)
    told = await forecast(app)
    assert (told["previews without a date of their own"]["goes"], told["diners of orders"]["goes"]) == (1, 0)
    assert told["entries of attention that ended"]["goes"] == 1
    assert told["diners of orders"]["before"] is None, "kept for ever"
    told = await forecast(app, **KEPT)
    assert (told["diners of orders"]["goes"], told["histories of orders"]["goes"]) == (2, 2)
    ends = [(now - timedelta(days=days)).date().isoformat() for days in (90, 91)]
    assert told["diners of orders"]["before"][:10] in ends
    duties = told["duties"]
    assert (duties["by"], duties["goes"], duties["left"]) == ("MongoDB", None, 3)
    assert [duties[end][:19] for end in ("first", "last")] == [
        f"{now + timedelta(days=days):%Y-%m-%dT%H:%M:%S}" for days in (1, 3)
    ]
    assert told["orders_preview"]["left"] == await app.db.orders_preview.count_documents({"purgeAt": {"$ne": None}})
    assert told["trail_refusals"]["left"] == 0 and told["trail_refusals"]["first"] is None
    table = (await retention(app, "--dry-run")).out
    assert f"{now + timedelta(days=3):%Y-%m-%d}" in table and "duties: what was done for orders" in table
    assert await everything(app) == before


async def test_the_command_removes_what_it_said_and_finds_nothing_afterwards(old: Crew, app: App) -> None:
    ran = await retention(app, **KEPT)
    assert ran.out.splitlines() == [
        "1 old previews are gone; 2 old orders lost their diner.",
        "2 old orders lost their history; 1 entries of attention are gone.",
    ]
    names = [one["customer"]["name"] for one in await app.db.orders.find().sort("startedAt", 1).to_list()]
    assert names == ["", "", "Ann"]
    assert await app.db.attention.count_documents({"_id": "hours:1"}) == 0
    assert await app.db.orders_preview.count_documents({"startedAt": LONG_AGO}) == 0
    told = await forecast(app, **KEPT)
    assert {row["goes"] for row in told.values()} == {0, None}
