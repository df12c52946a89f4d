"""`orderbuddy seed`."""

from __future__ import annotations

from cli.connection import fail, with_database
from cli.demo import places
from cli.demo.documents import Seeded, write
from cli.output import say, say_json
from shared.settings import Settings
from shared.store.mongo.client import Database


def seed(*, as_json: bool) -> None:
    """Write the demo data, and say where it is."""

    async def work(db: Database, settings: Settings) -> Seeded:
        if settings.app_env == "prod":
            fail("Demo data does not belong into a database of APP_ENV prod.")
        return await write(db)

    seeded = with_database(work)
    if as_json:
        say_json(places.ids())
        return
    for collection, counts in seeded.items():
        say(f"{collection:<12} {counts.created} created, {counts.changed} changed, {counts.kept} kept")
