"""A part is away while diners order: what they notice of it, and what holds when it is back."""

from __future__ import annotations

import asyncio
import shutil
import time
from datetime import timedelta

from tests.bench.client import Connection
from tests.e2e.diners import all_order, party
from tests.e2e.listeners import Listener, location_feed
from tests.e2e.truth import Truth
from tests.stack import Stack

SLOWEST_SECONDS = 20.0
_LISTENS_AFTER = timedelta(seconds=1)


async def without_the_engine(stack: Stack, truth: Truth, seconds: float) -> None:
    """Fifty orders while `durable` is down for so long; then it comes back with nothing of what it knew, and what was
    previewed before can be placed all the same."""
    waiting = await party(stack, 20)
    async with Connection(stack.api_url) as connection:
        open_previews = [await diner.preview(connection) for diner in waiting]
    await asyncio.to_thread(stack.kill, "durable")
    diners = await party(stack, 50)
    slowest = 0.0
    down_until = time.monotonic() + seconds
    async with Connection(stack.api_url) as connection:
        for diner in diners:
            started = time.monotonic()
            await diner.order(connection, within=SLOWEST_SECONDS)
            slowest = max(slowest, time.monotonic() - started)
            await asyncio.sleep(max(0.0, down_until - time.monotonic()) / len(diners) * 2)
    assert slowest < SLOWEST_SECONDS
    await asyncio.sleep(max(0.0, down_until - time.monotonic()))
    shutil.rmtree(stack.data_dir.root / "durable")
    await asyncio.to_thread(stack.start, "durable")
    async with Connection(stack.api_url) as connection:
        for diner, preview_id in zip(waiting, open_previews, strict=True):
            assert await diner.place(connection, preview_id) == preview_id
    await truth.settles()
    await truth.holds_for(diners + waiting)


async def without_the_live_service(stack: Stack, truth: Truth, seconds: float) -> None:
    """Orders while `webpubsub` is down for so long; a screen that comes back hears the rest, in order."""
    diners = await party(stack, 40)
    before, during = diners[:10], diners[10:]
    async with Listener(stack.api_url, location_feed(stack), stack.token()) as board:
        await all_order(stack.api_url, before, at_a_time=5)
        await truth.settles()
        await board.hears({str(diner.order_id) for diner in before}, 2, within=1)
        await asyncio.to_thread(stack.kill, "webpubsub")
        down_until = time.monotonic() + seconds
        await all_order(stack.api_url, during, at_a_time=5)
        await asyncio.sleep(max(0.0, down_until - time.monotonic()))
        await asyncio.to_thread(stack.start, "webpubsub")
        await truth.settles()
        assert board.connected_at is not None
        missed = await truth.published(diners, after=board.connected_at + _LISTENS_AFTER)
        await board.hears_all(missed, within=2)
        assert all(seqs == sorted(seqs) for seqs in board.first_seqs().values())
    await truth.holds_for(diners)
