"""Reads of another moment: what a read outside a transaction may show for a while after a failover."""

from __future__ import annotations

from typing import Any

import pymongo
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

Stored = dict[str, Any]


class OldReads(CommandListener):
    """Shows a document as it was (None: as not yet there) to each read that is outside a transaction.

    The database is real: the old document is put in its place for the time of the read.
    """

    def __init__(self, uri: str, db_name: str) -> None:
        self._db: Any = pymongo.MongoClient[Stored](uri, tz_aware=True)[db_name]
        self._old: dict[str, tuple[Any, Stored | None]] = {}
        self._now: dict[int, tuple[str, Any, Stored]] = {}

    def show(self, collection: str, key: Any, old: Stored | None) -> None:
        """From now on reads of this collection see the document with this id as it was."""
        self._old[collection] = (key, old)

    def close(self) -> None:
        """Let go of the connection."""
        self._db.client.close()

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name not in ("find", "aggregate") or "txnNumber" in event.command:
            return
        collection = str(event.command[event.command_name])
        if collection not in self._old:
            return
        key, old = self._old[collection]
        now = self._db[collection].find_one({"_id": key})
        if now is None:
            return
        self._now[event.request_id] = (collection, key, now)
        self._put(collection, key, old)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._put_back(event.request_id)

    def failed(self, event: CommandFailedEvent) -> None:
        self._put_back(event.request_id)

    def _put_back(self, request_id: int) -> None:
        if request_id in self._now:
            self._put(*self._now.pop(request_id))

    def _put(self, collection: str, key: Any, document: Stored | None) -> None:
        if document is None:
            self._db[collection].delete_one({"_id": key})
        else:
            self._db[collection].replace_one({"_id": key}, document, upsert=True)
