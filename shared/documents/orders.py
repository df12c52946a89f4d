"""Orders, previews and the rows of their history (contract 2.9, 2.10; rules 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from shared.documents.base import (
    Document,
    Flag,
    Moment,
    Part,
    PartOrNone,
    Rows,
    StoredId,
    Text,
    TextOrNone,
    Texts,
    TextsOrNone,
    Whole,
    WholeOrNone,
)
from shared.documents.languages import StoredLanguage


class _Named(Document):
    """Something of a menu on an order. `name` is what the diner read, `staff_name` the same in the language of the
    location's staff; older orders have the first only."""

    id: Text = ""
    name: Text = ""
    staff_name: Text = ""

    @property
    def name_for_staff(self) -> str:
        """What the kitchen reads."""
        return self.staff_name or self.name


class Chosen(_Named):
    """A variant or an option as it stands on an order. `assumed`: the diner chose no variant, and this is the dish's
    default. It is written down for the kitchen, and counts for no price."""

    price_cents: Whole = 0
    assumed: Flag = False


class ChosenModifier(_Named):
    """A modifier with the options that were chosen."""

    options: Annotated[list[Chosen], Rows] = Field(default_factory=list)


class OrderItem(_Named):
    """One unit of one dish. `missing` names required choices that were not made, `staff_missing` the same in the
    language of the location's staff."""

    menu_item_id: Text = ""
    price_cents: Whole = 0
    notes: Text = ""
    variants: Annotated[list[Chosen], Rows] = Field(default_factory=list)
    modifiers: Annotated[list[ChosenModifier], Rows] = Field(default_factory=list)
    station_tags: Texts = Field(default_factory=list)
    started_at: Moment = None
    completed_at: Moment = None
    missing: Texts = Field(default_factory=list)
    staff_missing: Texts = Field(default_factory=list)

    @property
    def missing_for_staff(self) -> list[str]:
        """What the kitchen reads of the choices that were not made."""
        return self.staff_missing or self.missing


class Customer(Document):
    """Who ordered, as the diner typed it."""

    name: Text = ""
    phone: Text = ""
    email: Text = ""


class OriginOfOrder(Document):
    """The origin as an order keeps it. The id is text, and "" where no code was scanned, or one that nobody knows. Then
    `note` is what the client called it: a guest's word, and no table."""

    id: Text = ""
    name: Text = ""
    note: Text = ""


class Meta(Document):
    """How the order came to be accepted, and the request that placed it. `accepted_by`: "system" or "user"."""

    correlation_id: Text = ""
    accepted_by: Text = ""
    accepted_at: Moment = None
    auto_accept: Flag = False


class Discount(Document):
    """The campaign that was applied."""

    name: Text = ""
    type: Text = ""
    amount_cents: Whole = 0


class DiscountLine(Discount):
    """What one campaign took off. `item_ids`: of the units that it was taken off; None: all."""

    campaign_id: Text = ""
    item_ids: TextsOrNone = None


class OrderRefund(Document):
    """Money of an order that is given back, or promised to be.

    `id`: of the payment's refund, where it is one. `tip_cents`: the part of the amount that is tip. `units`: the ids of
    the items that it gives back. `declined`: the gateway refused it in the end, so it counts no more. `by_hand`: staff
    gave it back outside. `found`: it was found at the gateway, where somebody or an earlier run made it. `request`: a
    digest of who asked for it with which key.
    """

    id: Text = Field(default="", alias="_id")
    amount_cents: Whole = 0
    tip_cents: Whole = 0
    units: Texts = Field(default_factory=list)
    reason: Text = ""
    by: Text = ""
    at: Moment = None
    declined: Flag = False
    by_hand: Flag = False
    found: Flag = False
    request: TextOrNone = None


class CounterStep(Document):
    """What somebody said of the payment at the counter: the kind from then on, when, and who."""

    kind: Text = ""
    at: Moment = None
    by: Text = ""


class CounterRefund(Document):
    """What of a payment at the counter was given back there, and who did it. `id`: of the order's refund."""

    id: Text = Field(default="", alias="_id")
    amount_cents: Whole = 0
    at: Moment = None
    by: Text = ""


class CounterPayment(Document):
    """How an order is paid at the counter: `kind` is cash, card_at_counter or unpaid. Nothing of it is at a gateway."""

    kind: Text = ""
    amount_cents: Whole = 0
    history: Annotated[list[CounterStep], Rows] = Field(default_factory=list)
    refunds: Annotated[list[CounterRefund], Rows] = Field(default_factory=list)


class Route(Document):
    """The items of an order that one station cooks."""

    station_id: Text = ""
    item_ids: Texts = Field(default_factory=list)


class StationMark(Document):
    """What one screen did with an order. `station_id`: a station's, or "expo".

    `bumped_at`: when it was finished there; None where it came back since. `recalled_at`: when it was brought back
    there. `dismissed_at`: when the order, which was given up, was taken off that screen.
    """

    station_id: Text = ""
    bumped_at: Moment = None
    recalled_at: Moment = None
    dismissed_at: Moment = None


