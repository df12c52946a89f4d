"""What a location sells, as carts are priced: as it was a second ago at most, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from shared.app import App
from shared.memory.slots import Memory
from shared.services.menu import catalog
from shared.settings import Settings
from shared.store.mongo.client import connect
from tests.integration.ordering.test_round_trips import Commands
from tests.integration.world import World
from tests.slow_line import SlowLine, slow_line


@pytest.fixture
async def line(mongo_uri: str) -> AsyncIterator[SlowLine]:
    async with slow_line(mongo_uri) as line:
        yield line


@pytest.fixture
async def far(app: App, settings: Settings, line: SlowLine) -> AsyncIterator[App]:
    """The App at the end of the slow line."""
    db = connect(settings.model_copy(update={"mongodb_uri": SecretStr(line.uri)}))
    yield replace(app, db=db, memory=Memory())
    await db.client.close()


async def price(app: App, world: World) -> int:
    found = await catalog.of_location(app, world.restaurant_id, str(world.location_id))
    return next(item.price_cents for item in found.menus[0].items if item.id == "soup")


async def set_price(app: App, world: World, cents: int) -> None:
    """Staff edit the menu, in another process."""
    await app.db.menus.update_one({"_id": world.menu_id, "items.id": "soup"}, {"$set": {"items.$.priceCents": cents}})


async def test_an_edit_counts_after_a_second_though_a_read_from_before_it_is_late(
    app: App, far: App, line: SlowLine, world: World
) -> None:
    assert await price(far, world) == 1000
    catalog.forget(far, world.restaurant_id, world.location_id)
    line.hold(2)
    late = asyncio.create_task(price(far, world))
    await line.holds(2)
    joined = asyncio.create_task(price(far, world))
    await set_price(app, world, 1200)
    await asyncio.sleep(catalog.FRESH_SECONDS + 0.1)
    async with asyncio.timeout(60):
        assert await price(far, world) == 1200
    line.release()
    # Who asked before the edit may be told of before it. What is kept is what was read last.
    assert await asyncio.gather(late, joined) == [1000, 1000]
    assert await price(far, world) == 1200


async def test_what_is_forgotten_while_it_is_read_is_read_anew(
    app: App, far: App, line: SlowLine, world: World
) -> None:
    await price(far, world)
    catalog.forget(far, world.restaurant_id, world.location_id)
    line.hold(2)
    late = asyncio.create_task(price(far, world))
    await line.holds(2)
    await set_price(app, world, 1200)
    # A claim was refused by what the database has.
    catalog.forget(far, world.restaurant_id, world.location_id)
    async with asyncio.timeout(60):
        assert await price(far, world) == 1200
    line.release()
    assert await late == 1000
    assert await price(far, world) == 1200


async def test_many_who_ask_at_once_are_one_read(app: App, settings: Settings, world: World) -> None:
    commands = Commands()
    db = connect(settings, event_listeners=[commands])
    asked = replace(app, db=db, memory=Memory())
    assert await asyncio.gather(*(price(asked, world) for _ in range(20))) == [1000] * 20
    assert sorted(commands.take()) == ["aggregate", "find"]
    await db.client.close()


async def test_a_process_keeps_so_many_bytes_of_catalogs_and_no_more(
    app: App, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds = [await World().build(app) for _ in range(4)]
    await app.db.menus.update_one({"_id": worlds[0].menu_id}, {"$set": {"note": "x" * 200_000}})
    # Room for the large one alone, or for the three others.
    monkeypatch.setattr("shared.services.menu.catalog.MAX_BYTES", 2_900_000)
    monkeypatch.setattr("shared.services.menu.catalog.FRESH_SECONDS", 600)
    commands = Commands()
    db = connect(settings, event_listeners=[commands])
    asked = replace(app, db=db, memory=Memory())
    large, *others = worlds
    for world in (*others, large):
        await price(asked, world)
    commands.take()
    await price(asked, large)
    assert commands.take() == []
    for world in others:
        await price(asked, world)
    assert len(commands.take()) == 2 * len(others), "the large one took their room"
    for world in others:
        await price(asked, world)
    assert commands.take() == []
    # One that is larger than all the room is sold from, and not kept.
    asked.memory[catalog.CATALOGS].recent.most_bytes = 1_000_000
    assert [await price(asked, large), await price(asked, large)] == [1000, 1000]
    assert len(commands.take()) == 4
    await db.client.close()
