"""Mails to diners: the receipt of an order (rules 24.2)."""

from __future__ import annotations

import asyncio
from datetime import datetime

from shared.app import App
from shared.documents.duties import Duty
from shared.documents.orders import Order
from shared.domain.letters import formats, receipt
from shared.domain.reaching import MAIL
from shared.integrations.delivery import Refused
from shared.services.duties.seeing import Kinds
from shared.services.messages import limited, mailing
from shared.services.messages.links import order_page
from shared.services.messages.mailing import SUPPRESSED, Besides
from shared.services.messages.sending import deliver
from shared.store import locations, orders, places
from shared.store.duties import Ended

TOO_MANY = "more receipts in an hour than are allowed"
"""How a receipt ends that one address gets too many of."""


async def send_receipt(app: App, duty: Duty) -> Ended | datetime | None:
    """Mail an order's receipt as the order is now. An address that gets no mails is nobody's fault here: it is given
    up, and nobody is told."""
    order = None if duty.order_id is None else await orders.get(app.db, duty.order_id)
    if order is None or not order.customer.email:
        return Ended("dropped", "there is nobody to write to")
    if await mailing.is_blocked(app, order.customer.email):
        return Ended("given_up", SUPPRESSED)
    if duty.tries <= 1 and not await _is_within_limits(app, order.customer.email):
        return Ended("given_up", TOO_MANY)
    return await deliver(app, duty, "mails", lambda: _send(app, duty, order), once=False)


async def _is_within_limits(app: App, address: str) -> bool:
    """Whoever orders may give anybody's address; nobody is flooded by that."""
    most = app.settings.receipts_per_address_and_hour
    return not most or await limited.may_send(app, f"receipts:{mailing.digest(app, address)}", most)


async def _send(app: App, duty: Duty, order: Order) -> str:
    restaurant, location = await asyncio.gather(
        places.restaurant(app.db, order.restaurant_id), locations.one(app.db, order.restaurant_id, order.location_id)
    )
    if location is None:
        raise Refused("the order's location is gone", "its location is gone")
    written = await asyncio.to_thread(receipt.receipt, order, restaurant, location, order_page(app, order))
    name = formats.short(restaurant.name if restaurant else location.name)
    return await mailing.send(app, order.customer.email, written, Besides(sender_name=name, tags={"duty": duty.id}))


KINDS: Kinds = {MAIL: send_receipt}
"""The duties of mails, and what sends each."""