class Order(Document):
    """A placed order. Orders of the original server have no `version` (None here) and no routing.

    `ready_at`: when it was ready last; the original does not write it. `waiting_at`: since when its people know that
    nobody has accepted it. `show_by`: when a screen must have shown it, while none has. `not_drawn_since`: since when
    its people know that none has. `refunded_cents`: what of its money is given back or promised to be, with the tip.
    `tax_percent`: the rate of its tax, such as "10.25"; None where nobody wrote it down. `paid_with`: card or wallet;
    "" where it was not paid with the order, or by an older release. `business_date`: the location's when it was
    placed, such as "2026-03-08"; "" on older orders.
    `station_marks`: one for each screen that did something with it. `recalled_at`: when it was brought back last after
    it was ready. `rushed_at`: since when it goes before all others. `cleared_at`: when it was taken off the screens
    without being made; its times say nothing of the kitchen. `end_reason`: why it was given up. `get_sms`: the diner
    asked for texts. `language`: in which the diner is written to.
    `trace`: the trace of the diner's visit, as a `traceparent`; absent where nobody listened.
    """

    id: ObjectId = Field(alias="_id")
    order_code: Text = ""
    payment_id: Text = ""
    restaurant_id: Text = ""
    location_id: StoredId = ""
    location_slug: Text = ""
    status: Text = ""
    customer: Annotated[Customer, Part] = Customer()
    origin: Annotated[OriginOfOrder, Part] = OriginOfOrder()
    meta: Annotated[Meta, Part] = Meta()
    items: Annotated[list[OrderItem], Rows] = Field(default_factory=list)
    discount: Annotated[Discount | None, PartOrNone] = None
    discounts: Annotated[list[DiscountLine], Rows] = Field(default_factory=list)
    subtotal_cents: Whole = 0
    tax_cents: Whole = 0
    tax_percent: TextOrNone = None
    discount_cents: Whole = 0
    total_price_cents: Whole = 0
    tip_cents: Whole = 0
    paid_with: Text = ""
    business_date: Text = ""
    refunds: Annotated[list[OrderRefund], Rows] = Field(default_factory=list)
    refunded_cents: Whole = 0
    counter: Annotated[CounterPayment | None, PartOrNone] = None
    started_at: Moment = None
    ready_at: Moment = None
    waiting_at: Moment = None
    recalled_at: Moment = None
    rushed_at: Moment = None
    cleared_at: Moment = None
    show_by: Moment = None
    not_drawn_since: Moment = None
    ended_at: Moment = None
    end_reason: Text = ""
    get_sms: Flag = False
    language: StoredLanguage = "en"
    station_marks: Annotated[list[StationMark], Rows] = Field(default_factory=list)
    updated_at: Moment = None
    version: WholeOrNone = None
    routing: Annotated[list[Route], Rows] = Field(default_factory=list)
    unrouted: Texts = Field(default_factory=list)
    trace: TextOrNone = None

    @property
    def unanswered_since(self) -> datetime | None:
        """Since when its people know that nobody has accepted it; None where somebody has, or they do not know yet."""
        return self.waiting_at if self.status == "CREATED" else None

    @property
    def began_at(self) -> datetime:
        """When it was placed. Of an old order without a date, the time in its id: the kitchen's screen refuses an order
        without one (contract 1.9)."""
        return self.started_at or self.id.generation_time


class PreviewLine(Document):
    """One line of the cart as it was priced; `quantity` units became as many items."""

    id: Text
    menu_item_id: Text = ""
    name: Text = ""
    quantity: Whole = 1
    unit_price_cents: Whole = 0
    price_cents: Whole = 0
    missing: Texts = Field(default_factory=list)


class Preview(Document):
    """A priced cart; its price never changes. Previews of the original server have no `lines` and no amounts."""

    id: ObjectId = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    location_slug: Text = ""
    customer: Annotated[Customer, Part] = Customer()
    origin: Annotated[OriginOfOrder, Part] = OriginOfOrder()
    items: Annotated[list[OrderItem], Rows] = Field(default_factory=list)
    lines: Annotated[list[PreviewLine], Rows] = Field(default_factory=list)
    discount: Annotated[Discount | None, PartOrNone] = None
    discounts: Annotated[list[DiscountLine], Rows] = Field(default_factory=list)
    subtotal_cents: Whole = 0
    tax_cents: Whole = 0
    tax_percent: TextOrNone = None
    discount_cents: Whole = 0
    tip_cents: Whole = 0
    total_price_cents: Whole = 0
    get_sms: Flag = False
    language: StoredLanguage = "en"


class OrderEvent(Document):
    """One change of an order; `seq` is the order's version after it. `hooked_at`: when it became an event of webhooks;
    absent where the restaurant has none. `reach`: people are to be told of it, and nobody has seen to that yet.
    `trace`: as the order has it."""

    id: str = Field(alias="_id")
    order_id: ObjectId
    restaurant_id: Text
    location_id: StoredId
    seq: int
    type: str
    payload: dict[str, Any]
    created_at: datetime
    published_at: Moment = None
    sent_to: Texts = Field(default_factory=list)
    tries: Whole = 0
    hooked_at: Moment = None
    reach: Flag = False
    trace: TextOrNone = None
