"""A picture goes 30 days after the last look that found it named, and not before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pymongo
import pytest

from shared.app import App
from shared.clock import FixedClock
from shared.domain.menu_merge import content_of
from shared.integrations.files import FilesUnavailable
from shared.services.files import sweeping
from tests.integration.explained import Captured
from tests.integration.files.counter import Counter
from tests.integration.shelf import Shelf
from tests.integration.world import World
from tests.pictures import plain


@pytest.fixture
async def counter(app: App, world: World) -> Counter:
    return await Counter.of(app, world)


def passed(app: App, days: int = 0, hours: int = 0) -> None:
    """So much time passes."""
    assert isinstance(app.clock, FixedClock)
    app.clock.advance(days=days, hours=hours)


async def days(app: App, number: int, *, step: int = 1) -> list[str]:
    """Let days pass, with a look every `step` days; what was removed."""
    removed: list[str] = []
    for _ in range(0, number, step):
        passed(app, step)
        removed += (await sweeping.sweep(app)).removed
    return removed


async def in_menu(counter: Counter, address: str) -> None:
    await counter.app.db.menus.update_one({"_id": counter.world.menu_id}, {"$set": {"items.0.imageUrls": [address]}})


async def in_archive(counter: Counter, address: str) -> None:
    await in_menu(counter, address)
    await counter.app.db.menus.update_one(
        {"_id": counter.world.menu_id}, {"$set": {"archivedAt": counter.app.clock.now()}}
    )


async def in_old_category(counter: Counter, address: str) -> None:
    await counter.app.db.menus.update_one({"_id": counter.world.menu_id}, {"$set": {"categories.0.imageUrl": address}})


async def _content(counter: Counter, address: str) -> dict[str, Any]:
    menu = await counter.app.db.menus.find_one({"_id": counter.world.menu_id})
    assert menu is not None
    content = content_of(menu)
    content["items"][0]["imageUrls"] = [address]
    return content


async def in_draft(counter: Counter, address: str) -> None:
    content = await _content(counter, address)
    here = {"restaurantId": counter.world.restaurant_id, "locationId": counter.world.location_id}
    draft = {"_id": counter.world.menu_id, **here, "base": {}, "content": content, "startedAt": counter.app.clock.now()}
    await counter.app.db.menu_drafts.insert_one(draft)


async def in_version(counter: Counter, address: str) -> None:
    content = await _content(counter, address)
    here = {"restaurantId": counter.world.restaurant_id, "locationId": counter.world.location_id}
    version = {
        "_id": f"{counter.world.menu_id}:1",
        "menuId": counter.world.menu_id,
        **here,
        "number": 1,
        "kind": "kept",
    }
    await counter.app.db.menu_versions.insert_one({**version, "content": content, "at": counter.app.clock.now()})


async def as_logo(counter: Counter, address: str) -> None:
    await counter.app.db.restaurants.update_one({"_id": counter.world.restaurant_id}, {"$set": {"logo": address}})


NAMING: Sequence[Callable[[Counter, str], Awaitable[None]]] = (
    in_menu,
    in_archive,
    in_old_category,
    in_draft,
    in_version,
    as_logo,
)


@pytest.mark.parametrize("name_it", NAMING)
async def test_what_is_named_stays(counter: Counter, name_it: Callable[[Counter, str], Awaitable[None]]) -> None:
    await name_it(counter, await counter.kept(plain()))
    assert await days(counter.app, 90, step=10) == []
    assert [row["state"] for row in await counter.stored()] == ["stored"]


async def test_it_stays_where_another_server_shows_it(counter: Counter) -> None:
    address = await counter.kept(plain())
    await in_menu(counter, address.replace("https://pictures.example/assets", "https://cdn.example"))
    assert await days(counter.app, 60, step=10) == []


async def test_what_nothing_names_goes_after_thirty_days_with_all_its_files(counter: Counter) -> None:
    await counter.kept(plain())
    [stored] = await counter.stored()
    # The first look comes after a day, and thirty days are counted from there.
    assert await days(counter.app, 30) == []
    shelf = counter.app.files
    assert isinstance(shelf, Shelf) and shelf.kept
    assert await days(counter.app, 1) == [stored["_id"]]
    assert shelf.kept == {} and await counter.stored() == []


async def test_a_name_in_between_begins_the_thirty_days_again(counter: Counter) -> None:
    address = await counter.kept(plain())
    assert await days(counter.app, 25) == []
    await in_menu(counter, address)
    assert await days(counter.app, 2) == []
    await in_menu(counter, "https://elsewhere.example/soup.jpg")
    assert await days(counter.app, 29) == []
    assert len(await days(counter.app, 3)) == 1


async def test_a_picture_that_is_sent_again_begins_anew(counter: Counter) -> None:
    await counter.kept(plain())
    assert await days(counter.app, 29) == []
    await counter.kept(plain())
    assert await days(counter.app, 29) == []


async def test_another_restaurant_s_menu_names_nothing_of_this_one(counter: Counter, app: App) -> None:
    other = await Counter.of(app, await World().build(app))
    await in_menu(other, await counter.kept(plain()))
    assert len(await days(app, 32)) == 1


async def test_a_dry_run_tells_and_changes_nothing(counter: Counter) -> None:
    await counter.kept(plain())
    await days(counter.app, 2)
    passed(counter.app, 40)
    before = await counter.stored()
    swept = await sweeping.sweep(counter.app, dry_run=True)
    assert (swept.looked, swept.removed) == (1, [before[0]["_id"]])
    assert await counter.stored() == before
    assert (await sweeping.sweep(counter.app)).removed == swept.removed


class Hanging(Shelf):
    """A store that removes nothing."""

    async def remove(self, names: Sequence[str]) -> None:
        raise FilesUnavailable("it hangs")


async def test_a_removal_that_fails_is_made_later(counter: Counter) -> None:
    await counter.kept(plain())
    await days(counter.app, 2)
    passed(counter.app, 40)
    swept = await sweeping.sweep(replace(counter.app, files=Hanging()))
    assert len(swept.failed) == 1 and swept.removed == []
    # Whoever sends it meanwhile is told to wait: its files may go at any moment.
    status, said = await counter.upload(plain())
    assert (status, said["code"]) == (503, "UNAVAILABLE")
    passed(counter.app, hours=2)
    assert len((await sweeping.sweep(counter.app)).removed) == 1
    assert await counter.kept(plain())


async def test_one_that_is_going_and_is_named_again_stays(counter: Counter) -> None:
    address = await counter.kept(plain())
    await days(counter.app, 2)
    passed(counter.app, 40)
    await sweeping.sweep(replace(counter.app, files=Hanging()))
    await in_menu(counter, address)
    assert await days(counter.app, 3) == []
    assert [row["state"] for row in await counter.stored()] == ["stored"]


async def test_a_restaurant_s_menus_are_read_once_for_all_its_pictures(
    counter: Counter, mongo_uri: str, db_name: str
) -> None:
    for shade in range(12):
        await counter.kept(plain(colour=f"rgb(20, {shade * 20}, 200)"))
    passed(counter.app, 2)
    captured = Captured()
    client: pymongo.AsyncMongoClient[dict[str, Any]] = pymongo.AsyncMongoClient(
        mongo_uri, tz_aware=True, event_listeners=[captured]
    )
    swept = await sweeping.sweep(replace(counter.app, db=client[db_name]))
    await client.close()
    assert swept.looked == 12
    read = [command for command in captured.take() if command.get("find") == "menus"]
    assert len(read) == 1
