"""Every change of a live menu goes one way: nothing is lost, it is written down, and diners hear of it (rules 16)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from bson import ObjectId

from shared.app import App
from shared.clock import FixedClock
from shared.domain.announcements import menu_group
from shared.domain.menu_edits import availability
from shared.domain.menu_edits.content import Edited, Row, found, with_row
from shared.domain.roles import Actor
from shared.errors import MENU_ITEM_NOT_FOUND, Problem
from shared.memory.slots import Memory
from shared.services.menu import editing
from shared.services.menu.editing import Ask
from shared.services.telling import menu_changes
from shared.services.upkeep import sweeper
from shared.store import duties
from tests.integration.local_webpubsub.clients import JSON
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS, eventually


def ask(world: World, **more: Any) -> Ask:
    given = {"actor": Actor("user", "ann", "manager"), "menu_id": str(world.menu_id), "request_id": "r", **more}
    return Ask(restaurant_id=world.restaurant_id, location_id=str(world.location_id), **given)


def priced(item_id: str, cents: int) -> Callable[[Row], Edited]:
    def edit(menu: Row) -> Edited:
        place, item = found(menu, "items", item_id, MENU_ITEM_NOT_FOUND)
        now = {**item, "priceCents": cents}
        return Edited(with_row(menu, "items", place, now), "menu_item.changed", ("menu_item", item_id), item, now)

    return edit


async def stored(app: App, world: World) -> dict[str, Any]:
    found = await app.db.menus.find_one({"_id": world.menu_id})
    assert found is not None
    return found


async def test_two_people_who_edit_at_once_lose_nothing(app: App, world: World) -> None:
    others = [replace(app, memory=Memory()) for _ in range(4)]
    edits: list[Callable[[Row], Edited]] = [
        priced("soup", 1100),
        priced("tea", 550),
        lambda menu: availability.item_marked(menu, "soup", available=False),
        lambda menu: availability.item_marked(menu, "salad", available=True),
    ]
    work: list[Awaitable[Any]] = [
        editing.change(other, ask(world), edit) for other, edit in zip(others, edits, strict=True)
    ]
    done = await asyncio.gather(*work)
    assert sorted(one.version for one in done) == [1, 2, 3, 4]
    menu = await stored(app, world)
    assert menu["version"] == 4
    assert [(item["priceCents"], item["isAvailable"]) for item in menu["items"]] == [
        (1100, False),
        (550, True),
        (300, True),
        (900, True),
    ]
    rows = await app.db.trail.find({"restaurantId": world.restaurant_id}).sort("seq", 1).to_list()
    assert len(rows) == 4
    prices = [(row["target"]["id"], row["before"], row["after"]) for row in rows if "priceCents" in row["after"]]
    assert sorted(prices) == [
        ("soup", {"priceCents": 1000}, {"priceCents": 1100}),
        ("tea", {"priceCents": 500}, {"priceCents": 550}),
    ]


async def test_whoever_saw_an_older_version_is_told_so_and_changes_nothing(app: App, world: World) -> None:
    first = await editing.change(app, ask(world, if_match=0), priced("soup", 1100))
    assert first.version == 1
    with pytest.raises(Problem) as refused:
        await editing.change(app, ask(world, if_match=0), priced("soup", 1200))
    assert (refused.value.code.code, refused.value.extra) == ("VERSION_CHANGED", {"version": 1})
    assert (await stored(app, world))["items"][0]["priceCents"] == 1100
    assert (await editing.change(app, ask(world), priced("soup", 1200))).version == 2


async def test_what_changes_nothing_leaves_nothing(app: App, world: World) -> None:
    before = await stored(app, world)
    unchanged = await editing.change(app, ask(world), priced("soup", 1000))
    assert (unchanged.written, unchanged.version) == (False, 0)
    tried = await editing.change(app, ask(world), priced("soup", 5), dry_run=True)
    assert (tried.written, tried.menu["items"][0]["priceCents"]) == (True, 5)
    with pytest.raises(Problem):
        await editing.change(app, ask(world), priced("pie", 5))
    with pytest.raises(Problem):
        await editing.change(app, ask(world, menu_id=str(ObjectId())), priced("soup", 5))
    assert await stored(app, world) == before
    assert await app.db.trail.count_documents({}) == 0
    assert await app.db.duties.count_documents({}) == 0


async def test_what_is_not_edited_is_not_touched(app: App, world: World) -> None:
    odd = {"items.0.diets": ["vegan"], "items.0.dailyStock": 5, "tags": ["x"], "items.1.priceCents": 500.0}
    await app.db.menus.update_one({"_id": world.menu_id}, {"$set": odd})
    await editing.change(app, ask(world), priced("soup", 1))
    menu = await stored(app, world)
    assert (menu["items"][0]["diets"], menu["items"][0]["dailyStock"], menu["tags"]) == (["vegan"], 5, ["x"])
    assert isinstance(menu["items"][1]["priceCents"], float)


async def test_a_menu_does_not_grow_without_end(app: App, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "MAX_BYTES", 4000)

    def told(length: int) -> Callable[[Row], Edited]:
        return lambda menu: Edited({**menu, "note": "x" * length}, "menu.changed", ("menu", str(world.menu_id)))

    with pytest.raises(Problem) as refused:
        await editing.change(app, ask(world), told(4000))
    assert refused.value.code.code == "MENU_TOO_LARGE"
    await app.db.menus.update_one({"_id": world.menu_id}, {"$set": {"note": "x" * 9000}})
    assert (await editing.change(app, ask(world), told(8000))).written


class Listener:
    """A diner who has a location's menu open."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def heard(self) -> dict[str, Any]:
        while True:
            frame = json.loads(await self._socket.receive_str(timeout=PATIENCE_SECONDS))
            if frame["type"] == "message":
                data: dict[str, Any] = frame["data"]
                return data


