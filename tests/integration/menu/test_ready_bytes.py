"""Answers from ready bytes: what goes over HTTP, how soon an edit is seen, and what it costs in MongoDB."""

from __future__ import annotations

import asyncio
import gzip
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import bson
import httpx
import pymongo
import pytest
from bson import ObjectId
from bson.raw_bson import RawBSONDocument

from local.supervisor.options import PROJECT
from shared.api import ready
from shared.app import App
from shared.clock import FixedClock
from shared.errors import MENU_NOT_FOUND, Problem
from shared.memory.slots import Memory
from shared.services.menu import reading
from shared.services.menu.ready_answers import ANSWERS, FRESH_SECONDS, Resource
from shared.services.ordering import previewing
from shared.settings import Settings
from shared.store.mongo.client import connect
from tests.integration.local_host.process import HostProcess
from tests.integration.ordering.test_round_trips import Commands
from tests.integration.world import World, text
from tests.patience import PATIENCE_SECONDS, wait_until

PER_REQUEST = {"x-request-id", "server-timing", "date"}
PLAIN = {"accept-encoding": "identity"}
GZIP = {"accept-encoding": "gzip, deflate, br"}


# Over HTTP


class Served:
    """A world in a database that a host serves."""

    def __init__(self, db: pymongo.database.Database[dict[str, Any]], http: httpx.Client) -> None:
        self.db = db
        self.http = http
        self.world = World()
        for collection, documents in self.world.documents().items():
            db[collection].insert_many(documents)
        self.restaurant = f"api/v1/order-app/restaurants/{self.world.restaurant_id}"
        self.location = f"{self.restaurant}/locations/{self.world.location_id}"
        self.menus = f"{self.location}/menus"
        self.menu = f"{self.menus}/{self.world.menu_id}"

    def rename(self, name: str) -> None:
        self.db.menus.update_one({"_id": self.world.menu_id}, {"$set": {"name": text(name)}})


@pytest.fixture(scope="module")
def database(mongo_uri: str) -> Iterator[pymongo.database.Database[dict[str, Any]]]:
    with pymongo.MongoClient[dict[str, Any]](mongo_uri, w="majority") as client:
        name = f"test_{secrets.token_hex(8)}"
        yield client[name]
        client.drop_database(name)


@pytest.fixture(scope="module")
def http(
    database: pymongo.database.Database[dict[str, Any]],
    mongo_uri: str,
    web_pubsub: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[httpx.Client]:
    environment = {
        "APP_ENV": "local",
        "MONGODB_URI": mongo_uri,
        "DB_NAME": database.name,
        "WEB_PUBSUB_CONNECTION_STRING": web_pubsub,
    }
    with (
        HostProcess(PROJECT, tmp_path_factory.mktemp("host"), env=environment) as host,
        httpx.Client(base_url=host.url, timeout=PATIENCE_SECONDS) as client,
    ):
        yield client


@pytest.fixture
def served(database: pymongo.database.Database[dict[str, Any]], http: httpx.Client) -> Served:
    return Served(database, http)


def kept_headers(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in PER_REQUEST}


def test_every_ready_route_has_a_tag_and_answers_304_to_it(served: Served) -> None:
    menu_app = f"menu-app/{served.world.restaurant_id}"
    for url in (served.restaurant, served.location, served.menus, served.menu, menu_app):
        first = served.http.get(url, headers=PLAIN)
        assert first.status_code == 200
        assert first.headers["cache-control"] == "no-cache"
        assert first.headers["vary"] == "accept-encoding"
        assert first.headers["content-type"] == "application/json"
        assert "etag" in first.headers["access-control-expose-headers"]
        again = served.http.get(url, headers={**PLAIN, "if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "vary", "cache-control", "access-control-expose-headers"):
            assert again.headers[name] == first.headers[name], (url, name)
        assert "content-length" not in again.headers


def test_old_paths_answer_with_the_same_tag(served: Served) -> None:
    new = served.http.get(served.menu, headers=PLAIN)
    old = served.http.get(served.menu.removeprefix("api/v1/"), headers=PLAIN)
    assert (old.status_code, old.headers["etag"], old.content) == (200, new.headers["etag"], new.content)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{tag}", 304),
        ("W/{tag}", 304),
        ('"other", {tag}', 304),
        ('"a,b",W/{tag} , "c"', 304),
        ("*", 304),
        ('"other"', 200),
        ('W/"other", "another"', 200),
        ('"*"', 200),
        ("{zipped}", 200),
        ("", 200),
        ("{bare}x", 200),
    ],
)
def test_if_none_match_is_read_as_the_standard_says(served: Served, sent: str, status: int) -> None:
    plain = served.http.get(served.menu, headers=PLAIN).headers["etag"]
    zipped = served.http.get(served.menu, headers=GZIP).headers["etag"]
    condition = sent.format(tag=plain, zipped=zipped, bare=plain.strip('"'))
    response = served.http.get(served.menu, headers={**PLAIN, "if-none-match": condition})
    assert response.status_code == status


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("GZIP;q=0.5", True),
        ("*", True),
        ("br;q=1, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, *", False),
        ("*;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("br", False),
        ("", False),
        ("gzip;q=nonsense", False),
    ],
)
def test_gzip_is_sent_to_who_takes_it(served: Served, accepted: str, zipped: bool) -> None:
    plain = served.http.get(served.menu, headers=PLAIN)
    with served.http.stream("GET", served.menu, headers={"accept-encoding": accepted}) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers.get("content-encoding") == ("gzip" if zipped else None)
    assert (gzip.decompress(raw) if zipped else raw) == plain.content
    assert len(raw) == int(response.headers["content-length"])
    assert (response.headers["etag"] == plain.headers["etag"]) is not zipped
    known = {"accept-encoding": accepted, "if-none-match": response.headers["etag"]}
    assert served.http.get(served.menu, headers=known).status_code == 304


