"""The orders that a screen has finished, and may bring back (rules 23)."""

from __future__ import annotations

import asyncio
from datetime import datetime

from shared.api import kitchen as api
from shared.api.orders import OrderedBySomeone
from shared.app import App
from shared.documents.orders import Order
from shared.documents.screens import EXPO
from shared.domain.order_states import READY_FOR_PICKUP, RECALLED_WITHIN
from shared.domain.roles import Caller
from shared.ids import stored_id
from shared.services.kitchen import screens
from shared.services.kitchen.views import Screen
from shared.services.orders.moving import ready_at
from shared.store import board, orders

MOST = 50


async def recallable(app: App, caller: Caller, place: tuple[str, str], screen_id: str) -> list[api.RecallableOrder]:
    """The last 50 orders that were finished on this screen within 60 minutes, or are ready since then, the last first.

    Raises Problem (screens.STATION_REFUSALS).
    """
    here = (place[0], stored_id(place[1]))
    screen, accepted, ready = await asyncio.gather(
        screens.find(app, caller, place, screen_id),
        orders.open_for_location(app.db, *here, screens.KITCHEN_STATUSES),
        board.ready(app.db, *here),
    )
    since = app.clock.now() - RECALLED_WITHIN
    found = [(at, order) for order in [*accepted, *ready] if (at := _finished_at(screen, order)) and at >= since]
    found.sort(key=lambda row: row[0], reverse=True)
    return [_shown(screen, order, at) for at, order in found[:MOST]]


def _finished_at(screen: Screen, order: Order) -> datetime | None:
    """When the screen was done with an order; None where it is not, or shows nothing of it."""
    if not screen.shown(order):
        return None
    if order.status == READY_FOR_PICKUP:
        return ready_at(order)
    # Expo waits for the whole order: what is not ready, it has not finished.
    return None if screen.id == EXPO else screen.of_order(order).bumped_at


def _shown(screen: Screen, order: Order, at: datetime) -> api.RecallableOrder:
    shown = screen.shown(order)
    return api.RecallableOrder(
        order_id=str(order.id),
        order_code=order.order_code,
        customer=OrderedBySomeone(name=order.customer.name),
        bumped_at=at,
        status=order.status,
        items=[item.name_for_staff for item in order.items if item.id in shown],
        seq=order.version or 0,
    )
