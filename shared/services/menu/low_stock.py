"""A dish is nearly sold out for today: its location hears of it once a business day (rules 16).

It is looked at after an order was placed, and never in an order's way. Where it is missed, the dish's next order sees
it.
"""

from __future__ import annotations

import asyncio
import logging

from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.duties import Duty
from shared.domain.announcements import stock_low
from shared.integrations.live import LiveRefused
from shared.memory.slots import Slot
from shared.services.duties import seeing
from shared.services.duties.seeing import Kinds
from shared.services.menu import catalog
from shared.services.menu.catalog import Catalog
from shared.store import duties, stock

log = logging.getLogger("orderbuddy.duties")

STOCK_LOW = "stock_low"
"""The kind of the duty, and the event that the location hears."""

AT_MOST = 100
"""Orders that a process looks at beside everything else; of more, the next order of the dish is looked at."""

LOOKING: Slot[set[asyncio.Task[None]]] = Slot(set)


def look_soon(app: App, placed: Checkout) -> None:
    """Look whether an order that was placed has brought a dish to its mark, and let nobody wait for it."""
    tasks = app.memory[LOOKING]
    if placed.taken is None or not placed.taken.portions or len(tasks) >= AT_MOST:
        return
    task = asyncio.get_running_loop().create_task(_look(app, placed))
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _look(app: App, placed: Checkout) -> None:
    assert placed.taken is not None
    try:
        sells = await catalog.of_location(app, placed.restaurant_id, str(placed.location_id))
        marked = [one.id for one in placed.taken.portions if stock.item_of(one.id) in sells.low_stock]
        sold = await stock.sold(app.db, marked) if marked else {}
        for count_id, many in sold.items():
            if _left(sells, count_id, many) <= sells.low_stock[stock.item_of(count_id)]:
                await _leave(app, placed, count_id)
    except Exception:
        log.warning("portions of %s not looked at", placed.id, exc_info=True)


async def _leave(app: App, placed: Checkout, count_id: str) -> None:
    document = duties.due_at(
        STOCK_LOW,
        count_id,
        app.clock.now(),
        restaurant_id=placed.restaurant_id,
        location_id=placed.location_id,
        item_id=stock.item_of(count_id),
    )
    if await duties.insert_once(app.db, document):
        seeing.soon(app, document["_id"], KINDS)


async def tell(app: App, duty: Duty) -> None:
    """Tell the location's board how many portions are left. Raises LiveUnavailable."""
    count_id = duty.id.partition(":")[2]
    sells = await catalog.of_location(app, duty.restaurant_id, str(duty.location_id))
    if duty.item_id not in sells.daily_stock:
        return
    sold = (await stock.sold(app.db, [count_id])).get(count_id, 0)
    notice = stock_low(duty.location_id, duty.item_id, _left(sells, count_id, sold), app.clock.now())
    try:
        await app.live.send(notice.group, notice.data())
    except LiveRefused as refused:
        log.error("the board of %s is not told of low stock: %s", duty.location_id, refused)


def _left(sells: Catalog, count_id: str, sold: int) -> int:
    return max(0, sells.daily_stock.get(stock.item_of(count_id), 0) - sold)


KINDS: Kinds = {STOCK_LOW: tell}
"""The duties of a location's stock, and what each does."""
