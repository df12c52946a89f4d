"""Duties: what must be done after a change has been committed, of an order or of a menu (rules 7, 13, 16, 24.1).

They lie in MongoDB, written by the change's own transaction, so that losing the engine loses none. Anyone may see to
one, at any time: a compare-and-set decides who does. What a kind of duty does is given by whoever calls.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pymongo.errors import InvalidOperation

from shared.app import App
from shared.documents.duties import OPEN_STATES, Duty
from shared.memory.pool import each
from shared.memory.slots import Slot
from shared.store import duties
from shared.store.duties import Ended
from shared.telemetry import traces

log = logging.getLogger("orderbuddy.duties")

CLAIMED_FOR = timedelta(minutes=1)
"""A claimer who has not finished by then is taken for gone."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
SWEEP_AT_MOST = 100
SWEEP_AT_A_TIME = 8
SWEEP_SECONDS = 8.0

Do = Callable[[App, Duty], Awaitable[Ended | datetime | None]]
"""Does a duty, also where an earlier try has done it already. It returns how it ended, where that is not just done, or
when to try again. What it raises puts the duty off."""

Kinds = Mapping[str, Do]
"""What each kind of duty does."""


async def see_to(app: App, duty_id: str, kinds: Kinds) -> datetime | None:
    """Do a duty where its time has come and nobody else does; returns when to look at it again, None for never."""
    now = app.clock.now()
    claimed = await duties.claim(app.db, duty_id, now, again_at=now + CLAIMED_FOR)
    if claimed is not None and claimed.kind in kinds:
        came = await _do(app, claimed, kinds[claimed.kind])
        if isinstance(came, Ended):
            await duties.finish(app.db, claimed, app.clock.now(), end=came)
        else:
            await duties.finish(app.db, claimed, app.clock.now(), again_at=came)
    there = await duties.get(app.db, duty_id)
    return there.next_at if there is not None and there.state in OPEN_STATES else None


@dataclass(slots=True)
class _Running:
    """The duties that this process sees to without anybody waiting, and those that came due again meanwhile."""

    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)


RUNNING: Slot[_Running] = Slot(_Running)
MOST_RUNNING = 100
"""More are left to the sweeper."""

MOST_LOOKS = 5
LONGEST_WAIT_SECONDS = 5.0
_SOONEST_SECONDS = 0.05


def soon(app: App, duty_id: str, kinds: Kinds, *, after: timedelta = timedelta(0)) -> None:
    """See to a duty when its time comes, and let nobody wait for it. What fails is left to the sweeper.

    `after`: its time is not before so long from now.

    Where this process is seeing to it already, it looks once more: of several changes in quick succession the last one
    is always followed.
    """
    running = app.memory[RUNNING]
    if duty_id in running.tasks:
        running.again.add(duty_id)
    elif len(running.tasks) < MOST_RUNNING:
        running.tasks[duty_id] = asyncio.get_running_loop().create_task(
            _see_to_alone(app, duty_id, kinds, after.total_seconds())
        )


async def _see_to_alone(app: App, duty_id: str, kinds: Kinds, after: float) -> None:
    running = app.memory[RUNNING]
    looks = 0
    try:
        await asyncio.sleep(after)
        while looks < MOST_LOOKS:
            looks += 1
            again_at = await see_to(app, duty_id, kinds)
            if duty_id in running.again:
                running.again.discard(duty_id)
                looks = 0
            elif again_at is None:
                return
            if again_at is not None:
                ahead = (again_at - app.clock.now()).total_seconds()
                await asyncio.sleep(min(LONGEST_WAIT_SECONDS, max(_SOONEST_SECONDS, ahead)))
    except InvalidOperation:
        log.info("duty %s is left to the sweeper: this process ends", duty_id)
    except Exception:
        log.warning("duty %s not seen to yet", duty_id, exc_info=True)
    finally:
        running.again.discard(duty_id)
        del running.tasks[duty_id]


def pause_after(tries: int) -> timedelta:
    """How long after a try that failed comes the next one."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(tries, 10)))


async def _do(app: App, duty: Duty, do: Do) -> Ended | datetime | None:
    """Do it; how it ended, or when it is to be tried again; None where it is just done."""
    about = {"orderId": duty.order_id, "locationId": duty.location_id, "tries": duty.tries}
    try:
        with traces.joined(duty.trace, f"duty {duty.kind}", about):
            return await do(app, duty)
    except Exception:
        log.warning("duty %s not done", duty.id, exc_info=True)
        return app.clock.now() + pause_after(duty.tries)


async def sweep(app: App, kinds: Kinds) -> int:
    """See to all duties whose time has come, for some seconds at most; returns how many were looked at."""
    until = time.monotonic() + SWEEP_SECONDS
    waiting = await duties.ids_due(app.db, kinds, app.clock.now(), SWEEP_AT_MOST)

    async def one(duty_id: str) -> None:
        try:
            await see_to(app, duty_id, kinds)
        except Exception:
            log.warning("duty %s not seen to", duty_id, exc_info=True)

    await each(waiting, one, at_a_time=SWEEP_AT_A_TIME, until=until)
    return len(waiting)
