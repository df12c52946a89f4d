"""An order as the diner's status page and the restaurant's people see it (contract 9, 11, 21 to 23)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from shared.api.base import Cleaned, Id, Instant, Reply, Request, Whole, is_empty, is_zero

GIVEN_BACK = "What is given back of the order, or promised to be, tip included."
GIVEN_BACK_ITEMS = "The items that are given back."


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
    """One unit. Diners read names in their own language, staff in the location's. `startedAt` and `completedAt` are
    always there, and `notes` is never null (contract 1.9)."""

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


class OrderedBy(Reply):
    """Who ordered."""

    name: str
    phone: str


class OrderedBySomeone(Reply):
    """Who ordered, without the phone: the page is open to everyone who has the link (contract S7)."""

    name: str


class OrderedAt(Reply):
    """Where it was ordered: an origin of the location, by its own label. Without one both are "". Then `note` is what
    the guest's client called it, and no table."""

    id: str
    name: str
    note: str | None = Field(None, exclude_if=is_empty)


DISCOUNTS = "What the discount consists of."


class AppliedDiscount(Reply):
    """The campaign that was applied."""

    name: str
    type: str
    amount_cents: int


class DiscountLine(Reply):
    """What one campaign took off, in cents."""

    campaign_id: str
    name: str
    type: str
    amount_cents: int


class PublicOrder(Reply):
    """The order on the diner's page (contract 11), with its `seq` for the live connection.

    Amounts are in cents. The total is the subtotal with the tax, less the discount; the tip is not in it. Orders of the
    original have neither subtotal nor tax.
    """

    id: str = Field(alias="_id")
    order_code: str
    restaurant_id: str
    location_id: str
    location_slug: str
    customer: OrderedBySomeone
    origin: OrderedAt
    items: list[OrderedItem]
    status: str
    subtotal_cents: int = Field(0, exclude_if=is_zero)
    tax_cents: int = Field(0, exclude_if=is_zero)
    tip_cents: int = Field(0, exclude_if=is_zero)
    total_price_cents: int
    refunded_cents: int = Field(0, description=GIVEN_BACK, exclude_if=is_zero)
    refunded_item_ids: list[str] = Field([], description=GIVEN_BACK_ITEMS, exclude_if=is_empty)
    discount: AppliedDiscount | None
    discounts: list[DiscountLine] = Field([], description=DISCOUNTS, exclude_if=is_empty)
    started_at: Instant | None
    ended_at: Instant | None
    unanswered_since: Instant | None = Field(
        None, exclude_if=is_empty, description="Since when the restaurant knows that nobody has accepted the order."
    )
    seq: int


class OrderStatus(Reply):
    """Where an order stands, or a checkout that is no order yet (then `seq` is 0)."""

    order_id: str
    status: str
    seq: int
    estimated_ready_at: Instant | None = None
    updated_at: Instant | None = None
    unanswered_since: Instant | None = Field(
        None, exclude_if=is_empty, description="Since when the restaurant knows that nobody has accepted the order."
    )
    refunded_cents: int = Field(0, description=GIVEN_BACK, exclude_if=is_zero)
    refusal: dict[str, str] | None = Field(None, exclude_if=is_empty)


class OrderEventRow(Reply):
    """One message of an order's history."""

    seq: int
    event: str
    payload: dict[str, Any]
    at: Instant


class OrderEvents(Reply):
    """What happened after the asked-for `seq`; `lastSeq` is the highest there is."""

    data: list[OrderEventRow]
    last_seq: int


class StaffMeta(Reply):
    """The request that placed the order, and how it was accepted: `acceptedBy` is `system` or `user`."""

    correlation_id: str
    accepted_by: str | None = Field(None, exclude_if=is_empty)
    accepted_at: Instant | None = Field(None, exclude_if=is_empty)
    auto_accept: bool | None = Field(None, exclude_if=is_empty)


class StaffOrder(Reply):
    """One order as the restaurant's people see it, dishes in the language of the location's staff (contract 21, 23).

    Prices are in cents; the tip is not in the total. `endedAt` is left out while the order goes on.
    """

    id: str = Field(alias="_id")
    order_code: str
    restaurant_id: str
    location_id: str
    location_slug: str
    status: str
    meta: StaffMeta
    customer: OrderedBy
    origin: OrderedAt
    items: list[OrderedItem]
    discount: AppliedDiscount | None
    discounts: list[DiscountLine] = Field([], description=DISCOUNTS, exclude_if=is_empty)
    total_price_cents: int
    tip_cents: int
    refunded_cents: int = Field(0, description=GIVEN_BACK, exclude_if=is_zero)
    refunded_item_ids: list[str] = Field([], description=GIVEN_BACK_ITEMS, exclude_if=is_empty)
    paid: bool = Field(description="Whether it was paid with the order, or at the counter.")
    counter: str | None = Field(
        None, description="How it is paid at the counter: cash, card_at_counter, unpaid.", exclude_if=is_empty
    )
    started_at: Instant
    ready_at: Instant | None = Field(None, exclude_if=is_empty)
    ended_at: Instant | None = Field(None, exclude_if=is_empty)
    unanswered_since: Instant | None = Field(
        None, exclude_if=is_empty, description="Since when the restaurant knows that nobody has accepted the order."
    )
    not_drawn_since: Instant | None = Field(
        None, exclude_if=is_empty, description="Since when no kitchen screen has shown the accepted order."
    )
    seq: int


Seq = Annotated[Whole, Field(ge=0, le=2**31, description="The seq that the screen has seen: past it, it is refused.")]
Reason = Annotated[str, Field(max_length=500), Cleaned]


class StatusChange(Request):
    """Where an order is to go (contract 23). REJECTED and CANCELLED need a `reason`."""

    order_id: Id
    order_status: Literal["ACCEPTED", "READY_FOR_PICKUP", "PICKED_UP", "REJECTED", "CANCELLED"]
    reason: Reason = ""
    seq: Seq | None = None


class Recall(Request):
    """What the screen has seen of the order that is recalled."""

    seq: Seq | None = None


class ItemChange(Request):
    """What happened to one item (contract 36)."""

    order_id: Id
    item_id: Id
    order_item_status: Literal["STARTED", "COMPLETED", "REOPENED"]


class ItemChanged(Reply):
    """`data`: whether anything changed."""

    data: bool
    message: str


class OrderMoved(Reply):
    """Where an order stands after a move."""

    order_id: str
    status: str
    seq: int
