"""A cart, and the preview that it is priced to (contract 7, 9)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from shared.api.base import Cleaned, Echo, Id, Instant, Reply, Request, RequestPart, Whole, is_empty
from shared.api.location_settings import Language
from shared.api.orders import DISCOUNTS, DiscountLine

MAX_LINES = 100
MAX_QUANTITY = 99


class ChosenOption(RequestPart):
    """A variant or option in a cart. Only the id counts; the name tells the diner's language."""

    id: Id
    name: Echo = ""


class ChosenModifier(RequestPart):
    """A modifier in a cart, its options in the order of choosing."""

    id: Id
    name: Echo = ""
    options: list[ChosenOption] = Field(default=[], max_length=50)


class CartItem(RequestPart):
    """One line of a cart. `id` is made by the client: 24 hex let the same cart be known again."""

    id: Annotated[str, Field(max_length=64), Cleaned] = ""
    menu_item_id: Id
    name: Echo = ""
    quantity: Whole = Field(1, ge=1, le=MAX_QUANTITY)
    notes: Annotated[str, Field(max_length=1000), Cleaned] | None = ""
    variants: list[ChosenOption] | None = Field(None, max_length=10)
    modifiers: list[ChosenModifier] | None = Field(None, max_length=30)


class CartCustomer(RequestPart):
    """Who orders."""

    name: Annotated[str, Field(max_length=200), Cleaned] | None = ""
    phone: Annotated[str, Field(max_length=32), Cleaned] | None = ""
    email: Annotated[str, Field(max_length=254), Cleaned] | None = Field("", description="Where the receipt goes.")


class CartOrigin(RequestPart):
    """Where the diner sits; the id may be "" or `web`."""

    id: Annotated[str, Field(max_length=64), Cleaned] | None = ""
    name: Echo | None = ""


class PreviewRequest(Request):
    """A cart to price. Prices, names, tags and the discount in it are ignored: the stored menu counts (contract 7)."""

    restaurant_id: Id
    location_id: Id
    location_slug: Annotated[str, Field(max_length=200), Cleaned] | None = ""
    payment_id: Annotated[str, Field(max_length=200), Cleaned] | None = None
    origin: CartOrigin
    customer: CartCustomer
    items: list[CartItem] = Field(max_length=MAX_LINES)
    get_sms: bool | None = False
    language: Language | None = Field(None, description="In which the diner is written to; English where absent.")
    transaction_details: Any = None
    discount: Any = None
    strict: bool = Field(False, description="Refuse a cart that misses a required choice.")


class PreviewLine(Reply):
    """A line as it was priced, in cents."""

    id: str
    menu_item_id: str
    name: str
    quantity: int
    unit_price_cents: int
    price_cents: int
    missing: list[str] = Field([], description="Required choices that were not made.", exclude_if=is_empty)


class Preview(Reply):
    """A priced cart, kept until `expiresAt`. All amounts in cents."""

    preview_order_id: str
    total_price_cents: int
    subtotal_cents: int
    tax_cents: int
    discount_cents: int
    discounts: list[DiscountLine] = Field([], description=DISCOUNTS, exclude_if=is_empty)
    tip_cents: int
    currency: Literal["USD"] = "USD"
    expires_at: Instant
    is_open: bool
    opens_at: Instant | None
    lines: list[PreviewLine]


CounterKind = Literal["cash", "card_at_counter", "unpaid"]
"""How an order is paid at the counter."""


class CounterOrder(PreviewRequest):
    """A cart that staff typed in (contract 12)."""

    payment: CounterKind = Field("unpaid", description="How it is paid at the counter; it can be recorded later.")
