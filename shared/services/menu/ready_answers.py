"""Answers kept as ready bytes, per process: what many diners read needs no MongoDB, no model and no JSON each time.

Nobody is answered with what is older than a second. After that the first who asks reads again, and all who ask
meanwhile wait for that one read; where what it finds is what was found before, the bytes stay as they are. Only what
exists is kept, so unknown ids push nothing out.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from shared.api.ready import Ready, ready
from shared.app import App
from shared.errors import Problem
from shared.ids import is_hex24
from shared.store.mongo.client import Database

FRESH_SECONDS = 1.0
MAX_KEPT = 2000
MAX_BYTES = 64 * 1024 * 1024
"""Of all answers of a process together, with what they were made from."""

_OVERHEAD = 1024

T = TypeVar("T")


_Key = tuple[str, ...]


@dataclass(slots=True)
class _Kept:
    answer: Ready[Any]
    source: Any
    until: float
    moment: int

    @property
    def weight(self) -> int:
        parts = self.source if isinstance(self.source, tuple) else (self.source,)
        source = sum(len(part) for part in parts if isinstance(part, bytes))
        return len(self.answer.plain) + len(self.answer.zipped or b"") + source + _OVERHEAD


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    task: asyncio.Task[Ready[Any]]
    until: float
    moment: int


class Cache:
    """What is kept of one database: the longest unused goes first. `bytes` is the weight of it all."""

    def __init__(self) -> None:
        self.kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self.reading: dict[_Key, _Reading] = {}
        self.bytes = 0

    def keep(self, key: _Key, kept: _Kept) -> None:
        """Put an answer in the place of the one before it, unless that is newer."""
        before = self.kept.get(key)
        if before is not None and before.until > kept.until:
            # A slow read ended after one that began later.
            return
        self.forget(key)
        self.kept[key] = kept
        self.bytes += kept.weight
        while len(self.kept) > MAX_KEPT or self.bytes > MAX_BYTES:
            self.bytes -= self.kept.popitem(last=False)[1].weight

    def forget(self, key: _Key) -> None:
        """Drop an answer, if there is one."""
        before = self.kept.pop(key, None)
        if before is not None:
            self.bytes -= before.weight

    def ended(self, key: _Key, task: asyncio.Task[Ready[Any]]) -> None:
        """A read is over."""
        reading = self.reading.get(key)
        if reading is not None and reading.task is task:
            del self.reading[key]
        if not task.cancelled():
            # Seen here too: all who waited for it may have hung up.
            task.exception()


# By identity: a database's own hash and equality cost more than all the rest of an answer from here.
_caches: dict[int, Cache] = {}


def cache_of(db: Database) -> Cache:
    """What is kept of this database, for as long as it lives."""
    cache = _caches.get(id(db))
    if cache is None:
        cache = _caches[id(db)] = Cache()
        weakref.finalize(db, _caches.pop, id(db), None)
    return cache


def _never(_: App) -> int:
    return 0


class Resource(Generic[T]):
    """One kind of answer, of which there is one for each restaurant id and further ids."""

    def __init__(
        self,
        name: str,
        read: Callable[..., Awaitable[Any]],
        build: Callable[[Any], T],
        *,
        moment: Callable[[App], int] = _never,
    ) -> None:
        """`read(app, *ids)` gets what the answer is made from: a value that equals itself while nothing has changed, or
        an empty one, which is not kept. `build` makes the answer's data of it. `moment`: changes when time alone may
        change the answer. What `read` or `build` raise is raised to all who wait for it, and not kept.
        """
        self._name = name
        self._read = read
        self._build = build
        self._moment = moment

    async def ready(self, app: App, restaurant_id: str, *ids: str) -> Ready[T]:
        """The answer, as it was at most a second ago. Raises what reading it raises."""
        cache = cache_of(app.db)
        moment = self._moment(app)
        key = (self._name, restaurant_id, *ids)
        found = cache.kept.get(key)
        if found is None:
            # An ObjectId in other letter case is the same one.
            key = (self._name, restaurant_id, *(text.lower() if is_hex24(text) else text for text in ids))
            found = cache.kept.get(key)
        now = time.monotonic()
        if found is not None and now < found.until and found.moment == moment:
            cache.kept.move_to_end(key)
            return found.answer
        reading = cache.reading.get(key)
        # A read that began more than a second ago may have seen what has been changed since.
        if reading is None or now >= reading.until or reading.moment != moment:
            until = now + FRESH_SECONDS
            task = asyncio.get_running_loop().create_task(self._renew(app, cache, key, until, moment))
            reading = cache.reading[key] = _Reading(task, until, moment)
            task.add_done_callback(partial(cache.ended, key))
        # Shielded: one who hangs up does not take the read from the others.
        return await asyncio.shield(reading.task)

    async def _renew(self, app: App, cache: Cache, key: _Key, until: float, moment: int) -> Ready[T]:
        try:
            source = await self._read(app, *key[1:])
        except Problem:
            # It is gone. In an outage it stays, old, and need not be made anew afterwards.
            cache.forget(key)
            raise
        if not source:
            cache.forget(key)
            return ready(self._build(source))
        found = cache.kept.get(key)
        answer = found.answer if found is not None and found.source == source else ready(self._build(source))
        cache.keep(key, _Kept(answer, source, until, moment))
        return answer