async def test_diners_who_read_the_menu_hear_that_it_has_changed(app: App, world: World, clock: FixedClock) -> None:
    access = await app.live.access([menu_group(world.location_id)], now=clock.now())
    async with aiohttp.ClientSession() as session, session.ws_connect(access.url, protocols=(JSON,)) as socket:
        diner = Listener(socket)
        await editing.change(app, ask(world), priced("soup", 1100))
        clock.advance(seconds=1)
        heard = await diner.heard()
        assert heard["event"] == "menu_changed"
        assert heard["payload"] == {"locationId": str(world.location_id), "menuId": str(world.menu_id)}
        await eventually(lambda: duty_is(app, world, "done"))
        # Several at once, and one more while it is being told.
        for cents in range(5):
            await editing.change(app, ask(world), priced("soup", cents))
        clock.advance(seconds=1)
        assert (await diner.heard())["event"] == "menu_changed"
        await eventually(lambda: duty_is(app, world, "done"))


async def duty_is(app: App, world: World, state: str) -> bool:
    found = await app.db.duties.find_one({"_id": f"menu_changed:{world.menu_id}"})
    return found is not None and found["state"] == state


async def test_the_sweeper_tells_what_nobody_told(app: App, world: World, clock: FixedClock) -> None:
    gone = replace(app, memory=Memory())
    await editing.change(gone, ask(world), priced("soup", 1100))
    clock.advance(seconds=1)
    await sweeper.sweep(app)
    await eventually(lambda: duty_is(app, world, "done"))


async def test_a_change_that_comes_while_the_last_one_is_told_is_told_too(
    app: App, world: World, clock: FixedClock
) -> None:
    await editing.change(app, ask(world), priced("soup", 1100))
    clock.advance(seconds=1)
    key = f"menu_changed:{world.menu_id}"
    claimed = await duties.claim(app.db, key, clock.now(), again_at=clock.now())
    if claimed is None:
        # This process was faster.
        await eventually(lambda: duty_is(app, world, "done"))
    await editing.change(app, ask(world), priced("soup", 1200))
    if claimed is not None:
        assert not await duties.finish(app.db, claimed, clock.now())
    clock.advance(seconds=1)
    await sweeper.sweep(app)
    await eventually(lambda: duty_is(app, world, "done"))
    assert menu_changes.KINDS.keys() == {"menu_changed"}
