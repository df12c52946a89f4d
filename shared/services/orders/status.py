"""What the diner's page shows of an order, or of a checkout that is no order yet (contract 9, 11; rules 6)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from bson import ObjectId

from shared.api import orders as api
from shared.app import App
from shared.documents.checkouts import Checkout
from shared.documents.orders import Chosen, DiscountLine, Order, OrderEvent, OrderItem
from shared.domain.announcements import CannotAnnounceError, Message, announce, order_group
from shared.domain.refunds import standing
from shared.errors import ORDER_NOT_FOUND, Problem
from shared.ids import object_id
from shared.services.orders.ready_times import estimated
from shared.services.orders.waiting import CrowdedError, order_changes
from shared.store import checkouts, order_events, orders
from shared.store.orders import Standing

REFUSALS = (ORDER_NOT_FOUND,)

log = logging.getLogger("orderbuddy.orders")

STATUS_OF_CHECKOUT = {
    "open": "OPEN",
    "claimed": "PLACING",
    "placed": "PLACING",
    "expired": "EXPIRED",
    "abandoned": "ABANDONED",
}


@dataclass(frozen=True, slots=True)
class Awaited:
    """A status after a wait. `crowded`: too many wait already, so there was no wait; ask again later."""

    status: api.OrderStatus
    crowded: bool = False


def parse(order_id: str) -> ObjectId:
    """An order's id from a path. Raises Problem ORDER_NOT_FOUND for what cannot be one."""
    key = object_id(order_id)
    if key is None:
        raise Problem(ORDER_NOT_FOUND)
    return key


async def public_order(app: App, order_id: str) -> api.PublicOrder:
    """The order for everyone who has its link: no phone, no payment. Raises Problem ORDER_NOT_FOUND."""
    order = await orders.get(app.db, parse(order_id))
    if order is None:
        raise Problem(ORDER_NOT_FOUND)
    discount = order.discount
    return api.PublicOrder(
        _id=str(order.id),
        order_code=order.order_code,
        restaurant_id=order.restaurant_id,
        location_id=str(order.location_id),
        location_slug=order.location_slug,
        customer=api.OrderedBySomeone(name=order.customer.name),
        origin=ordered_at(order),
        items=[item(one) for one in order.items],
        status=order.status,
        subtotal_cents=order.subtotal_cents,
        tax_cents=order.tax_cents,
        tip_cents=order.tip_cents,
        total_price_cents=order.total_price_cents,
        refunded_cents=order.refunded_cents,
        refunded_item_ids=refunded_units(order),
        discount=api.AppliedDiscount(name=discount.name, type=discount.type, amount_cents=discount.amount_cents)
        if discount
        else None,
        discounts=discounts(order.discounts),
        started_at=order.started_at,
        ended_at=order.ended_at,
        unanswered_since=order.unanswered_since,
        seq=order.version or 0,
    )


def discounts(lines: Iterable[DiscountLine]) -> list[api.DiscountLine]:
    """What a discount consists of."""
    return [
        api.DiscountLine(campaign_id=one.campaign_id, name=one.name, type=one.type, amount_cents=one.amount_cents)
        for one in lines
    ]


def refunded_units(order: Order) -> list[str]:
    """The ids of the items that are given back, or promised to be."""
    return [unit for one in standing(order.refunds) for unit in one.units]


def ordered_at(order: Order) -> api.OrderedAt:
    """The origin of an order for a screen."""
    return api.OrderedAt(id=order.origin.id, name=order.origin.name, note=order.origin.note or None)


def item(one: OrderItem, *, for_staff: bool = False) -> api.OrderedItem:
    """One unit for a screen: as its diner read it, or in the language of the location's staff."""
    return api.OrderedItem(
        id=one.id,
        menu_item_id=one.menu_item_id,
        name=one.name_for_staff if for_staff else one.name,
        price_cents=one.price_cents,
        notes=one.notes,
        variants=[_option(variant, for_staff) for variant in one.variants],
        modifiers=[
            api.OrderedModifier(
                id=modifier.id,
                name=modifier.name_for_staff if for_staff else modifier.name,
                options=[_option(option, for_staff) for option in modifier.options],
            )
            for modifier in one.modifiers
        ],
        station_tags=one.station_tags,
        started_at=one.started_at,
        completed_at=one.completed_at,
        missing=one.missing_for_staff if for_staff else one.missing,
    )


