"""A kitchen display that nobody loads anew for twelve hours: thousands of orders pass, and it is as light as before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
from playwright.async_api import CDPSession, Page, expect

from tests.e2e.diners import Diner, all_order
from tests.e2e.network.room import Hands
from tests.e2e.screens import Screens, Station, first_station
from tests.http_client import Connection
from tests.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.browser]

AT_ONCE = 20
"""So many tickets hang at a time: as many as one screen holds."""

FLAT = 1.1
"""What a figure may come to at most, in the end, of what it was after the first orders."""

COUNT_LONG_TASKS = """
    window.longTasks = [];
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.longTasks.push(Math.round(duration));
    }).observe({ type: 'longtask', buffered: true });
"""


@dataclass(frozen=True)
class Weight:
    """What a page holds after everything is thrown away that can be. `heap`: bytes."""

    heap: float
    nodes: float
    listeners: float

    @classmethod
    async def of(cls, devtools: CDPSession) -> Weight:
        for _ in range(3):
            await devtools.send("HeapProfiler.collectGarbage")
        told = await devtools.send("Performance.getMetrics")
        metrics = {one["name"]: one["value"] for one in told["metrics"]}
        return cls(metrics["JSHeapUsedSize"], metrics["Nodes"], metrics["JSEventListeners"])

    def __str__(self) -> str:
        return f"{self.heap / 1e6:.2f} MB, {self.nodes:.0f} nodes, {self.listeners:.0f} listeners"


class Shift:
    """One station's display, and the orders that pass over it."""

    def __init__(self, stack: Stack, page: Page, hands: Hands, station: Station, dishes: Sequence[str]) -> None:
        self._stack, self._page, self._hands, self._dishes = stack, page, hands, dishes
        self._tickets = page.locator("#board .ticket[data-order-id]")
        self.station = station
        self.passed = 0

    async def fill(self, orders: int = AT_ONCE) -> list[str]:
        """Let orders come until so many tickets hang, and return the orders' ids."""
        diners = [Diner(self._stack.demo["open"], [self._dishes[n % len(self._dishes)]]) for n in range(orders)]
        await all_order(self._stack.api_url, diners, at_a_time=4)
        await expect(self._tickets).to_have_count(orders)
        self.passed += orders
        return [str(diner.order_id) for diner in diners]

    async def empty(self, order_ids: Sequence[str]) -> None:
        """Make all of them, until no ticket hangs."""
        for order_id in order_ids:
            await self._hands.move(order_id, "READY_FOR_PICKUP")
        await expect(self._tickets).to_have_count(0)

    async def bump(self, order_id: str) -> None:
        """Make one of them, until its ticket is gone."""
        shown = await self._tickets.count()
        await self._hands.move(order_id, "READY_FOR_PICKUP")
        await expect(self._tickets).to_have_count(shown - 1)

    async def go_on(self, orders: int) -> None:
        """Let so many more pass."""
        for _ in range(orders // AT_ONCE):
            await self.empty(await self.fill())


@pytest.fixture
def page_script() -> str:
    return COUNT_LONG_TASKS


@pytest.fixture
async def shift(screens: Screens, stack: Stack) -> AsyncIterator[tuple[Shift, Page, CDPSession]]:
    station, place = await first_station(stack), stack.demo["open"]
    async with Connection(stack.api_url) as connection:
        where = f"restaurants/{place['restaurantId']}/locations/{place['locationId']}/menus/{place['menuId']}"
        _, menu = await connection.get(f"order-app/{where}")
        dishes = [dish["id"] for dish in menu["data"]["items"] if station.tag in (dish.get("stationTags") or [])]
        page = await screens.kitchen(station.id)
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Performance.enable")
        yield Shift(stack, page, Hands(stack, connection), station, dishes), page, devtools


async def passes(shift: Shift, devtools: CDPSession, orders: int, *, first: int, look_every: int) -> None:
    """Let orders pass, and hold what the page weighs in the end against what it weighed after the `first`."""
    await shift.go_on(first)
    before = now = await Weight.of(devtools)
    print(f"after {shift.passed} orders: {before}")
    while shift.passed < orders:
        await shift.go_on(min(look_every, orders - shift.passed))
        now = await Weight.of(devtools)
        print(f"after {shift.passed} orders: {now}")
    assert now.heap <= before.heap * FLAT
    assert now.nodes <= before.nodes * FLAT
    assert now.listeners <= before.listeners * FLAT


async def test_100_orders_leave_nothing_behind(shift: tuple[Shift, Page, CDPSession]) -> None:
    await passes(shift[0], shift[2], 100, first=40, look_every=60)


@pytest.mark.long
async def test_3000_orders_leave_nothing_behind(shift: tuple[Shift, Page, CDPSession]) -> None:
    await passes(shift[0], shift[2], 3000, first=600, look_every=300)


async def test_a_bump_with_20_tickets_on_the_screen(shift: tuple[Shift, Page, CDPSession]) -> None:
    night, page, _ = shift
    first, *others = await night.fill()
    await page.evaluate("longTasks.length = 0")
    await night.bump(first)
    long_tasks = await page.evaluate("longTasks")
    print(f"a bump with {AT_ONCE} tickets: {len(long_tasks)} long tasks {long_tasks} ms")
    await night.empty(others)
