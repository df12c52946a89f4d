"""The one MongoDB client of a process, and the guarantees that hold whatever the connection string says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from functools import cached_property
from typing import Any, Self, TypeVar

import pymongo
from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient, ReadPreference
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.clock import DatabaseClock
from shared.settings import Settings

Database = AsyncDatabase[dict[str, Any]]
Session = AsyncClientSession
T = TypeVar("T")

REQUEST_SECONDS = 8.0
ACTIVITY_SECONDS = 25.0
TRIES = 8
_FIRST_PAUSE_SECONDS = 0.005
_piece_seconds: ContextVar[float] = ContextVar("piece_seconds", default=REQUEST_SECONDS)

_AT_ONCE = WriteConcern(w=1)
_MAJORITY = WriteConcern(w="majority", j=True)
_LATEST = ReadConcern("local")
_SNAPSHOT = ReadConcern("snapshot")


class _Collections(AsyncDatabase[dict[str, Any]]):
    """A database that makes the object of each collection once: pymongo makes one at every mention."""

    def __getattr__(self, name: str) -> AsyncCollection[dict[str, Any]]:
        collection = super().__getattr__(name)
        self.__dict__[name] = collection
        return collection

    @cached_property
    def at_once(self) -> AsyncDatabase[dict[str, Any]]:
        """The same database, read and written at the primary alone; made once, like the collections."""
        return _Collections(
            self.client,
            self.name,
            codec_options=self.codec_options,
            read_preference=self.read_preference,
            write_concern=_AT_ONCE,
            read_concern=_LATEST,
        )


def connect(settings: Settings, **options: Any) -> Database:
    """The database, on a client that is made but not yet connected.

    Writes are acknowledged by a majority and journalled, and reads are majority reads, whatever the connection string
    says: an order that was answered must survive a failover (rules 5). `options` are for tests (such as event
    listeners).
    """
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        settings.mongodb_uri.get_secret_value(),
        tz_aware=True,
        retryWrites=True,
        retryReads=True,
        serverSelectionTimeoutMS=5000,
        connectTimeoutMS=5000,
        waitQueueTimeoutMS=1000,
        maxPoolSize=20,
        appname="orderbuddy",
        **options,
    )
    return _Collections(
        client,
        settings.db_name,
        codec_options=CodecOptions(tz_aware=True),
        read_preference=ReadPreference.PRIMARY,
        write_concern=_MAJORITY,
        read_concern=ReadConcern("majority"),
    )


def unawaited(db: Database) -> Database:
    """The database as the primary alone has it at this moment. What it holds may still be lost in a failover.

    Use it for two kinds of write: one that a majority write follows (which makes everything before it durable), and one
    that may be lost. Use it for one kind of read: by a step that must see such a write. The step's own move is then a
    compare-and-set with a majority, so it outlasts what the step saw.
    """
    if isinstance(db, _Collections):
        return db.at_once
    return db.with_options(write_concern=_AT_ONCE, read_concern=_LATEST)


def allow_long_work() -> None:
    """Give each piece of database work in this task 25 s instead of a request's 8 s: for activities and timers."""
    _piece_seconds.set(ACTIVITY_SECONDS)


def piece() -> Any:
    """A deadline for one piece of database work: one read, one update, one transaction with its retries.

    Never around a wait or a call to an outside service.
    """
    return pymongo.timeout(_piece_seconds.get())


def within(seconds: float) -> Any:
    """A shorter deadline (seconds) for pieces of database work.

    Do not use asyncio.timeout or anything else that cancels a task. A task that is cancelled while the driver looks for
    a server can leave the driver's lock taken for good. Then every later piece of work of the process waits for ever
    (seen with pymongo 4.20 on Python 3.11, when MongoDB was killed under load).
    """
    return pymongo.timeout(seconds)


class MovedError(Exception):
    """Somebody else moved the document first. Raised in a transaction's body, it undoes the whole transaction."""


class Tries:
    """`async for _ in Tries()`: read, move by compare-and-set, and read again where somebody else moved first.

    There are eight tries in 0.6 s, with pauses that double. A majority read shows another's move only when that move is
    on a disk. A slow disk takes some hundred milliseconds, and until then every try would see the same.
    """

    def __init__(self) -> None:
        self._made = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> int:
        if self._made == TRIES:
            raise StopAsyncIteration
        if self._made:
            await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2 ** (self._made - 1))
        self._made += 1
        return self._made


async def moves(db: Database, body: Callable[[Session], Awaitable[None]]) -> bool:
    """Run guarded moves in one transaction; False, with nothing changed, where one of them raised MovedError."""
    try:
        await transaction(db, body)
    except MovedError:
        return False
    return True


async def transaction(db: Database, body: Callable[[Session], Awaitable[T]]) -> T:
    """Run `body` in one transaction. What it raises undoes the transaction; where MongoDB asks for it, all runs again.

    A DuplicateKeyError inside has already aborted the transaction: handle it outside of this call.
    """
    with piece():
        async with db.client.start_session() as session:
            return await session.with_transaction(body, _SNAPSHOT, _MAJORITY, ReadPreference.PRIMARY)


async def one_try(db: Database, body: Callable[[Session], Awaitable[None]]) -> None:
    """Run `body` in one transaction, and try it only once.

    For callers that have another way where it fails, and must not wait for a document that another transaction holds.
    Raises what `body` raises, and PyMongoError. Then nothing is changed, except where the commit's answer was lost.
    """
    with piece():
        async with (
            db.client.start_session() as session,
            await session.start_transaction(_SNAPSHOT, _MAJORITY, ReadPreference.PRIMARY),
        ):
            await body(session)


async def refresh_clock(db: Database, clock: DatabaseClock) -> None:
    """Read the database's time into `clock` (one `hello`)."""
    with piece():
        asked_at = time.monotonic()
        hello: Mapping[str, Any] = await db.client.admin.command("hello", codec_options=CodecOptions(tz_aware=True))
        clock.set(hello["localTime"], asked_at=asked_at, answered_at=time.monotonic())