def test_what_is_small_is_not_compressed(served: Served) -> None:
    response = served.http.get(served.restaurant, headers=GZIP)
    assert "content-encoding" not in response.headers
    assert len(response.content) < ready.ZIPPED_FROM


@pytest.mark.parametrize("accepted", [PLAIN, GZIP])
def test_head_has_the_headers_of_get(served: Served, accepted: dict[str, str]) -> None:
    for url in (served.menu, served.restaurant):
        got = served.http.get(url, headers=accepted)
        head = served.http.head(url, headers=accepted)
        assert (head.status_code, head.content) == (200, b"")
        assert kept_headers(head) == kept_headers(got)
        known = {**accepted, "if-none-match": got.headers["etag"]}
        assert served.http.head(url, headers=known).status_code == 304


def test_an_edit_is_seen_and_changes_the_tag(served: Served) -> None:
    known = served.http.get(served.menu, headers=PLAIN).headers["etag"]

    def changed() -> httpx.Response | None:
        answer = served.http.get(served.menu, headers={**PLAIN, "if-none-match": known})
        return None if answer.status_code == 304 else answer

    for name in ("One", "Two"):
        served.rename(name)
        seen = wait_until(changed, "the edit is not seen")
        assert seen is not None
        assert seen.json()["data"]["name"]["en"] == name
        known = seen.headers["etag"]


def test_a_menu_that_is_missing_is_not_remembered_as_missing(served: Served) -> None:
    key = ObjectId()
    url = f"{served.menus}/{key}"
    missing = served.http.get(url)
    assert (missing.status_code, missing.json()["code"]) == (404, "INVALID_MENU")
    assert missing.headers["cache-control"] == "no-store"
    assert "etag" not in missing.headers
    document = served.world.documents()["menus"][0]
    served.db.menus.insert_one(document | {"_id": key})
    assert served.http.get(url).status_code == 200
    served.db.menus.delete_one({"_id": key})
    time.sleep(FRESH_SECONDS)
    assert served.http.get(url).status_code == 404


# In the process


@pytest.fixture
def commands() -> Commands:
    return Commands()


@pytest.fixture
async def watched(app: App, settings: Settings, commands: Commands) -> AsyncIterator[App]:
    db = connect(settings, event_listeners=[commands])
    await db.client.admin.command("ping")
    commands.take()
    yield replace(app, db=db, memory=Memory())
    await db.client.close()


def ids(world: World) -> tuple[str, str, str]:
    return world.restaurant_id, str(world.location_id), str(world.menu_id)


async def test_a_hundred_first_reads_are_one(watched: App, world: World, commands: Commands) -> None:
    answers = await asyncio.gather(*(reading.MENU.ready(watched, *ids(world)) for _ in range(100)))
    assert commands.take() == ["find"]
    assert len({id(answer) for answer in answers}) == 1
    assert json.loads(answers[0].plain)["data"]["_id"] == str(world.menu_id)


