"""The whole thread on the whole stack: many at once, and with a part missing (rules 10)."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.diners import Diner, all_order, party
from tests.e2e.listeners import Listener, location_feed
from tests.e2e.outages import without_the_engine, without_the_live_service
from tests.e2e.truth import Truth
from tests.http_client import Connection
from tests.patience import PATIENCE_SECONDS
from tests.stack import Stack

SHOWN = ((1, "order_received"), (2, "order_accepted"))


async def test_fifty_placements_of_one_preview_are_one_order_and_fifty_equal_answers(
    stack: Stack, truth: Truth
) -> None:
    (diner,) = await party(stack, 1)
    async with Connection(stack.api_url) as connection:
        preview_id = await diner.preview(connection)

    async def tap() -> tuple[int, object]:
        async with Connection(stack.api_url) as connection:
            return await connection.post("payments/place-order-without-payment", {"previewOrderId": preview_id})

    answers = await asyncio.gather(*(tap() for _ in range(50)))
    expected = {"orderId": preview_id, "success": True, "message": "Order created successfully without payment"}
    assert answers == [(200, expected)] * 50
    diner.order_id = preview_id
    await truth.settles()
    await truth.holds_for([diner])


async def test_two_hundred_orders_by_fifty_clients_are_heard_once_and_in_order(stack: Stack, truth: Truth) -> None:
    diners = await party(stack, 200)
    demo = stack.demo["open"]
    board = Listener(stack.api_url, location_feed(stack), stack.token())
    kitchens = {
        station: Listener(
            stack.api_url, location_feed(stack) | {"kind": "station", "stationId": station}, stack.token()
        )
        for station in demo["stationIds"]
    }
    async with AsyncExitStack() as open_screens:
        for listener in (board, *kitchens.values()):
            await open_screens.enter_async_context(listener)
        await all_order(stack.api_url, diners, at_a_time=50)
        await truth.settles()
        orders = {str(diner.order_id) for diner in diners}
        await board.hears(orders, 2)
        for station, kitchen in kitchens.items():
            await kitchen.hears(await _routed_to(truth, station, orders), 2)
    await truth.holds_for(diners)
    codes = [order["orderCode"] async for order in truth.db.orders.find({})]
    assert len(set(codes)) == len(codes)
    for listener in (board, *kitchens.values()):
        assert all(seqs == [1, 2] for seqs in listener.first_seqs().values())
        assert len(listener.shown) == len(set(listener.shown))
    shown = Counter(board.shown)
    assert {(order, seq, event) for order in orders for seq, event in SHOWN} <= set(shown)


async def _routed_to(truth: Truth, station: str, orders: set[str]) -> set[str]:
    found = truth.db.orders.find({"routing.stationId": station}, {"_id": 1})
    return {str(order["_id"]) async for order in found} & orders


async def test_orders_go_through_while_the_engine_is_down_and_after_it_lost_its_state(
    stack: Stack, truth: Truth
) -> None:
    await without_the_engine(stack, truth)


async def test_events_arrive_in_order_after_the_live_service_was_down(stack: Stack, truth: Truth) -> None:
    await without_the_live_service(stack, truth)


@pytest.mark.long
async def test_checkouts_outlive_an_incompatible_orchestrator(stack: Stack, truth: Truth, app_copy: Path) -> None:
    waiting = await party(stack, 20)
    async with Connection(stack.api_url) as connection:
        previews = [await diner.preview(connection) for diner in waiting]
    [orchestration] = app_copy.glob("functions/**/checkout.py")
    steps = orchestration.read_text()
    changed = steps.replace(
        "    given = context.get_input() or {}\n",
        '    given = context.get_input() or {}\n    yield context.call_activity("do_duties", context.instance_id)\n',
    )
    assert changed != steps
    await asyncio.to_thread(stack.stop, "durable")
    orchestration.write_text(changed)
    try:
        await asyncio.to_thread(stack.start, "durable")
        await asyncio.gather(*(_place(stack, each, key) for each, key in zip(waiting, previews, strict=True)))
        await truth.settles()
        await truth.holds_for(waiting)
    finally:
        orchestration.write_text(steps)
        await asyncio.to_thread(stack.stop, "durable")
        # The instances that failed are known to nobody any more.
        shutil.rmtree(stack.data_dir.root / "durable")
        await asyncio.to_thread(stack.start, "durable")


async def _place(stack: Stack, diner: Diner, preview_id: str) -> None:
    async with Connection(stack.api_url, timeout=15) as connection, asyncio.timeout(PATIENCE_SECONDS):
        while diner.order_id is None:
            try:
                await diner.place(connection, preview_id)
            except ConnectionError:
                await asyncio.sleep(0.2)
