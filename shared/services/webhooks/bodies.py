"""What receivers read of an event (rules 21). No token of a payment is in it; the phone is whole: it is the owner's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from bson import ObjectId

from shared.api import orders as orders_api
from shared.api import webhooks as api
from shared.app import App
from shared.documents.orders import Chosen, Order, OrderItem
from shared.documents.webhooks import WebhookEvent
from shared.domain.refunds import standing
from shared.store import orders

UNPAID = "unpaid"
_TOLD = ("reason", "amountCents", "itemId", "kind")


async def read(app: App, events: Sequence[WebhookEvent]) -> list[api.Event]:
    """The events as receivers read them, with their orders as they stand now."""
    ids = list(dict.fromkeys(one.order_id for one in events if one.order_id is not None))
    found = await orders.whole(app.db, ids) if ids else {}
    return [shown(one, found) for one in events]


def shown(event: WebhookEvent, found: Mapping[ObjectId, Order]) -> api.Event:
    """One event. `found`: the orders by id."""
    data = {**event.told}
    if event.order_id is not None:
        order = found.get(event.order_id)
        data = {
            "orderId": str(event.order_id),
            "seq": event.order_seq,
            **{name: event.told[name] for name in _TOLD if name in event.told},
            "order": None if order is None else _order(order).model_dump(mode="json", by_alias=True),
        }
    assert event.at is not None
    return api.Event(
        id=event.id,
        type=event.type,
        at=event.at,
        restaurant_id=event.restaurant_id,
        location_id=None if event.location_id is None else str(event.location_id),
        data=data,
    )


def written(event: api.Event) -> bytes:
    """The body that is sent and signed."""
    return orjson.dumps(event.model_dump(mode="json", by_alias=True))


def _order(order: Order) -> api.EventOrder:
    discount, origin = order.discount, order.origin
    return api.EventOrder(
        order_id=str(order.id),
        order_code=order.order_code,
        status=order.status,
        seq=order.version or 0,
        customer=orders_api.OrderedBy(name=order.customer.name, phone=order.customer.phone),
        origin=orders_api.OrderedAt(id=origin.id, name=origin.name, note=origin.note or None),
        items=[_item(one) for one in order.items],
        discount=None
        if discount is None
        else orders_api.AppliedDiscount(name=discount.name, type=discount.type, amount_cents=discount.amount_cents),
        subtotal_cents=order.subtotal_cents,
        discount_cents=order.discount_cents,
        tax_cents=order.tax_cents,
        total_price_cents=order.total_price_cents,
        tip_cents=order.tip_cents,
        refunded_cents=order.refunded_cents,
        refunded_item_ids=[unit for one in standing(order.refunds) for unit in one.units],
        paid=order.payment_id != "" or (order.counter is not None and order.counter.kind != UNPAID),
        counter=None if order.counter is None else order.counter.kind,
        started_at=order.began_at,
        ready_at=order.ready_at,
        ended_at=order.ended_at,
    )


def _item(one: OrderItem) -> orders_api.OrderedItem:
    return orders_api.OrderedItem(
        id=one.id,
        menu_item_id=one.menu_item_id,
        name=one.name_for_staff,
        price_cents=one.price_cents,
        notes=one.notes,
        variants=[_option(variant) for variant in one.variants],
        modifiers=[
            orders_api.OrderedModifier(
                id=modifier.id,
                name=modifier.name_for_staff,
                options=[_option(option) for option in modifier.options],
            )
            for modifier in one.modifiers
        ],
        station_tags=one.station_tags,
        started_at=one.started_at,
        completed_at=one.completed_at,
        missing=one.missing_for_staff,
    )


def _option(chosen: Chosen) -> orders_api.OrderedOption:
    return orders_api.OrderedOption(id=chosen.id, name=chosen.name_for_staff, price_cents=chosen.price_cents)
