"""Waiting for a status without a socket: told soon, at little cost, and by no more than a process can bear."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from bson import ObjectId
from pymongo import monitoring

from functions.diner import order_app as routes
from shared.app import App
from shared.clock import FixedClock
from shared.memory.slots import Memory
from shared.services.ordering import previewing, steps, unpaid
from shared.services.ordering.claiming import Asker, claim
from shared.services.orders import cancelling
from shared.services.orders import status as order_status
from shared.services.orders.status import Awaited
from shared.services.orders.waiting import CHANGING, MAX_OF_ADDRESS, MAX_OF_ORDER, MAX_WATCHING, order_changes
from shared.settings import Settings
from shared.store.mongo.client import connect
from shared.store.orders import Standing
from shared.web.routes import ROUTES
from tests.integration.world import World
from tests.patience import PATIENCE_SECONDS, eventually
from tests.web_calls import content, request

STATUS = ROUTES.named("order_app_order_state")
HOST = Path(routes.__file__).parents[2] / "host.json"
LONG = 10 * PATIENCE_SECONDS
"""A wait that no test waits for to its end: who is told was told of news."""


class Reads(monitoring.CommandListener):
    """Counts the reads that went to the server, by collection."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in ("find", "aggregate"):
            self.seen[str(event.command[event.command_name])] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to count."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to count."""


@pytest.fixture
def reads() -> Reads:
    return Reads()


@pytest.fixture
async def watched(app: App, settings: Settings, reads: Reads) -> AsyncIterator[App]:
    """The App on a client whose reads are counted."""
    db = connect(settings, event_listeners=[reads])
    await db.client.admin.command("ping")
    yield replace(app, db=db, memory=Memory())
    await db.client.close()


@pytest.fixture
async def world(app: App) -> World:
    """A restaurant whose kitchen accepts each order itself."""
    return await World(auto_accepts=False).build(app)


async def preview(app: App, world: World) -> str:
    return (await previewing.preview(app, world.request("soup"), request_id="r")).preview_order_id


async def place(app: App, world: World) -> str:
    preview_id = await preview(app, world)
    assert (await unpaid.place_without_payment(app, preview_id, request_id="r")).placed
    return preview_id


async def change(app: App, order_id: str, status: str) -> None:
    await app.db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": {"status": status}, "$inc": {"version": 1}})


async def waited(app: App, order_id: str, wait: float, after: int | None = None) -> Awaited:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await order_status.changed_status(app, order_id, wait=wait, after=after)


async def get(app: App, order_id: str, query: str, sender: str | None = None) -> func.HttpResponse:
    headers = {} if sender is None else {"x-forwarded-for": sender}
    url = f"/api/v1/order-app/orders/{order_id}/status{query}"
    sent = request(url=url, path={"orderId": order_id}, headers=headers)
    return await STATUS.handle(sent, app=app)


def readers() -> int:
    """The tasks that read for those who wait."""
    return sum("_read_on" in repr(task.get_coro()) for task in asyncio.all_tasks())


async def is_read_for(app: App, reads: Reads) -> None:
    """Wait until somebody waits, and those who do were read for once more.

    Who comes looks first, at the order and then at the checkout, and waits for what is another state than that.
    """

    async def waits() -> bool:
        return app.memory[CHANGING].many > 0

    await eventually(waits, "nobody waits")
    before = reads.seen.total()

    async def more() -> bool:
        return reads.seen.total() > before

    await eventually(more, "nobody reads for those who wait")


async def test_a_wait_is_told_of_a_change_soon(watched: App, world: World, reads: Reads) -> None:
    order_id = await place(watched, world)
    waits = [asyncio.create_task(waited(watched, order_id, LONG)) for _ in range(3)]
    await is_read_for(watched, reads)
    await is_read_for(watched, reads)
    assert not any(wait.done() for wait in waits)
    await change(watched, order_id, "ACCEPTED")
    before = reads.seen["orders"]
    for seen in await asyncio.gather(*waits):
        assert (seen.status.status, seen.status.seq, seen.crowded) == ("ACCEPTED", 2, False)
    # One that was under way; the next, which sees it; each page's own, for its answer; and the kitchen, for the time.
    assert reads.seen["orders"] - before <= 1 + 1 + 3 + 1


async def test_a_wait_without_news_ends_with_its_time(app: App, world: World) -> None:
    seen = await waited(app, await place(app, world), 0.5)
    assert (seen.status.status, seen.status.seq) == ("CREATED", 1)


