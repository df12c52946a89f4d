"""Every accepted order is shown by a screen, or its location's people hear that none has shown it (rules 22).

By when it must have been shown stands on the order itself, written with its acceptance: so that losing the process that
accepted it loses no alarm, and accepting costs nothing more.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bson import ObjectId

from shared.app import App
from shared.documents.orders import Order
from shared.documents.places import Location, Station
from shared.documents.screens import EXPO
from shared.domain.announcements import Notice, order_drawn, order_not_drawn
from shared.domain.order_states import ACCEPTED
from shared.domain.routing import told
from shared.domain.screens import NOT_DRAWN, is_lately
from shared.integrations.live import LiveRefused, LiveUnavailable
from shared.memory.pool import each
from shared.services.duties import seeing
from shared.services.messages import reaching
from shared.store import duties, places, screens, undrawn
from shared.store.mongo.client import Session, moves
from shared.store.support import attention_entries

log = logging.getLogger("orderbuddy.drawing")

AHEAD = timedelta(seconds=5)
"""A sweep waits for orders whose time comes so soon: so no alarm comes later than a sweep's interval less this."""

_ROUNDING_SECONDS = 0.01
"""The clock tells whole milliseconds."""

AT_MOST = 100
AT_A_TIME = 8
SECONDS = 8.0

Missing = Mapping[ObjectId, list[str]]
"""The names of the stations whose screens have not shown an order, by the order."""


async def sweep(app: App) -> int:
    """Look at the orders that must have been shown by now, or in a moment; returns of how many people were told."""
    until = time.monotonic() + SECONDS
    seen: set[ObjectId] = set()
    alarms = 0
    while time.monotonic() < until:
        due = await undrawn.due(app.db, app.clock.now() + AHEAD, AT_MOST)
        found = [order for order in due if order.id not in seen]
        seen.update(order.id for order in found)
        alarms += await _look_at(app, found, until)
        if len(due) < AT_MOST or not found:
            break
    return alarms


async def _look_at(app: App, found: Sequence[Order], until: float) -> int:
    missing = await _missing(app, found)
    shown = [order.id for order in found if not missing[order.id]]
    if shown:
        await undrawn.settle(app.db, shown)
    late = [order for order in found if missing[order.id]]
    if not late:
        return 0
    last = max(order.show_by for order in late if order.show_by is not None)
    ahead = (last - app.clock.now()).total_seconds() + _ROUNDING_SECONDS
    await asyncio.sleep(max(0.0, min(ahead, until - time.monotonic())))
    told_of = 0

    async def one(order: Order) -> None:
        nonlocal told_of
        try:
            told_of += await _alarm(app, order)
        except Exception:
            log.warning("order %s: not told yet that no screen has shown it", order.id, exc_info=True)

    await each(late, one, at_a_time=AT_A_TIME, until=until + SECONDS)
    return told_of


async def _missing(app: App, found: Sequence[Order]) -> Missing:
    """The stations with a screen, none of which has shown the order; none where it is not to be made any more."""
    here = list(dict.fromkeys((order.restaurant_id, order.location_id) for order in found))
    draws, at = await asyncio.gather(
        screens.draws_of(app.db, [order.id for order in found]),
        asyncio.gather(*(places.location_with_stations(app.db, *place) for place in here)),
    )
    shown = {(draw.order_id, draw.station_id) for draw in draws}
    # Who has bumped it has seen it.
    shown |= {(order.id, mark.station_id) for order in found for mark in order.station_marks if mark.bumped_at}
    place_of = dict(zip(here, at, strict=True))
    missing: dict[ObjectId, list[str]] = {}
    for order in found:
        place = place_of[order.restaurant_id, order.location_id]
        wanted = {} if place is None or order.status != ACCEPTED else _with_screens(app, order, *place)
        missing[order.id] = [name for key, name in wanted.items() if (order.id, key) not in shown]
    return missing


def _with_screens(app: App, order: Order, location: Location, stations: Sequence[Station]) -> dict[str, str]:
    """The stations that make the order and have a screen, by id with their names; EXPO where none of them has one, and
    the whole location has."""
    now = app.clock.now()
    makes = {row["stationId"] for row in told(order, stations)}
    found = {str(one.id): one.name for one in stations if str(one.id) in makes and is_lately(one.screen_seen_at, now)}
    return found or ({EXPO: "Expo"} if is_lately(location.expo_seen_at, now) else {})


async def _alarm(app: App, order: Order) -> int:
    """Tell the location's people, unless it was shown or has moved on by now; returns whether it told them."""
    missing = (await _missing(app, [order]))[order.id]
    if not missing:
        await undrawn.settle(app.db, [order.id])
        return 0
    now = app.clock.now()
    if order.show_by is None or now < order.show_by:
        return 0

    alerts = await reaching.alerts(app, order, NOT_DRAWN, now)

    async def body(session: Session) -> None:
        await undrawn.mark(app.db, order.id, now, session)
        if alerts:
            await duties.insert(app.db, alerts, session)
        await attention_entries.write(
            app.db,
            "not_drawn",
            order.id,
            restaurant_id=order.restaurant_id,
            location_id=order.location_id,
            reason=f"No kitchen screen has shown order {order.order_code}: {', '.join(missing)}.",
            count=1,
            at=now,
            session=session,
        )

    if not await moves(app.db, body):
        return 0
    await _tell(app, order_not_drawn(order, missing, now))
    for alert in alerts:
        seeing.soon(app, alert["_id"], reaching.KINDS)
    # A screen may have shown it between the look and the mark.
    await shown(app, [order.id])
    return 1


async def shown(app: App, order_ids: Sequence[ObjectId]) -> None:
    """Screens have shown these orders: an alarm ends once no station is missing."""
    found = await undrawn.marked(app.db, order_ids)
    missing = await _missing(app, found) if found else {}
    for order in found:
        if not missing[order.id]:
            await _end(app, order)


async def _end(app: App, order: Order) -> None:
    now = app.clock.now()

    async def body(session: Session) -> None:
        await undrawn.unmark(app.db, order.id, session)
        await attention_entries.end(app.db, f"{NOT_DRAWN}:{order.id}", now, session)

    if await moves(app.db, body):
        await _tell(app, order_drawn(order, now))


async def _tell(app: App, notice: Notice) -> None:
    """Tell the location's board; it reads all orders every minute anyway."""
    try:
        await app.live.send(notice.group, notice.data())
    except (LiveUnavailable, LiveRefused) as error:
        log.info("the board is not told of a screen: %s", error)
