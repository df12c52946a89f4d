"""An order as the diner's status page and the kitchen see it (contract 11, 34, 35)."""

from __future__ import annotations

from pydantic import Field

from shared.api.base import Instant, Reply


class OrderedOption(Reply):
    """A variant or an option."""

    id: str
    name: str
    price_cents: int


class OrderedModifier(Reply):
    """A modifier with what was chosen."""

    id: str
    name: str
    options: list[OrderedOption]


class OrderedItem(Reply):
    """One unit. `startedAt` and `completedAt` are always there; `notes` is never null (contract 1.9)."""

    id: str
    menu_item_id: str
    name: str
    price_cents: int
    notes: str
    variants: list[OrderedOption]
    modifiers: list[OrderedModifier]
    station_tags: list[str]
    started_at: Instant | None
    completed_at: Instant | None
    missing: list[str] = Field(description="Required choices that the diner did not make.")


class StationItem(OrderedItem):
    """An item on a kitchen screen; `unrouted` where no station has a tag for it."""

    unrouted: bool


class OrderedBy(Reply):
    """Who ordered."""

    name: str
    phone: str


class OrderedBySomeone(Reply):
    """Who ordered, without the phone: the page is open to everyone who has the link (contract S7)."""

    name: str


class OrderedAt(Reply):
    """Where it was ordered."""

    id: str
    name: str


class AppliedDiscount(Reply):
    """The campaign that was applied."""

    name: str
    type: str
    amount_cents: int


class PublicOrder(Reply):
    """The order on the diner's page (contract 11), with its `seq` for the live connection."""

    id: str = Field(alias="_id")
    order_code: str
    restaurant_id: str
    location_id: str
    location_slug: str
    customer: OrderedBySomeone
    origin: OrderedAt
    items: list[OrderedItem]
    status: str
    total_price_cents: int
    discount: AppliedDiscount | None
    started_at: Instant | None
    ended_at: Instant | None
    seq: int


class OrderMeta(Reply):
    """The request that placed the order."""

    correlation_id: str


class StationOrder(Reply):
    """One order on a kitchen screen, with this station's items only (contract 35)."""

    id: str = Field(alias="_id")
    order_code: str
    status: str
    location_id: str
    meta: OrderMeta
    origin: OrderedAt
    customer: OrderedBy
    items: list[StationItem]
    total_price_cents: int
    started_at: Instant | None
    seq: int


class StationOrders(Reply):
    """A station's open orders, the oldest first (contract 34)."""

    location_name: str
    station_name: str
    station_tags: list[str]
    timezone: str
    matched_orders: list[StationOrder]
