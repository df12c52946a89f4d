"""Databases that are used again: to make the files of all collections and indexes costs more than most tests do."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import pymongo
import pymongo.database

from shared.store.mongo import indexes
from shared.store.mongo.client import Database
from shared.store.mongo.indexes import INDEXES


class Databases:
    """Databases with every index and nothing in them. One that a test has changed otherwise is thrown away."""

    def __init__(self, client: pymongo.MongoClient[dict[str, Any]]) -> None:
        self._client = client
        self._free: list[str] = []
        self._changes_before: dict[str, int] = {}

    def take(self) -> str:
        """The name of an empty one that nobody uses."""
        name = self._one_that_is_free() or self._made()
        self._changes_before[name] = self._changes()
        return name

    def give_back(self, name: str) -> None:
        """Empty it for the next one who takes one."""
        database = self._client.get_database(name, write_concern=pymongo.WriteConcern(w=1))
        collections = list(database.list_collections())
        is_more = database.command("dbStats")["indexes"] != len(INDEXES) + len(collections)
        is_other = any(one["options"] for one in collections) or self._changes() != self._changes_before[name]
        if is_more or is_other:
            self._client.drop_database(name)
            return
        for one in _not_empty(database, [one["name"] for one in collections]):
            database[one].delete_many({})
        self._free.append(name)

    def _one_that_is_free(self) -> str | None:
        while self._free:
            name = self._free.pop()
            if not _not_empty(self._client[name], self._client[name].list_collection_names()):
                return name
            # Somebody wrote into it after its test was over.
            self._client.drop_database(name)
        return None

    def _made(self) -> str:
        name = f"test_{secrets.token_hex(8)}"
        for collection in sorted({index.collection for index in INDEXES}):
            here = [index for index in INDEXES if index.collection == collection]
            models = [pymongo.IndexModel(list(index.keys), **index.options()) for index in here]
            self._client[name][collection].create_indexes(models)
        return name

    def _changes(self) -> int:
        """How often anybody dropped an index of the server, or changed a collection."""
        commands = self._client.admin.command(_COUNTS)["metrics"]["commands"]
        return sum(int(commands[name]["total"]) for name in ("dropIndexes", "collMod", "drop"))


def _not_empty(database: pymongo.database.Database[dict[str, Any]], collections: Sequence[str]) -> list[str]:
    """Those that hold anything, found by one question: most tests write into a few."""
    looks = [(name, [{"$limit": 1}, {"$project": {"_id": 0, "in": {"$literal": name}}}]) for name in collections]
    (first, look), *others = looks
    also = [{"$unionWith": {"coll": name, "pipeline": pipeline}} for name, pipeline in others]
    return [found["in"] for found in database[first].aggregate([*look, *also])]


_COUNTS = {"serverStatus": 1, "metrics": 1, "wiredTiger": 0, "tcmalloc": 0, "repl": 0, "locks": 0, "transactions": 0}


async def ensure_indexes(db: Database) -> None:
    """Make the indexes where they are not all there, which one question tells."""
    if (await db.command("dbStats"))["indexes"] < len(INDEXES):
        await indexes.ensure(db)