async def test_what_a_page_has_not_seen_is_told_at_once_and_what_it_has_is_waited_for(app: App, world: World) -> None:
    order_id = await place(app, world)
    assert (await waited(app, order_id, LONG, after=0)).status.seq == 1
    assert (await waited(app, order_id, 0.3, after=1)).status.seq == 1
    # A change that came between the page's read and its wait.
    await change(app, order_id, "ACCEPTED")
    assert (await waited(app, order_id, LONG, after=1)).status.seq == 2


async def test_an_item_is_news_though_the_status_stays(watched: App, world: World, reads: Reads) -> None:
    order_id = await place(watched, world)
    wait = asyncio.create_task(waited(watched, order_id, LONG, after=1))
    await is_read_for(watched, reads)
    await change(watched, order_id, "CREATED")
    assert (await wait).status.seq == 2


async def test_a_checkout_is_followed_until_it_is_an_order(watched: App, world: World, reads: Reads) -> None:
    key = ObjectId(order_id := await preview(watched, world))
    for step, status in (
        (claim(watched, key, Asker("r")), "PLACING"),
        (steps.place_order(watched, key), "CREATED"),
        (cancelling.cancel(watched, order_id, request_id="r"), "CANCELLED"),
    ):
        wait = asyncio.create_task(waited(watched, order_id, LONG))
        await is_read_for(watched, reads)
        await step
        assert (await wait).status.status == status


async def test_an_expiry_is_news(watched: App, clock: FixedClock, world: World, reads: Reads) -> None:
    order_id = await preview(watched, world)
    wait = asyncio.create_task(waited(watched, order_id, LONG))
    await is_read_for(watched, reads)
    clock.advance(minutes=31)
    await steps.expire(watched, ObjectId(order_id))
    seen = await wait
    assert seen.status.model_dump(by_alias=True) == {
        "orderId": order_id,
        "status": "EXPIRED",
        "seq": 0,
        "estimatedReadyAt": None,
        "updatedAt": None,
    }


async def test_all_who_wait_share_the_reads_and_hold_nothing(watched: App, world: World, reads: Reads) -> None:
    placed = [await place(watched, world) for _ in range(4)]
    pending = await preview(watched, world)
    reads.seen.clear()
    waits = [asyncio.create_task(waited(watched, order_id, LONG)) for order_id in placed * MAX_OF_ORDER + [pending]]
    await asyncio.sleep(0)
    # Each page's own look, before it waits.
    while reads.seen["orders"] < len(waits):
        await is_read_for(watched, reads)
    reads.seen.clear()
    while reads.seen["checkouts"] < 4:
        await is_read_for(watched, reads)
    assert reads.seen["orders"] <= 5, reads.seen
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)


async def test_a_page_that_goes_away_leaves_nothing_behind(app: App, world: World) -> None:
    async def none_reads() -> bool:
        return readers() == 0

    async def one_reads() -> bool:
        return readers() == 1

    # Readers of the tests before end at their next read.
    await eventually(none_reads)
    wait = asyncio.create_task(waited(app, await place(app, world), LONG))
    await eventually(one_reads)
    wait.cancel()
    with pytest.raises(asyncio.CancelledError):
        await wait
    await eventually(none_reads, "somebody reads for nobody")


async def crowded(app: App, order_id: str, sender: str | None = None) -> bool:
    """Whether a page is told to come back later."""
    answer = await get(app, order_id, "?wait=1", sender)
    assert (answer.status_code, content(answer)["status"]) == (200, "CREATED")
    return int(answer.headers.get("retry-after", 0)) > 0


async def crowd(app: App, order_ids: Sequence[str], addresses: Sequence[str | None]) -> list[asyncio.Task[bool]]:
    """One page for each order, each from the address beside it; they wait."""
    known = Standing("CREATED", 1)
    waits = [
        asyncio.create_task(order_changes(app, ObjectId(order_id), known, after=1, within=LONG, address=address))
        for order_id, address in zip(order_ids, addresses, strict=True)
    ]
    await asyncio.sleep(0)
    return waits


