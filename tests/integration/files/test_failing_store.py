"""Whatever becomes of the store: the answer says so in time, nothing half is seen, and the same request works later."""

from __future__ import annotations

import asyncio

import pytest

from shared.app import App
from shared.clock import FixedClock
from shared.services.files import sweeping
from tests.integration.files.conftest import Azurite, Way
from tests.integration.files.counter import Counter, put, seen
from tests.integration.world import World
from tests.pictures import plain

NAMES = 2
"""So many files a small picture is kept in."""


@pytest.fixture
async def counter(on_the_way: App, world: World) -> Counter:
    return await Counter.of(on_the_way, world)


@pytest.mark.parametrize(
    ("mode", "more", "retry_after"),
    [
        pytest.param("error", {"status": 403}, 3, marks=pytest.mark.long),
        pytest.param("error", {"status": 429, "retryAfter": 17}, 17, marks=pytest.mark.long),
        pytest.param("error", {"status": 500}, 3, marks=pytest.mark.long),
        ("error", {"status": 503, "retryAfter": 17}, 17),
        ("throttle", {"retryAfter": 17}, 17),
        ("stall", {"seconds": 60}, 3),
        pytest.param("drop_before", {}, 3, marks=pytest.mark.long),
        ("drop_after", {}, 3),
    ],
)
async def test_a_failure_is_a_503_and_the_same_again_works_once(
    counter: Counter, way: Way, mode: str, more: dict[str, int], retry_after: int
) -> None:
    await counter.kept(plain(colour="gold"))
    way.breaks(mode, match="/assets/", **more)
    before = len(way.calls())
    answer, said = await counter.upload(plain())
    assert (answer, said["code"], said["retryAfter"]) == (503, "FILES_UNAVAILABLE", retry_after)
    # The SDK tries nothing again; its transport sends once more what a connection lost that was kept from before.
    assert len(way.calls()) - before == NAMES * (2 if mode.startswith("drop") else 1)
    assert sorted(row["state"] for row in await counter.stored()) == ["stored", "storing"]
    assert [row["action"] for row in await counter.trail()] == ["picture.stored"]
    way.is_mended()
    address = await counter.kept(plain())
    assert (await seen(address)).status_code == 200
    assert [row["state"] for row in await counter.stored()] == ["stored", "stored"]
    assert len(await counter.trail()) == 2


async def test_a_logo_stays_where_the_new_one_cannot_be_kept(counter: Counter, way: Way) -> None:
    _, said = await counter.ask("files_upload_logo", {"file": plain()})
    way.breaks("drop_before")
    status, _ = await counter.ask("files_upload_logo", {"file": plain(colour="gold")})
    assert status == 503
    restaurant = await counter.app.db.restaurants.find_one({"_id": counter.world.restaurant_id})
    assert restaurant is not None and restaurant["logo"] == said["data"]


@pytest.mark.parametrize("match", [pytest.param("/incoming/", marks=pytest.mark.long), "/assets/"])
async def test_an_upload_can_be_finished_later(counter: Counter, way: Way, match: str) -> None:
    await counter.kept(plain(colour="gold"))
    door = await counter.begun()
    assert await put(door, plain()) == 201
    way.breaks("error", match=match)
    status, said = await counter.finish(door["uploadId"])
    assert (status, said["code"]) == (503, "FILES_UNAVAILABLE")
    way.is_mended()
    status, said = await counter.finish(door["uploadId"])
    assert status == 201
    assert (await seen(said["imageUrl"])).status_code == 200


async def test_no_door_is_opened_where_the_store_does_not_answer(counter: Counter, way: Way) -> None:
    way.breaks("stall", seconds=60)
    status, said = await counter.ask("files_begin_upload", {})
    assert (status, said["code"]) == (503, "FILES_UNAVAILABLE")
    assert await counter.app.db.uploads.count_documents({"restaurantId": counter.world.restaurant_id}) == 0


async def test_many_at_once_on_a_store_that_hangs_all_end_and_hold_nothing(counter: Counter, way: Way) -> None:
    """Those that wait for their turn count that time, too: nobody waits longer because others do."""
    way.breaks("stall", seconds=60)
    ends = await asyncio.gather(*(counter.ask("files_begin_upload", {}) for _ in range(40)))
    assert {(status, said["code"]) for status, said in ends} == {(503, "FILES_UNAVAILABLE")}
    way.is_mended()
    assert await counter.kept(plain())


async def test_what_a_failure_left_half_is_removed(counter: Counter, way: Way) -> None:
    way.breaks("error", match=".jpg")
    status, _ = await counter.upload(plain())
    assert status == 503
    [half] = await counter.stored()
    webp = f"http://127.0.0.1:{way.port}/devstoreaccount1/assets/{half['names'][0]}"
    way.is_mended()
    assert (await seen(webp)).status_code == 200
    assert isinstance(counter.app.clock, FixedClock)
    counter.app.clock.advance(hours=1)
    swept = await sweeping.sweep(counter.app)
    assert swept.removed == [half["_id"]]
    assert await counter.stored() == []
    assert (await seen(webp)).status_code == 404


async def test_a_store_that_is_killed_is_missed_by_pictures_alone(kept: App, azurite: Azurite, world: World) -> None:
    counter = await Counter.of(kept, world)
    address = await counter.kept(plain())
    azurite.kill()
    status, said = await counter.upload(plain(colour="gold"))
    assert (status, said["code"]) == (503, "FILES_UNAVAILABLE")
    status, _ = await counter.ask("restaurant_details", b"")
    assert status == 200
    azurite.start()
    assert (await seen(await counter.kept(plain(colour="gold")))).status_code == 200
    # Azurite writes its list down every few seconds: what it lost is there again once it is sent again.
    assert await counter.kept(plain()) == address
    assert (await seen(address)).status_code == 200
