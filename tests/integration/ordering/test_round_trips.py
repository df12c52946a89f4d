"""What a request costs in MongoDB: the number of round trips, and that each query is served by an index."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId
from pymongo import monitoring

from shared.app import App
from shared.domain.roles import Person
from shared.domain.screens import SHOWN_WITHIN
from shared.memory.slots import Memory
from shared.services.kitchen import screens
from shared.services.kitchen.screens import Asked
from shared.services.menu import catalog
from shared.services.ordering import previewing, steps
from shared.services.ordering.claiming import Asker, claim
from shared.services.orders import status
from shared.services.telling import outbox
from shared.services.upkeep import sweeper
from shared.settings import Settings
from shared.store.mongo.client import connect
from tests.integration.world import World, line_id

COOK = Person("u-cook")

HOUSEKEEPING = {"hello", "ismaster", "ping", "endSessions", "killCursors"}


class Commands(monitoring.CommandListener):
    """Every command that went to the server."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name not in HOUSEKEEPING:
            self.seen.append(dict(event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to note."""

    def take(self) -> list[str]:
        """The names of the commands since the last call."""
        names = [next(iter(command)) for command in self.seen]
        self.seen.clear()
        return names


@pytest.fixture
def commands() -> Commands:
    return Commands()


@pytest.fixture
async def watched(app: App, settings: Settings, commands: Commands) -> AsyncIterator[App]:
    """The App on a client whose commands are counted, with nothing cached."""
    db = connect(settings, event_listeners=[commands])
    await db.client.admin.command("ping")
    commands.take()
    yield replace(app, db=db, memory=Memory())
    await db.client.close()


async def test_a_preview_takes_at_most_five_round_trips(watched: App, world: World, commands: Commands) -> None:
    await previewing.preview(watched, world.request("soup", "tea"), request_id="r")
    cold = commands.take()
    assert len(cold) <= 5, cold
    await previewing.preview(watched, world.request("soup", "tea"), request_id="r")
    warm = commands.take()
    assert warm == ["insert", "insert"]


async def test_a_placement_takes_at_most_six_up_to_the_claim(watched: App, world: World, commands: Commands) -> None:
    made = await previewing.preview(watched, world.request("soup", "tea"), request_id="r")
    commands.take()
    await claim(watched, ObjectId(made.preview_order_id), Asker("r"))
    up_to_the_claim = commands.take()
    assert len(up_to_the_claim) <= 6, up_to_the_claim


async def test_a_claim_by_the_process_that_made_the_preview_is_one_round_trip_and_by_another_two(
    watched: App, app: App, world: World, commands: Commands
) -> None:
    own = await previewing.preview(watched, world.request("soup", "tea"), request_id="r")
    other = await previewing.preview(app, world.request("soup", "tea"), request_id="r")
    commands.take()
    await claim(watched, ObjectId(own.preview_order_id), Asker("r"))
    assert commands.take() == ["update"]
    await claim(watched, ObjectId(other.preview_order_id), Asker("r"))
    assert commands.take() == ["aggregate", "update"]


async def test_a_driver_takes_at_most_ten_up_to_the_commit_and_the_outbox_two(
    watched: App, world: World, commands: Commands
) -> None:
    made = await previewing.preview(watched, world.request("soup", "tea"), request_id="r")
    key = ObjectId(made.preview_order_id)
    await claim(watched, key, Asker("r"))
    commands.take()
    await steps.place_order(watched, key)
    names = commands.take()
    commit = names.index("commitTransaction") + 1
    assert commit <= 10, names
    assert len(names) - commit <= 2, names


async def test_an_order_that_a_screen_must_show_costs_no_round_trip_more(
    app: App, watched: App, world: World, commands: Commands
) -> None:
    async def placed() -> tuple[list[str], dict[str, Any]]:
        made = await previewing.preview(watched, world.request("soup", "tea"), request_id="r")
        key = ObjectId(made.preview_order_id)
        await claim(watched, key, Asker("r"))
        commands.take()
        await steps.place_order(watched, key)
        names = commands.take()
        return names[: names.index("commitTransaction")], await app.db.orders.find_one({"_id": key}) or {}

    await placed()  # It draws codes for the following, too.
    before, unwatched = await placed()
    await app.db.stations.update_many({}, {"$set": {"screenSeenAt": app.clock.now()}})
    catalog.forget(watched, world.restaurant_id, world.location_id)
    after, shown = await placed()
    assert after == before
    assert "showBy" not in unwatched
    assert shown["showBy"] == shown["startedAt"] + SHOWN_WITHIN


async def plans(app: App, commands: Commands) -> list[tuple[dict[str, Any], str]]:
    """Each query that was sent, with the stages of its plan."""
    explained = []
    for command in list(commands.seen):
        name = next(iter(command))
        if name not in ("find", "aggregate", "update", "findAndModify", "delete"):
            continue
        asked = {
            key: value
            for key, value in command.items()
            if not key.startswith("$") and key not in ("lsid", "txnNumber", "autocommit", "startTransaction")
        }
        asked.pop("readConcern", None)
        asked.pop("writeConcern", None)
        asked.pop("maxTimeMS", None)
        # The server explains batches of one only.
        batches = [asked | {"updates": [one]} for one in asked["updates"]] if name == "update" else [asked]
        for one in batches:
            plan = await app.db.command({"explain": one, "verbosity": "queryPlanner"})
            explained.append((one, str(plan)))
    return explained


async def test_no_hot_query_scans_a_collection(app: App, watched: App, world: World, commands: Commands) -> None:
    lines = [line_id()]
    for dishes in (["soup"], ["tea"]):
        made = await previewing.preview(watched, world.request(*dishes, lines=lines), request_id="r")
    await previewing.preview(watched, world.request("tea", lines=lines), request_id="r")
    key = ObjectId(made.preview_order_id)
    await claim(watched, key, Asker("r"))
    await steps.place_order(watched, key)
    await outbox.publish(watched, key)
    await sweeper.sweep(watched)
    await status.public_order(watched, str(key))
    await status.status(watched, str(key))
    await status.events(watched, str(key), 0)
    here = (world.restaurant_id, str(world.location_id))
    await screens.open_orders(watched, COOK, here, str(world.bar_id))
    await screens.one_order(watched, COOK, here, str(key), Asked(tags=["bar"]))
    explained = await plans(app, commands)
    assert len(explained) > 20
    for asked, plan in explained:
        assert "COLLSCAN" not in plan, asked
        assert "IXSCAN" in plan or "IDHACK" in plan or "EOF" in plan, asked
