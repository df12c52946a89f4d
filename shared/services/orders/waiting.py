"""Waiting for news of orders: all who wait in a process share the reads.

Sixteen diners who each read at 5, 10, 20, 40 ms ask MongoDB a hundred times for what a few reads tell: here one read
asks for every order that somebody waits for. A placement waits some milliseconds for its order to appear, and is read
for often while it is young; a page without a live connection waits seconds for its order to change, and all such pages
are read for four times a second. Nobody who waits holds a connection, and the reading ends with the last who waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from bson import ObjectId

from shared.app import App
from shared.documents.payments import Payment
from shared.domain.payment_states import RUNNING
from shared.store import checkouts, orders, payments
from shared.store.mongo.client import Database
from shared.store.orders import Standing

log = logging.getLogger("orderbuddy.waiting")

MAX_WATCHING = 50
"""Pages that wait in one process at once. A host answers 100 requests at once: waiting must leave room for others."""

MAX_OF_ORDER = 4
MAX_OF_ADDRESS = 20
"""Of these places, so many for one order, and for one client address: no caller takes them all, and a venue's guests
behind one address still have some. Whoever finds none asks again after some seconds."""

_AT_MOST = 200
_MAX_KEPT = 100

Seen = TypeVar("Seen")
Read = Callable[[Database, list[ObjectId]], Awaitable[Mapping[ObjectId, Seen]]]


class CrowdedError(Exception):
    """Too many wait already: in this process, for this order, or from this address."""


class _Pace(Protocol):
    """When to read; times are the loop's, in seconds."""

    def first(self, now: float) -> float:
        """When to read for somebody who comes now."""
        ...

    def following(self, now: float, youngest: float, many: int) -> float:
        """When to read again for so many orders, after a read; `youngest` is when the last to wait came."""
        ...

    def came(self, took: float, *, at_once: bool) -> None:
        """An order had news after so long; `at_once`: at the first read."""
        ...


class _Soon:
    """For orders that are to appear at any moment: often while a wait is young and seldom when it is old."""

    # A twentieth of what the youngest has waited: nobody waits for long after his order is there, and few reads are in
    # vain. The more wait, the longer it takes each of them anyway, and the rarer are the reads.
    _SHARE_OF_AGE = 0.05
    _SHORTEST_PAUSE = 0.0005
    _LONGEST_PAUSE = 0.2
    _LONGER_FOR_EACH = 0.001

    # Most orders take about as long as the last ones did: reading long before that would only slow them down. One that
    # is there at the first read may have been there long before, as after a rush: the next is looked for sooner.
    _LONGEST_FIRST_PAUSE = 0.05
    _WEIGHT_OF_LAST = 0.1
    _SOONER = 0.8

    def __init__(self) -> None:
        self._first_pause = 0.005

    def first(self, now: float) -> float:
        return now + self._first_pause

    def following(self, now: float, youngest: float, many: int) -> float:
        pause = min(max((now - youngest) * self._SHARE_OF_AGE, self._SHORTEST_PAUSE), self._LONGEST_PAUSE)
        return now + pause + min(many - 1, 20) * self._LONGER_FOR_EACH

    def came(self, took: float, *, at_once: bool) -> None:
        if at_once:
            self._first_pause *= self._SOONER
        else:
            longer = min(took, self._LONGEST_FIRST_PAUSE) - self._first_pause
            self._first_pause += self._WEIGHT_OF_LAST * longer


class _Steady:
    """For orders that change when somebody in the kitchen does something: a quarter of a second is soon enough."""

    _PAUSE = 0.25

    def first(self, now: float) -> float:
        return now + self._PAUSE

    def following(self, now: float, youngest: float, many: int) -> float:
        return now + self._PAUSE

    def came(self, took: float, *, at_once: bool) -> None:
        """What changed now says nothing of when the next will."""


@dataclass(slots=True, eq=False)
class _Wait(Generic[Seen]):
    """A caller who waits. `since`: the loop's time, in seconds. `reads`: how often was read for it."""

    is_news: Callable[[Seen], bool]
    since: float
    told: asyncio.Future[Seen]
    address: str | None = None
    reads: int = 0


