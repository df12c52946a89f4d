"""The only publisher: tells screens what happened to an order, in order, at least once (rules 6)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.documents.orders import OrderEvent
from shared.domain.announcements import CannotAnnounceError, Message, announce
from shared.integrations.live import LiveRefused, LiveUnavailable
from shared.memory.pool import each
from shared.memory.slots import Slot
from shared.services.messages import reaching
from shared.services.webhooks import nudging
from shared.store import order_events
from shared.store.mongo.client import within
from shared.store.order_events import Sent
from shared.telemetry import traces

log = logging.getLogger("orderbuddy.outbox")

AFTER_COMMIT_SECONDS = 2.0
PUBLISH_SECONDS = 10.0
SWEEP_OLDER_THAN = timedelta(seconds=5)
SWEEP_AT_MOST = 100
SWEEP_SECONDS = 8.0
SWEEP_AT_A_TIME = 8
TRIES = 5
LEFT_ALONE_SECONDS = 5.0
"""For how long nobody who has just committed waits again for a live service that gave no answer in time."""
GATHER_SECONDS = 0.02
"""How long storing what was sent waits for other orders, to be stored with theirs: nobody waits for the storing."""
YIELD_SECONDS = 0.05
"""How long publishing waits for commits: it costs as much as they do, and a diner waits only for a commit."""


async def publish(
    app: App,
    order_id: ObjectId,
    committed: Sequence[OrderEvent] | None = None,
    *,
    seconds: float = PUBLISH_SECONDS,
    spared: bool = False,
) -> bool:
    """Send the order's unpublished rows, the lowest seq first, and store what was sent. True where nothing is left.

    `committed`: the rows, where the caller has just written all that the order has; that saves reading them. `seconds`:
    how long reading and sending may take, each. `spared`: send nothing where the live service gave no answer in time a
    moment ago.

    It stops at the first failure, so that no screen hears a later row before an earlier one. A row that the service
    refuses is given up after five tries, so that it does not block its order for ever. Publishing twice is harmless.
    """
    pause = GATHER_SECONDS if committed is not None else 0.0
    if committed is None:
        with within(seconds):
            committed = await order_events.unpublished(app.db, order_id)
    if not committed:
        return True
    with traces.joined(committed[0].trace, "publish", {"orderId": order_id, "rows": len(committed)}):
        if spared and time.monotonic() < app.memory[SILENCE].until:
            _others_tell(app, committed)
            return False
        return await _publish(app, order_id, committed, seconds=seconds, pause=pause)


@dataclass(slots=True)
class _Silence:
    """Until when the live service is left alone by those who have just committed, on the monotonic clock."""

    until: float = 0.0


SILENCE: Slot[_Silence] = Slot(_Silence)


def _others_tell(app: App, committed: Sequence[OrderEvent]) -> None:
    nudging.soon(app, {row.restaurant_id for row in committed})
    reaching.soon(app, committed)


async def _publish(
    app: App, order_id: ObjectId, committed: Sequence[OrderEvent], *, seconds: float, pause: float
) -> bool:
    silence = app.memory[SILENCE]
    sent: list[Sent] = []
    refused: OrderEvent | None = None
    done = False
    try:
        async with asyncio.timeout(seconds):
            for row in committed:
                tried = await _send(app, row)
                if tried.refused and row.tries + 1 < TRIES:
                    refused = row
                    break
                if tried.refused:
                    log.error("row %s is given up after %d tries and needs attention", row.id, TRIES)
                sent.append(Sent(row, tried.groups, gave_up=tried.refused))
            else:
                done = True
        silence.until = 0.0
    except TimeoutError:
        silence.until = time.monotonic() + LEFT_ALONE_SECONDS
        log.info("live service gave no answer in %g s for order %s", seconds, order_id)
    except LiveUnavailable as error:
        log.info("live service unavailable for order %s: %r", order_id, error)
    finally:
        _others_tell(app, committed)
        # Also where the time was up in the middle: what was sent is stored, and the sweeper sends the rest.
        await _write_down(app, sent, refused, pause=pause)
    return done


@dataclass(slots=True)
class _Notes:
    """What was sent of any orders, to be stored together. `writing`: the task that stores it."""

    sent: list[Sent] = field(default_factory=list)
    refused: list[OrderEvent] = field(default_factory=list)
    writing: asyncio.Task[None] | None = None


@dataclass(slots=True)
class _Book:
    """The notes of this process: new ones gather while the last ones are being stored."""

    next: _Notes = field(default_factory=_Notes)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


BOOK: Slot[_Book] = Slot(_Book)


async def _write_down(app: App, sent: Sequence[Sent], refused: OrderEvent | None, *, pause: float) -> None:
    """Store what was sent after a `pause` (seconds), together with what other orders have sent by then."""
    if not sent and refused is None:
        return
    book = app.memory[BOOK]
    notes = book.next
    notes.sent += sent
    notes.refused += [refused] if refused else []

    async def write() -> None:
        await asyncio.sleep(pause)
        async with book.turn:
            book.next = _Notes()
            await order_events.record(app.db, notes.sent, notes.refused, app.clock.now())

    if notes.writing is None:
        notes.writing = asyncio.get_running_loop().create_task(write())
    # Others wait for it, too.
    await asyncio.shield(notes.writing)


@dataclass(frozen=True, slots=True)
class _Tried:
    """The groups that one row reached. `refused`: a message of it can never be sent as it is."""

    groups: list[str]
    refused: bool


async def _send(app: App, row: OrderEvent) -> _Tried:
    """Send one row to all its groups, each in order. Groups that are told the same share a call, and the messages that
    only one group gets go out together after it. Raises LiveUnavailable."""
    try:
        messages = announce(row)
    except CannotAnnounceError as error:
        # It must not block the rows behind it for ever.
        log.error("row %s cannot be announced: %s", row.id, error)
        return _Tried([], refused=True)
    groups = list(dict.fromkeys(message.group for message in messages))
    failed: set[str] = set()

    async def to_all(shared: _Shared) -> None:
        try:
            await app.live.send_to_groups(shared.groups, shared.data)
        except LiveRefused as refused:
            log.warning("message of row %s refused: %s", row.id, refused)
            failed.update(refused.groups)

    for turn in _turns(messages):
        ends = await asyncio.gather(*map(to_all, turn), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
    return _Tried([group for group in groups if group not in failed], bool(failed))


@dataclass(frozen=True, slots=True)
class _Shared:
    """One message, and all the groups that get it."""

    data: dict[str, Any]
    groups: list[str]


def _turns(messages: Sequence[Message]) -> list[list[_Shared]]:
    """What goes out at the same time, one turn after the other: the first message of each group, then the second."""
    counts: dict[str, int] = {}
    turns: list[list[_Shared]] = []
    for message in messages:
        at = counts[message.group] = counts.get(message.group, -1) + 1
        if at == len(turns):
            turns.append([])
        data = message.data()
        same = next((shared for shared in turns[at] if shared.data == data), None)
        if same is None:
            turns[at].append(_Shared(data, [message.group]))
        else:
            same.groups.append(message.group)
    return turns


@dataclass(slots=True)
class _Commits:
    """How many orders this process is committing, and who waits until it commits none."""

    count: int = 0
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


COMMITS: Slot[_Commits] = Slot(_Commits)


@contextmanager
def committing(app: App) -> Iterator[None]:
    """While inside, publishing waits: a diner waits for this commit."""
    commits = app.memory[COMMITS]
    commits.count += 1
    try:
        yield
    finally:
        commits.count -= 1
        if commits.count == 0:
            waiting, commits.waiting = commits.waiting, []
            for one in waiting:
                if not one.done():
                    one.set_result(None)


async def _let_others_commit(app: App) -> None:
    commits = app.memory[COMMITS]
    if commits.count:
        over = asyncio.get_running_loop().create_future()
        commits.waiting.append(over)
        await asyncio.wait([over], timeout=YIELD_SECONDS)


async def publish_after_commit(app: App, order_id: ObjectId, committed: Sequence[OrderEvent] | None = None) -> None:
    """Publish what was just committed, after the commits that run in this process. Failures are left to the sweeper.

    A live service that gave no answer in time is not waited for again at once, and what the sweeper sends in the place
    of this says when it answers.
    """
    await _try(app, order_id, committed, spared=True)


async def _try(
    app: App, order_id: ObjectId, committed: Sequence[OrderEvent] | None = None, *, spared: bool = False
) -> None:
    try:
        await _let_others_commit(app)
        await publish(app, order_id, committed, seconds=AFTER_COMMIT_SECONDS, spared=spared)
    except Exception:
        log.warning("order %s not published yet", order_id, exc_info=True)


async def sweep(app: App) -> int:
    """Publish for all orders whose rows have waited too long, for some seconds at most.

    Returns how many orders were looked at.
    """
    until = time.monotonic() + SWEEP_SECONDS
    looked_at: set[ObjectId] = set()
    while time.monotonic() < until:
        created_before = app.clock.now() - SWEEP_OLDER_THAN
        waiting = await order_events.orders_waiting(app.db, created_before, SWEEP_AT_MOST, but=looked_at)
        if not waiting:
            break
        looked_at.update(waiting)
        await each(waiting, lambda order_id: _try(app, order_id), at_a_time=SWEEP_AT_A_TIME, until=until)
    return len(looked_at)
