"""One call of each function of the store: pictures, and the doors by which they are sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from shared.documents.files import StoredPicture, Upload
from shared.store import files
from tests.integration.store.seeded import NOW, Calls, Seeded


def _picture(s: Seeded, name: str) -> StoredPicture:
    place = s.world.restaurant_id
    return StoredPicture(
        id=f"{place}/menu/{name}",
        restaurant_id=place,
        folder="menu",
        state="stored",
        names=[f"{place}/menu/{name}-320.jpg"],
        created_at=NOW,
        look_at=NOW,
    )


def _of_one(work: Callable[[Seeded, StoredPicture], Awaitable[Any]]) -> Callable[[Seeded], Awaitable[Any]]:
    async def call(s: Seeded) -> Any:
        for number in range(200):
            await files.begin(s.db, _picture(s, f"{number:032x}"))
        s.captured.take()
        return await work(s, _picture(s, f"{7:032x}"))

    return call


CALLS: Calls = {
    "files.count": _of_one(lambda s, one: files.count(s.db, one.restaurant_id, 100)),
    "files.begin": lambda s: files.begin(s.db, _picture(s, "new")),
    "files.keep": _of_one(lambda s, one: s.committed(lambda session: files.keep(s.db, one.id, NOW, session))),
    "files.due": _of_one(lambda s, one: files.due(s.db, NOW, 100)),
    "files.looked": _of_one(lambda s, one: files.looked(s.db, one, look_at=NOW, unnamed_since=NOW)),
    "files.go": _of_one(lambda s, one: files.go(s.db, one, NOW)),
    "files.stay": _of_one(lambda s, one: files.stay(s.db, one.id, NOW)),
    "files.forget": _of_one(lambda s, one: files.forget(s.db, one.id)),
    "files.named": lambda s: files.named(s.db, s.world.restaurant_id),
    "files.open_door": lambda s: files.open_door(
        s.db, Upload(id="upload", restaurant_id=s.world.restaurant_id, created_at=NOW, purge_at=NOW)
    ),
    "files.door": lambda s: files.door(s.db, s.world.restaurant_id, "upload"),
    "files.came": lambda s: files.came(s.db, "upload", "name"),
}
