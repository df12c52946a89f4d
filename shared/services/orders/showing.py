"""What of an order is shown to whom: a kitchen's screen sees its stations' items, the kitchen no phone (rules 11)."""

from __future__ import annotations

from collections.abc import Collection

from shared.api import orders as api
from shared.documents.orders import Order, OrderItem
from shared.domain.roles import LADDER, Caller, Device
from shared.services.orders.status import discounts, item, ordered_at, refunded_units
from shared.services.paying.refunding import UNPAID
from shared.services.staff import admitting
from shared.text import masked


def sees_all(caller: Caller) -> bool:
    """Whether the caller sees every order of a location: people, and screens of the whole location."""
    return not isinstance(caller, Device) or caller.role == "expo"


def shown_stations(caller: Caller) -> Collection[str]:
    """The ids of the stations that a kitchen's screen shows; none for those who see all."""
    return () if sees_all(caller) or not isinstance(caller, Device) else caller.station_ids


def customer(order: Order, caller: Caller) -> api.OrderedBy:
    """Who ordered. The phone is masked for devices and for people below `service`; it is never null."""
    role = admitting.role_of(caller, order.restaurant_id)
    phone = order.customer.phone
    if LADDER.index(role) < LADDER.index("service"):
        phone = masked(phone)
    return api.OrderedBy(name=order.customer.name, phone=phone)


def staff_order(order: Order, caller: Caller, *, only: Collection[str] | None = None) -> api.StaffOrder:
    """The order for staff; `only`: with these items alone. What paid for an order of the original is a card's token:
    it is in no answer (contract S10)."""
    meta, discount = order.meta, order.discount
    return api.StaffOrder(
        _id=str(order.id),
        order_code=order.order_code,
        restaurant_id=order.restaurant_id,
        location_id=str(order.location_id),
        location_slug=order.location_slug,
        status=order.status,
        meta=api.StaffMeta(
            correlation_id=meta.correlation_id,
            accepted_by=meta.accepted_by or None,
            accepted_at=meta.accepted_at,
            auto_accept=meta.auto_accept if meta.accepted_by else None,
        ),
        customer=customer(order, caller),
        origin=ordered_at(order),
        items=[item(one, for_staff=True) for one in order.items if shows(one, only)],
        discount=api.AppliedDiscount(name=discount.name, type=discount.type, amount_cents=discount.amount_cents)
        if discount
        else None,
        discounts=discounts(order.discounts),
        total_price_cents=order.total_price_cents,
        tip_cents=order.tip_cents,
        refunded_cents=order.refunded_cents,
        refunded_item_ids=refunded_units(order),
        paid=order.payment_id != "" or (order.counter is not None and order.counter.kind != UNPAID),
        counter=None if order.counter is None else order.counter.kind,
        started_at=order.began_at,
        ready_at=order.ready_at,
        ended_at=order.ended_at,
        unanswered_since=order.unanswered_since,
        not_drawn_since=order.not_drawn_since,
        seq=order.version or 0,
    )


def shows(one: OrderItem, only: Collection[str] | None) -> bool:
    """Whether an item is among those to show; None: all are."""
    return only is None or one.id in only
