"""How fast a menu is read: from ready bytes, as a 304, and when nobody has read it before."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pymongo
from bson import ObjectId

from tests.bench.flow import Result, timed
from tests.bench.load import Measured, request_bytes
from tests.bench.load import measure as load
from tests.http_client import Connection

ANSWER_BYTES = 110_000
NEVER_READ = 240
_IDLE_SECONDS = 1.1
_ROUNDS = 5


@dataclass
class Menus:
    """What the scenarios read: `path` is a menu, `never_read` are others of its size."""

    path: str
    never_read: Iterator[str]

    async def ready(self, base_url: str, connections: int, seconds: float, **headers: str) -> Result:
        """The menu over and over, within the second in which it needs no database, with one look at it in between."""
        known = "if_none_match" in headers
        name = "304" if known else "200, gzip" if "gzip" in headers.values() else "200"
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        url = f"{base_url}/{self.path}"
        result = Result("menu", connections)
        samples = result.kinds[name]
        try:
            shown: Measured = await load(
                url, request_bytes(url, headers=sent), connections=connections, seconds=seconds
            )
        except (OSError, TimeoutError) as error:
            samples.errors.append(f"{type(error).__name__} {error}")
            result.seconds = seconds
            return result
        expected = 304 if known else 200
        samples.times = list(shown.times)
        result.seconds = shown.seconds
        for status, count in shown.statuses.items():
            samples.errors += [] if status == expected else [str(status)] * count
        return result

    async def first(self, base_url: str, connections: int) -> Result:
        """Menus that no one has read yet, each once."""
        result = Result("menu", connections)
        paths = list(itertools.islice(self.never_read, NEVER_READ // 3))
        started = time.perf_counter()

        async def one() -> None:
            async with Connection(base_url) as connection:
                while paths:
                    await timed(result.kinds["first read"], connection.get(paths.pop()))

        await asyncio.gather(*(one() for _ in range(connections)))
        result.seconds = time.perf_counter() - started
        return result

    async def again(self, base_url: str, connections: int) -> Result:
        """The menu by all at once, after more than a second in which nobody read it; the pauses do not count."""
        result = Result("menu", connections)
        clients = [Connection(base_url) for _ in range(connections)]
        samples = result.kinds["after a second's pause"]
        for _ in range(_ROUNDS):
            await asyncio.sleep(_IDLE_SECONDS)
            started = time.perf_counter()
            await asyncio.gather(*(timed(samples, client.get(self.path)) for client in clients))
            result.seconds += time.perf_counter() - started
        for client in clients:
            await client.close()
        return result


def demo_menus(demo: dict[str, str]) -> Menus:
    """A demo menu as it is; with no database at hand there is none that nobody has read."""
    return Menus(_path(demo["restaurantId"], demo["locationId"], demo["menuId"]), iter(()))


def copied_menus(mongo_uri: str, db_name: str, demo: dict[str, str], answer_bytes: int) -> Menus:
    """Copies of a demo menu, whose answer has `answer_bytes`, at a location of their own, made as large as the design
    speaks of.
    """
    here = {"restaurantId": f"bench-{ObjectId()}", "locationId": ObjectId()}
    with pymongo.MongoClient[dict[str, Any]](mongo_uri) as client:
        menu = client[db_name].menus.find_one({"_id": ObjectId(demo["menuId"])})
        assert menu is not None
        dishes = menu["items"]
        count = round(len(dishes) * ANSWER_BYTES / answer_bytes)
        items = [
            dish | ({"id": str(ObjectId())} if turn >= len(dishes) else {})
            for turn, dish in zip(range(count), itertools.cycle(dishes), strict=False)
        ]
        copies = [menu | here | {"_id": ObjectId(), "items": items} for _ in range(NEVER_READ + 1)]
        client[db_name].menus.insert_many(copies)
    paths = [_path(here["restaurantId"], here["locationId"], copy["_id"]) for copy in copies]
    return Menus(paths[0], iter(paths[1:]))


def _path(restaurant_id: object, location_id: object, menu_id: object) -> str:
    return f"order-app/restaurants/{restaurant_id}/locations/{location_id}/menus/{menu_id}"