async def test_more_than_a_process_can_bear_are_answered_at_once(app: App, world: World) -> None:
    order_id, *others = [await place(app, world) for _ in range(1 + MAX_WATCHING // MAX_OF_ORDER)]
    waits = await crowd(app, (others * MAX_OF_ORDER + [order_id] * 2)[:MAX_WATCHING], [None] * MAX_WATCHING)
    assert await crowded(app, order_id)
    for each in (order_id, *others):
        await change(app, each, "ACCEPTED")
    assert await asyncio.gather(*waits) == [True] * MAX_WATCHING
    assert "retry-after" not in (await get(app, order_id, "?wait=1&after=1")).headers


async def test_one_caller_takes_some_places_of_a_process_and_not_all(app: App, world: World) -> None:
    orders = [await place(app, world) for _ in range(MAX_OF_ADDRESS // MAX_OF_ORDER + 1)]
    waits = await crowd(app, orders[1:] * MAX_OF_ORDER, ["203.0.113.7"] * MAX_OF_ADDRESS)
    assert await crowded(app, orders[0], "203.0.113.7:50001")
    assert not await crowded(app, orders[0], "203.0.113.8:50002")
    # The same order from many addresses: a page that was passed on.
    assert await crowded(app, orders[1], "203.0.113.9")
    for each in orders:
        await change(app, each, "ACCEPTED")
    assert await asyncio.gather(*waits) == [True] * MAX_OF_ADDRESS


def test_a_host_has_room_for_others_beside_those_who_wait() -> None:
    at_once = json.loads(HOST.read_text())["extensions"]["http"]["maxConcurrentRequests"]
    assert at_once / 2 >= MAX_WATCHING


@pytest.mark.parametrize("query", ["?wait=21", "?wait=-1", "?wait=1.5", "?wait=soon", "?after=-1", "?after=x"])
async def test_a_wait_that_is_none_is_refused(app: App, query: str) -> None:
    answer = await get(app, "f" * 24, query)
    assert (answer.status_code, content(answer)["code"]) == (400, "INVALID_REQUEST")


async def test_what_is_not_there_is_not_waited_for(app: App) -> None:
    for unknown in ("f" * 24, "nonsense"):
        answer = await get(app, unknown, "?wait=20")
        assert (answer.status_code, content(answer)["code"]) == (404, "ORDER_NOT_FOUND")
        assert readers() == 0


async def finish(app: App, order_id: str, *, minutes: int) -> None:
    """What the kitchen does: accept, and have every item ready so many minutes later."""
    order = await app.db.orders.find_one({"_id": ObjectId(order_id)})
    assert order is not None
    ready = order["startedAt"] + timedelta(minutes=minutes)
    change: dict[str, Any] = {
        "status": "PICKED_UP",
        "meta.acceptedAt": order["startedAt"].isoformat(),
        "items": [{**item, "completedAt": ready} for item in order["items"]],
        "endedAt": ready,
    }
    await app.db.orders.update_one({"_id": order["_id"]}, {"$set": change})


async def test_an_order_is_ready_when_the_last_ones_were(
    watched: App, clock: FixedClock, world: World, reads: Reads
) -> None:
    for _ in range(3):
        await finish(watched, await place(watched, world), minutes=12)
        clock.advance(minutes=30)
    clock.moment = clock.moment.replace(second=0, microsecond=0)
    order_id = await place(watched, world)
    await change(watched, order_id, "ACCEPTED")
    reads.seen.clear()
    seen = await asyncio.gather(*(order_status.status(watched, order_id) for _ in range(10)))
    assert {status.estimated_ready_at for status in seen} == {clock.now() + timedelta(minutes=12)}
    assert reads.seen == {"orders": 11}, "each order, and the kitchen once"
    reads.seen.clear()
    await order_status.status(watched, order_id)
    assert reads.seen == {"orders": 1}
    await change(watched, order_id, "READY_FOR_PICKUP")
    assert (await order_status.status(watched, order_id)).estimated_ready_at is None


async def test_old_orders_of_any_shape_spoil_no_status(app: App, world: World) -> None:
    order_id = await place(app, world)
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id, "startedAt": app.clock.now()}
    await app.db.orders.insert_many(
        [
            {**here, "status": "PICKED_UP", "meta": None, "items": None},
            {**here, "status": "PICKED_UP", "meta": {"acceptedAt": "then"}, "items": [{"completedAt": "now"}, 7]},
            {**here, "status": "PICKED_UP", "version": "one", "items": []},
            {**here, "_id": "text", "status": "ACCEPTED"},
        ]
    )
    seen = await order_status.status(app, order_id)
    assert (seen.status, seen.estimated_ready_at) == ("CREATED", None)