def _option(chosen: Chosen, for_staff: bool) -> api.OrderedOption:
    name = chosen.name_for_staff if for_staff else chosen.name
    return api.OrderedOption(id=chosen.id, name=name, price_cents=chosen.price_cents)


async def status(app: App, order_id: str) -> api.OrderStatus:
    """The status of an order, or of a checkout that is no order yet. Raises Problem ORDER_NOT_FOUND."""
    return await _reply(app, await _look(app, parse(order_id)))


async def changed_status(
    app: App, order_id: str, *, wait: float, after: int | None, address: str | None = None
) -> Awaited:
    """The status once it is not what it is now, or `wait` seconds from now, whichever is first.

    `after`: the highest seq that the page has seen; where there is a higher one, the answer comes at once. `address`:
    the client's. Raises Problem ORDER_NOT_FOUND.
    """
    key = parse(order_id)
    seen = await _look(app, key)
    known = _standing(seen)
    if wait <= 0 or (after is not None and known.seq > after):
        return Awaited(await _reply(app, seen))
    try:
        seen_by_page = known.seq if after is None else after
        await order_changes(app, key, known, after=seen_by_page, within=wait, address=address)
    except CrowdedError:
        return Awaited(await _reply(app, seen), crowded=True)
    return Awaited(await _reply(app, await _look(app, key)))


async def _look(app: App, key: ObjectId) -> Order | Checkout:
    """The order, or the checkout that is no order yet. Raises Problem ORDER_NOT_FOUND."""
    order = await orders.progress(app.db, key)
    if order is not None:
        return order
    checkout = await checkouts.get(app.db, key)
    if checkout is not None and checkout.state == "placed":
        # It became an order between the two reads.
        return await orders.progress(app.db, key) or checkout
    if checkout is None:
        raise Problem(ORDER_NOT_FOUND)
    return checkout


def _standing(seen: Order | Checkout) -> Standing:
    return Standing(seen.status, seen.version or 0) if isinstance(seen, Order) else Standing(seen.state, 0)


async def _reply(app: App, seen: Order | Checkout) -> api.OrderStatus:
    return await of_order(app, seen) if isinstance(seen, Order) else _of_checkout(seen)


async def of_order(app: App, order: Order) -> api.OrderStatus:
    """The status of an order, with the time when it will be ready, where that can be told."""
    return api.OrderStatus(
        order_id=str(order.id),
        status=order.status,
        seq=order.version or 0,
        estimated_ready_at=await estimated(app, order),
        updated_at=order.updated_at,
        unanswered_since=order.unanswered_since,
        refunded_cents=order.refunded_cents,
    )


def status_of(checkout: Checkout) -> str:
    """What the diner is told of a checkout that is no order."""
    if checkout.state == "claimed" and checkout.claim is not None and checkout.claim.kind != "none":
        return "CHECKING_PAYMENT"
    return STATUS_OF_CHECKOUT[checkout.state]


def _of_checkout(checkout: Checkout) -> api.OrderStatus:
    refusal = checkout.refusal
    return api.OrderStatus(
        order_id=str(checkout.id),
        status=status_of(checkout),
        seq=0,
        refusal={"code": refusal.code, "message": refusal.message} if refusal else None,
    )


async def events(app: App, order_id: str, after: int) -> api.OrderEvents:
    """The messages of the order's page after seq `after`, in order: a page catches up with them after a lost
    connection.

    A row of a kind that this release does not know is left out, and counts in `lastSeq`: the page goes on after it.
    Raises Problem ORDER_NOT_FOUND.
    """
    key = parse(order_id)
    order = await orders.get(app.db, key)
    if order is None and await checkouts.get(app.db, key) is None:
        raise Problem(ORDER_NOT_FOUND)
    rows = await order_events.after(app.db, key, after)
    group = order_group(key)
    data = [
        api.OrderEventRow(seq=message.seq, event=message.event, payload=message.payload, at=message.at)
        for row in rows
        for message in _messages(row)
        if message.group == group
    ]
    if len(rows) == order_events.MAX_ROWS:
        # There is more: the page asks again from here.
        last_seq = rows[-1].seq
    else:
        last_seq = max((order.version or 0) if order else 0, rows[-1].seq if rows else 0)
    return api.OrderEvents(data=data, last_seq=last_seq)


def _messages(row: OrderEvent) -> list[Message]:
    try:
        return announce(row)
    except CannotAnnounceError as error:
        log.warning("row %s cannot be told: %s", row.id, error)
        return []
