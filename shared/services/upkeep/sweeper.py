"""The sweeper: it wakes what has not moved, and runs the next step itself where waking does not help (rules 8).

Nobody can tell a hung instance from a slow one. So the sweeper itself advances a checkout that has not moved since its
last wake. It may run on several hosts, twice, or late: due checkouts are taken one at a time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Checkout
from shared.memory.pool import each
from shared.services.duties import seeing
from shared.services.kitchen import drawing
from shared.services.menu import low_stock, publishing
from shared.services.messages import reaching
from shared.services.ordering.driving import wake_engine
from shared.services.ordering.steps import advance
from shared.services.orders import answering
from shared.services.staff import closing
from shared.services.telling import menu_changes, outbox, pace_changes
from shared.services.upkeep import daily_summaries
from shared.store import checkouts

log = logging.getLogger("orderbuddy.sweeper")

BATCH = 100
AT_A_TIME = 8
SECONDS = 8.0
LOOK_AGAIN_SECONDS = 1.0
NEEDS_A_PERSON_AFTER = timedelta(hours=24)

KINDS: seeing.Kinds = {
    **answering.KINDS,
    **menu_changes.KINDS,
    **low_stock.KINDS,
    **pace_changes.KINDS,
    **publishing.KINDS,
    **reaching.KINDS,
    **daily_summaries.KINDS,
}
"""All kinds of duties, and what each does."""


@dataclass(slots=True)
class Swept:
    """What one sweep did: checkouts woken, advanced and failed; orders whose rows were looked at; groups of live
    connections that were closed; duties that were looked at; orders of which people were told that no screen has shown
    them; orders whose messages were written down."""

    woken: int = 0
    advanced: int = 0
    published: int = 0
    failed: int = 0
    closed: int = 0
    duties: int = 0
    not_drawn: int = 0
    reached: int = 0


@dataclass(slots=True)
class _Engine:
    """Whether the engine answers. After the first failed wake, this sweep does not try it again."""

    answers: bool = True


async def sweep(app: App) -> Swept:
    """One sweep over due checkouts, batch after batch for some seconds at most, and beside it over unpublished rows and
    over live connections that are to be closed, over duties, and over orders that screens must have shown."""
    swept = Swept()
    _, swept.published, swept.closed, swept.duties, swept.not_drawn, swept.reached = await asyncio.gather(
        _sweep_checkouts(app, swept),
        outbox.sweep(app),
        closing.close_due(app),
        seeing.sweep(app, KINDS),
        drawing.sweep(app),
        reaching.sweep(app),
    )
    return swept


async def _sweep_checkouts(app: App, swept: Swept) -> None:
    """Unpaid orders wait for no payment: they have workers of their own, who go on as long as the others do."""
    engine = _Engine()
    paying = asyncio.create_task(_sweep_lane(app, engine, swept, paying=True))
    try:
        while True:
            await _sweep_lane(app, engine, swept, paying=False)
            if paying.done():
                break
            await asyncio.wait([paying], timeout=LOOK_AGAIN_SECONDS)
    finally:
        await paying


async def _sweep_lane(app: App, engine: _Engine, swept: Swept, *, paying: bool) -> None:
    async def one(preview_id: ObjectId) -> None:
        try:
            taken = await checkouts.take_due(app.db, preview_id, app.clock.now())
            if taken is not None:
                await _one(app, taken, engine, swept)
        except Exception:
            swept.failed += 1
            log.exception("checkout %s not advanced", preview_id)

    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        batch = await checkouts.due(app.db, app.clock.now(), BATCH, paying=paying)
        await each(batch, one, at_a_time=AT_A_TIME, until=until)
        if len(batch) < BATCH:
            return


async def _one(app: App, due: Checkout, engine: _Engine, swept: Swept) -> None:
    if due.claim is not None and app.clock.now() - due.claim.at > NEEDS_A_PERSON_AFTER and due.state == "claimed":
        await checkouts.flag(app.db, due.id, "claimed for a day without becoming an order")
    moved_since_last_wake = due.woken_version != due.version
    if moved_since_last_wake and engine.answers:
        if await wake_engine(app, due.id):
            swept.woken += 1
            return
        engine.answers = False
    await advance(app, due.id)
    swept.advanced += 1