async def test_within_a_second_nothing_is_read_and_then_once(watched: App, world: World, commands: Commands) -> None:
    first = await reading.MENU.ready(watched, *ids(world))
    commands.take()
    assert await reading.MENU.ready(watched, *ids(world)) is first
    assert commands.take() == []
    await asyncio.sleep(FRESH_SECONDS)
    answers = await asyncio.gather(*(reading.MENU.ready(watched, *ids(world)) for _ in range(100)))
    assert commands.take() == ["find"]
    # What has not changed is not made again.
    assert all(answer is first for answer in answers)


async def test_letter_case_of_an_id_makes_no_second_answer(watched: App, world: World, commands: Commands) -> None:
    restaurant, location, menu = ids(world)
    first = await reading.MENU.ready(watched, restaurant, location, menu)
    commands.take()
    assert await reading.MENU.ready(watched, restaurant, location.upper(), menu.upper()) is first
    assert commands.take() == []
    assert len(watched.memory[ANSWERS]) == 1


async def test_one_who_hangs_up_does_not_take_the_read_from_the_others(watched: App, world: World) -> None:
    impatient = asyncio.create_task(reading.MENU.ready(watched, *ids(world)))
    patient = asyncio.create_task(reading.MENU.ready(watched, *ids(world)))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).plain
    assert impatient.cancelled()


async def test_what_is_kept_is_bounded_by_its_bytes(app: App) -> None:
    async def read(_: App, key: str) -> str:
        return key

    resource = Resource("long", read, lambda key: key * 1000)
    kept = app.memory[ANSWERS].recent
    kept.most = 5
    for number in range(9):
        await resource.ready(app, f"{number}")
        await resource.ready(app, "0")
    assert [key[1] for key in kept] == ["5", "6", "7", "8", "0"]
    before = kept.bytes
    assert before > 5 * 1000
    kept.most_bytes = before // 2
    await resource.ready(app, "9")
    assert 1000 < kept.bytes <= before // 2
    assert [key[1] for key in kept][-1] == "9"


async def test_unknown_ids_leave_nothing_behind(app: App, world: World) -> None:
    for _ in range(3):
        with pytest.raises(Problem) as refused:
            await reading.MENU.ready(app, world.restaurant_id, str(ObjectId()), str(ObjectId()))
        assert refused.value.code is MENU_NOT_FOUND
        assert (await reading.MENU_LIST.ready(app, world.restaurant_id, str(ObjectId()))).plain == b'{"data":[]}'
    kept = app.memory[ANSWERS].recent
    assert (len(kept), kept.bytes) == (0, 0)


async def test_closing_time_is_seen_at_once(app: App, world: World, clock: FixedClock) -> None:
    hours = [{"day": "monday", "isOpen": True, "startTime": "09:00", "endTime": "17:00"}]
    await app.db.locations.update_one({"_id": world.location_id}, {"$set": {"workingHours": hours, "timezone": "UTC"}})
    seen = {}
    for moment in ("08:59:59", "09:00:00", "17:00:59", "17:01:00"):
        clock.moment = datetime.fromisoformat(f"2026-11-23T{moment}").replace(tzinfo=UTC)
        answer = await reading.LOCATION.ready(app, world.restaurant_id, str(world.location_id))
        seen[moment] = json.loads(answer.plain)["data"]["isOpen"]
    assert seen == {"08:59:59": False, "09:00:00": True, "17:00:59": True, "17:01:00": False}


async def test_a_broken_menu_does_not_break_the_others(app: App, world: World) -> None:
    document = world.documents()["menus"][0]
    # A text that is no UTF-8, as only a foreign program could have written it.
    broken = bson.encode(document | {"_id": ObjectId(), "menuSlug": "????"}).replace(b"????", b"\xff\xfe\xff\xfe")
    await app.db.menus.insert_one(RawBSONDocument(broken))
    listed = await reading.MENU_LIST.ready(app, world.restaurant_id, str(world.location_id))
    assert [entry["_id"] for entry in json.loads(listed.plain)["data"]] == [str(world.menu_id)]
    assert (await reading.MENU.ready(app, *ids(world))).plain
    preview = await previewing.preview(app, world.request("soup"), request_id="r")
    assert preview.subtotal_cents == 1000
