"""A part is away while diners order: what they notice of it, and what holds when it is back."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta

from tests.e2e.diners import all_order, party
from tests.e2e.listeners import Listener, location_feed
from tests.e2e.truth import Truth
from tests.http_client import Connection
from tests.stack import Stack

_LISTENS_AFTER = timedelta(seconds=1)


async def without_the_engine(stack: Stack, truth: Truth, seconds: float = 0.0) -> None:
    """Fifty orders while `durable` is down, evenly over at least so long; then it comes back with nothing of what it
    knew, and what was previewed before can be placed all the same."""
    waiting = await party(stack, 20)
    async with Connection(stack.api_url) as connection:
        open_previews = [await diner.preview(connection) for diner in waiting]
    await asyncio.to_thread(stack.kill, "durable")
    diners = await party(stack, 50)
    async with Connection(stack.api_url) as connection:
        for diner in diners:
            await diner.order(connection)
            await asyncio.sleep(seconds / len(diners))
    shutil.rmtree(stack.data_dir.root / "durable")
    await asyncio.to_thread(stack.start, "durable")
    async with Connection(stack.api_url) as connection:
        for diner, preview_id in zip(waiting, open_previews, strict=True):
            assert await diner.place(connection, preview_id) == preview_id
    await truth.settles()
    await truth.holds_for(diners + waiting)


async def without_the_live_service(stack: Stack, truth: Truth, seconds: float = 0.0) -> None:
    """Orders while `webpubsub` is down for at least so long; a screen that comes back hears the rest, in order."""
    diners = await party(stack, 45)
    before, during, after = diners[:10], diners[10:40], diners[40:]
    async with Listener(stack.api_url, location_feed(stack), stack.token()) as board:
        await all_order(stack.api_url, before, at_a_time=5)
        await truth.settles()
        await board.hears({str(diner.order_id) for diner in before}, 2)
        await asyncio.to_thread(stack.kill, "webpubsub")
        await all_order(stack.api_url, during, at_a_time=5)
        await asyncio.sleep(seconds)
        went = datetime.now(UTC)
        await asyncio.to_thread(stack.start, "webpubsub")
        connected_at = await board.is_back(after=went)
        await all_order(stack.api_url, after, at_a_time=5)
        await truth.settles()
        await board.hears({str(diner.order_id) for diner in after}, 2)
        await board.hears_all(await truth.published(diners, after=connected_at + _LISTENS_AFTER))
        assert all(seqs == sorted(seqs) for seqs in board.first_seqs().values())
    await truth.holds_for(diners)