class _Room(Generic[Seen]):
    """Everybody who waits on one client's database for one kind of news, and the task that reads for them."""

    def __init__(self, read: Read[Seen], pace: _Pace) -> None:
        self._read = read
        self._pace = pace
        self._waits: dict[ObjectId, list[_Wait[Seen]]] = {}
        self._next_read = 0.0
        self._sooner = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nobody reads here."""
        return self._reader is None

    @property
    def many(self) -> int:
        """How many wait."""
        return sum(len(waits) for waits in self._waits.values())

    def of_order(self, order_id: ObjectId) -> int:
        """How many wait for this order."""
        return len(self._waits.get(order_id, ()))

    def of_address(self, address: str) -> int:
        """How many wait from this client address."""
        return sum(one.address == address for waits in self._waits.values() for one in waits)

    async def wait(
        self,
        db: Database,
        order_id: ObjectId,
        is_news: Callable[[Seen], bool],
        within: float,
        *,
        address: str | None = None,
    ) -> Seen | None:
        """Wait until something is seen of the order that is news, at most `within` seconds; None where nothing is."""
        loop = asyncio.get_running_loop()
        mine: _Wait[Seen] = _Wait(is_news, loop.time(), loop.create_future(), address)
        self._join(order_id, mine)
        if self._reader is None:
            self._reader = loop.create_task(self._read_on(db))
        try:
            async with asyncio.timeout(within):
                return await mine.told
        except TimeoutError:
            return None
        finally:
            self._leave(order_id, mine)

    def _join(self, order_id: ObjectId, mine: _Wait[Seen]) -> None:
        """The reader reads when news is to be expected, if it would not read before."""
        self._waits.setdefault(order_id, []).append(mine)
        first = self._pace.first(mine.since)
        if self._reader is None or first < self._next_read:
            self._next_read = first
            self._sooner.set()

    def _leave(self, order_id: ObjectId, mine: _Wait[Seen]) -> None:
        self._keep(order_id, [one for one in self._waits.get(order_id, ()) if one is not mine])

    def _keep(self, order_id: ObjectId, waits: list[_Wait[Seen]]) -> None:
        if waits:
            self._waits[order_id] = waits
        else:
            self._waits.pop(order_id, None)

    async def _read_on(self, db: Database) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waits:
                await self._until_next_read(loop)
                asked = list(self._waits)
                for waits in self._waits.values():
                    for one in waits:
                        one.reads += 1
                for first in range(0, len(asked), _AT_MOST):
                    for order_id, seen in (await self._seen(db, asked[first : first + _AT_MOST])).items():
                        self._tell(order_id, seen, loop.time())
                youngest = max((one.since for waits in self._waits.values() for one in waits), default=loop.time())
                self._next_read = self._pace.following(loop.time(), youngest, len(self._waits))
        finally:
            self._reader = None

    async def _until_next_read(self, loop: asyncio.AbstractEventLoop) -> None:
        while (left := self._next_read - loop.time()) > 0:
            self._sooner.clear()
            try:
                async with asyncio.timeout(left):
                    await self._sooner.wait()
            except TimeoutError:
                return

    async def _seen(self, db: Database, order_ids: list[ObjectId]) -> Mapping[ObjectId, Seen]:
        try:
            return await self._read(db, order_ids)
        except Exception as error:
            # Whatever it is, the wait goes on: there may be news all the same.
            log.warning("orders could not be read: %s", type(error).__name__)
            return {}

    def _tell(self, order_id: ObjectId, seen: Seen, now: float) -> None:
        waits = self._waits.get(order_id, [])
        told = [one for one in waits if one.is_news(seen)]
        if not told:
            return
        youngest = max(told, key=lambda one: one.since)
        self._pace.came(now - youngest.since, at_once=youngest.reads <= 1)
        self._keep(order_id, [one for one in waits if one not in told])
        for one in told:
            if not one.told.done():
                one.told.set_result(seen)


async def order_appears(app: App, order_id: ObjectId, *, within: float) -> bool:
    """Wait until the order is there, at most `within` seconds; False where it is not."""
    room = _room(_appearing, app.db, lambda: _Room(_placed, _Soon()))
    return await room.wait(app.db, order_id, lambda _: True, within) is not None


async def payment_ends(app: App, payment: Payment, *, within: float) -> Payment | None:
    """Wait for what comes of this very attempt to pay, at most `within` seconds: its order, or that there will be none.

    None where nothing came of it yet.
    """
    room = _room(_paying, app.db, lambda: _Room(payments.of_previews, _Soon()))

    def own(attempts: list[Payment]) -> Payment | None:
        return next((one for one in attempts if one.id == payment.id), None)

    def is_news(attempts: list[Payment]) -> bool:
        now = own(attempts)
        return now is not None and now.state not in RUNNING and now.state != "approved"

    seen = await room.wait(app.db, payment.preview_id, is_news, within)
    return own(seen) if seen else None


async def order_changes(
    app: App, order_id: ObjectId, known: Standing, *, after: int, within: float, address: str | None = None
) -> bool:
    """Wait until the order, or the checkout that is none yet, is not in the `known` state any more or has a seq above
    `after`, at most `within` seconds; False where nothing came.

    `address`: the client's, None where it is unknown. Raises CrowdedError, at once.
    """
    room = _room(_changing, app.db, lambda: _Room(_standings, _Steady()))
    if (
        room.many >= MAX_WATCHING
        or room.of_order(order_id) >= MAX_OF_ORDER
        or (address is not None and room.of_address(address) >= MAX_OF_ADDRESS)
    ):
        raise CrowdedError

    def is_news(now: Standing) -> bool:
        return now.state != known.state or now.seq > after

    return await room.wait(app.db, order_id, is_news, within, address=address) is not None


# By loop, client and database: two clients of one address compare equal, but one may be closed.
_Rooms = dict[tuple[int, int, str], _Room[Any]]
_appearing: _Rooms = {}
_paying: _Rooms = {}
_changing: _Rooms = {}


def _room(rooms: _Rooms, db: Database, make: Callable[[], _Room[Any]]) -> _Room[Any]:
    key = (id(asyncio.get_running_loop()), id(db.client), db.name)
    if key not in rooms:
        for idle in [key for key, room in rooms.items() if room.is_idle][:-_MAX_KEPT]:
            del rooms[idle]
        rooms[key] = make()
    return rooms[key]


async def _placed(db: Database, order_ids: list[ObjectId]) -> Mapping[ObjectId, bool]:
    return dict.fromkeys(await orders.placed_among(db, order_ids), True)


async def _standings(db: Database, order_ids: list[ObjectId]) -> Mapping[ObjectId, Standing]:
    found = await orders.standings(db, order_ids)
    no_order = [order_id for order_id in order_ids if order_id not in found]
    if no_order:
        states = await checkouts.states(db, no_order)
        found |= {order_id: Standing(state, 0) for order_id, state in states.items()}
    return found
