"""Webhooks: a restaurant's own systems are told what happens (rules 21)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from shared.api.base import Id, Instant, Reply, Request, is_empty
from shared.api.orders import AppliedDiscount, OrderedAt, OrderedBy, OrderedItem

EventType = Literal[
    "order.created",
    "order.accepted",
    "order.ready",
    "order.picked_up",
    "order.cancelled",
    "order.rejected",
    "order.recalled",
    "order.refunded",
    "order.refund_declined",
    "order.paid_at_counter",
    "order.waiting",
    "order.item_started",
    "order.item_completed",
    "order.item_reopened",
    "order.station_bumped",
    "order.station_recalled",
    "order.rushed",
    "order.unrushed",
    "order.dismissed",
    "menu.changed",
]

WebhookUrl = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[\x21-\x7e]+$")]
EventTypes = Annotated[list[EventType], Field(min_length=1, max_length=40)]
LocationIds = Annotated[list[Id], Field(min_length=1, max_length=200)]


class NewWebhook(Request):
    """An https address that is to be told. `events` null: all that there are and will be. `locationIds` null: all."""

    url: WebhookUrl
    events: EventTypes | None = None
    location_ids: LocationIds | None = None
    is_active: bool = True


class ChangeWebhook(Request):
    """What is to change; the rest stays. `events` and `locationIds` null: all. `isActive` true: begin again, also after
    it was paused."""

    url: WebhookUrl | None = None
    events: EventTypes | None = None
    location_ids: LocationIds | None = None
    is_active: bool | None = None


class Webhook(Reply):
    """An address that is told. `failingSince`: since when no try has worked; after three days it is paused by itself,
    at `pausedAt`. `oldSecretUntil`: until then events are signed with the secret before, too."""

    webhook_id: str
    url: str
    events: list[str] | None
    location_ids: list[str] | None
    is_active: bool
    failing_since: Instant | None
    failures: int
    paused_at: Instant | None
    last_success_at: Instant | None
    old_secret_until: Instant | None
    created_at: Instant | None
    updated_at: Instant | None


class MadeWebhook(Webhook):
    """The new webhook with its secret, which is told here and never again."""

    secret: str


class NewSecret(Reply):
    """The next secret, which is told here and never again. The one before is good until `oldSecretUntil`."""

    secret: str
    old_secret_until: Instant


class Delivery(Reply):
    """One event on its way to a webhook. `state`: due, done, or failed. `nextAt`: when it is tried (again).

    Of the last try: when it was (`at`), the `status` that was answered, null where nothing was, how long it took
    (`ms`), why it did not work (`error`), and the first kilobyte of the `answer`.
    """

    delivery_id: str
    event_id: str
    type: str
    order_id: str | None
    state: str
    tries: int
    created_at: Instant | None
    next_at: Instant | None
    at: Instant | None
    status: int | None
    ms: int
    error: str
    answer: str | None


class DeliveryPage(Reply):
    """Deliveries, the newest first. `next`: where the list goes on; null at its end."""

    data: list[Delivery]
    next: str | None


class EventOrder(Reply):
    """An order as its restaurant's owner may see it, when the event was sent: `seq` says how far it was then.

    Prices are in cents; the tip is not in the total. Dishes are in the language of the location's staff.
    """

    order_id: str
    order_code: str
    status: str
    seq: int
    customer: OrderedBy
    origin: OrderedAt
    items: list[OrderedItem]
    discount: AppliedDiscount | None
    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    total_price_cents: int
    tip_cents: int
    refunded_cents: int
    refunded_item_ids: list[str]
    paid: bool
    counter: str | None = Field(None, description="How it is paid at the counter.", exclude_if=is_empty)
    started_at: Instant
    ready_at: Instant | None
    ended_at: Instant | None


class Event(Reply):
    """What a receiver reads. `id` is the same each time that the event is sent. `locationId` null: the restaurant.

    `data` of an order's event: `orderId`, `seq` (the order's version after it), what the change said of itself
    (`reason`, `amountCents`, `itemId`, `kind`), and the `order`, null where it is gone. Of `menu.changed`: `action`,
    `menuId`, `itemId`.
    """

    id: str
    type: str
    at: Instant
    restaurant_id: str
    location_id: str | None
    data: dict[str, Any]


class EventPage(Reply):
    """Events in their order. `next` is always there: ask with it again later."""

    data: list[Event]
    next: str
