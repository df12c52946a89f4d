"""Who sends what to whom, and when: each webhook is a lane of its own (rules 21).

One process at a time has a lane, by a lease that a compare-and-set gives. Lanes take turns: whoever has more to send
stands behind all that wait by then. Lanes that have not shown that they are quick have workers of their own, so that
addresses that fail or stall hold up each other, and no one else. A lane that fails is left alone for a while: a dead
address costs one try, not one for each event that waits. Within a lane the delivery that is longest due goes first, so
an event that its receiver cannot take does not hold up those behind it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from shared.app import App
from shared.documents.webhooks import Webhook
from shared.domain.roles import SYSTEM
from shared.domain.webhook_events import PAUSED_AFTER, silence_after
from shared.ids import stored_id
from shared.memory.pool import each
from shared.services.trail import writing as trail
from shared.services.webhooks import sending, taking
from shared.store import locations, webhook_deliveries, webhooks
from shared.store.mongo.client import Session
from shared.store.support import attention_entries
from shared.store.webhooks import Health

log = logging.getLogger("orderbuddy.webhooks")

SECONDS = 20.0
"""How long one run begins tries; each takes 10 s at most."""

LEASED_FOR = timedelta(seconds=90)
"""Longer than a turn may take. Whoever has not given a lease back by then is taken for gone."""

TURN = 20
TURN_SECONDS = 5.0
"""No try of a turn begins later than that."""

QUICK_SECONDS = 2.0
"""How long the tries of a turn may take on average for the lane to be among the quick ones."""

LANES = 100
AT_A_TIME = 16
UNPROVEN_AT_A_TIME = 8


@dataclass(slots=True)
class Told:
    """What one run did: events taken, deliveries that worked, and tries that failed."""

    taken: int = 0
    sent: int = 0
    failed: int = 0


async def run(app: App, seconds: float = SECONDS) -> Told:
    """Take what happened, and send what is due, for some seconds at most."""
    until, told = time.monotonic() + seconds, Told()
    told.taken = await taking.take_all(app, until)
    await asyncio.gather(*(_of_kind(app, until, told, proven=proven) for proven in (True, False)))
    return told


async def _of_kind(app: App, until: float, told: Told, *, proven: bool) -> None:
    """The lanes that are quick, or the others."""
    while time.monotonic() < until:
        due = await webhooks.due(app.db, app.clock.now(), LANES, proven=proven)
        had = await lanes(app, due, until, told, at_a_time=AT_A_TIME if proven else UNPROVEN_AT_A_TIME)
        # Else others have them all.
        if not had:
            return


async def lanes(app: App, webhook_ids: Sequence[ObjectId], until: float, told: Told, *, at_a_time: int) -> int:
    """A turn for each of these lanes; returns how many this process had."""
    had = 0

    async def one(webhook_id: ObjectId) -> None:
        nonlocal had
        try:
            had += await turn(app, webhook_id, until, told)
        except Exception:
            log.warning("lane of webhook %s not finished", webhook_id, exc_info=True)

    await each(webhook_ids, one, at_a_time=at_a_time, until=until)
    return had


async def turn(app: App, webhook_id: ObjectId, until: float, told: Told) -> bool:
    """Send what is due to one webhook, the longest due first, until something fails or the turn is over; False where
    another process has the lane, or nothing is due."""
    now = app.clock.now()
    hook = await webhooks.lease(app.db, webhook_id, secrets.token_hex(8), now, now + LEASED_FOR)
    if hook is None:
        return False
    seen, tried = await webhooks.queued(app.db, hook.id), _Tried()
    waiting = await webhook_deliveries.due(app.db, hook.id, now, TURN)
    began = time.monotonic()
    until = min(until, began + TURN_SECONDS)
    for delivery in waiting:
        if tried.failed or time.monotonic() >= until:
            break
        ok = await sending.send(app, hook, delivery.id)
        tried.worked += ok is True
        tried.failed += ok is False
    tried.seconds = time.monotonic() - began
    told.sent += tried.worked
    told.failed += tried.failed
    await _give_back(app, hook, seen, tried)
    return True


@dataclass(slots=True)
class _Tried:
    """The tries of one turn: how many worked, how many failed, and how long they took together."""

    worked: int = 0
    failed: int = 0
    seconds: float = 0.0


async def _give_back(app: App, hook: Webhook, seen: int, tried: _Tried) -> None:
    now = app.clock.now()
    health = _health(hook, now, tried)
    if health is not None and health.since is not None:
        if now - health.since >= PAUSED_AFTER and await _pause(app, hook, health):
            return
        await webhooks.release(app.db, hook, due_at=now + silence_after(health.failures), health=health)
        return
    next_at = await webhook_deliveries.next_at(app.db, hook.id)
    if next_at is None and await webhooks.release(app.db, hook, due_at=None, queued=seen, health=health):
        return
    # Not the time of what waits longest: a lane that is never empty would stand before all others for ever.
    await webhooks.release(app.db, hook, due_at=max(next_at or now, now), health=health)


def _health(hook: Webhook, now: datetime, tried: _Tried) -> Health | None:
    """How the address does after a turn; None where that has not changed."""
    worked = tried.worked > 0
    if tried.failed:
        since = None if worked else hook.failing_since
        return Health(1 if worked else hook.failures + 1, since or now, now if worked else None, proven=False)
    return Health(0, None, now, proven=tried.seconds <= QUICK_SECONDS * tried.worked) if worked else None


async def _pause(app: App, hook: Webhook, health: Health) -> bool:
    """Switch a webhook off that has failed for three days, and tell the restaurant's people; False where its owner has
    changed it meanwhile."""
    now = app.clock.now()
    here = await _location_of(app, hook)

    async def body(session: Session) -> bool:
        there = await webhooks.one(app.db, hook.restaurant_id, hook.id, session)
        if there is None or not there.is_active or there.lease != hook.lease:
            return False
        fields = {
            "isActive": False,
            "pausedAt": now,
            "failures": health.failures,
            "failingSince": health.since,
            "isProven": False,
            "lease": "",
        }
        await webhooks.change(app.db, hook.id, fields, session, unset=["dueAt", "leaseUntil"])
        if here is not None:
            await attention_entries.write(
                app.db,
                "webhook",
                hook.id,
                restaurant_id=hook.restaurant_id,
                location_id=here,
                reason="A webhook was switched off: its address has not worked for three days.",
                count=health.failures,
                at=now,
                session=session,
            )
        await trail.leave(
            app,
            session,
            SYSTEM,
            restaurant_id=hook.restaurant_id,
            action="webhook.paused",
            target=("webhook", hook.id),
            before={"isActive": True},
            after={"isActive": False},
            request_id="",
        )
        return True

    return await trail.changing(app, hook.restaurant_id, body)


async def _location_of(app: App, hook: Webhook) -> ObjectId | str | None:
    """Where the restaurant's people are told of a webhook: at the first location that it is about."""
    if hook.location_ids:
        return stored_id(hook.location_ids[0])
    found = await locations.of_restaurant(app.db, hook.restaurant_id)
    return found[0].id if found else None
