"""What the diner's app reads of a restaurant and its menus, and how it prices a cart (contract 1 to 7, 9)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from shared.api.base import Echo, Id, Instant, Reply, Request, RequestPart, Whole, is_empty

MAX_LINES = 100
MAX_QUANTITY = 99


class Texts(Reply):
    """A text in all three languages; clients refuse a menu with a gap."""

    en: str
    es: str
    pt: str


class Restaurant(Reply):
    """`logo` is text, never null: clients refuse null (contract 1.9)."""

    id: str = Field(alias="_id")
    name: str
    concept: str
    logo: str


class Location(Reply):
    """`emergepayWalletsPublicId` is always there: "" where there is none (contract 1.9)."""

    id: str = Field(alias="_id")
    location_slug: str
    name: str
    is_active: bool
    accept_payment: bool
    emergepay_wallets_public_id: str
    is_open: bool


class Origin(Reply):
    """An origin; all fields are "" for an unknown one, which clients take for "no code scanned"."""

    id: str = Field(alias="_id")
    label: str
    restaurant_id: str
    location_id: str
    type: str


class Reward(Reply):
    """What a campaign gives."""

    flat_off_cents: int


class Campaign(Reply):
    """A running campaign, as the cart shows it."""

    name: str
    type: str
    reward: Reward


class MenuEntry(Reply):
    """One menu in the list of a location."""

    id: str = Field(alias="_id")
    menu_slug: str
    name: Texts
    available: bool


class MenuCategory(Reply):
    """A section. `emoji` is text, never null."""

    id: str
    name: Texts
    description: Texts
    sort_order: int
    emoji: str


class MenuVariant(Reply):
    """A size or kind; its price replaces the item's."""

    id: str
    name: str
    price_cents: int
    default: bool


class MenuOption(Reply):
    """One choice of a modifier."""

    id: str
    name: Texts
    price_cents: int


class MenuModifier(Reply):
    """A group of choices."""

    id: str
    name: Texts
    type: Literal["standard", "upsell"]
    required: bool
    selection_mode: Literal["single", "max", "multiple"]
    max_choices: int
    free_choices: int
    extra_choice_price_cents: int
    options: list[MenuOption]


class MenuItem(Reply):
    """Something to order. `makingCostCents` is 0: clients require the field, and it is none of their business."""

    id: str
    name: Texts
    description: Texts
    image_urls: list[str]
    category_id: str
    price_cents: int
    making_cost_cents: Literal[0] = 0
    is_available: bool
    station_tags: list[str]
    variants: list[MenuVariant]
    modifiers: list[MenuModifier]


class Menu(Reply):
    """A menu with the items that can be ordered now. `salesTax` is in percent."""

    id: str = Field(alias="_id")
    restaurant_id: str
    location_id: str
    menu_slug: str
    name: Texts
    available: bool
    sales_tax: float
    categories: list[MenuCategory]
    items: list[MenuItem]


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

    id: str = Field("", max_length=64)
    menu_item_id: Id
    name: Echo = ""
    quantity: Whole = Field(1, ge=1, le=MAX_QUANTITY)
    notes: str | None = Field("", max_length=1000)
    variants: list[ChosenOption] | None = Field(None, max_length=10)
    modifiers: list[ChosenModifier] | None = Field(None, max_length=30)


class CartCustomer(RequestPart):
    """Who orders."""

    name: str | None = Field("", max_length=200)
    phone: str | None = Field("", max_length=32)


class CartOrigin(RequestPart):
    """Where the diner sits; the id may be "" or `web`."""

    id: str | None = Field("", max_length=64)
    name: Echo | None = ""


class PreviewRequest(Request):
    """A cart to price. Prices, names, tags and the discount in it are ignored: the stored menu counts (contract 7)."""

    restaurant_id: Id
    location_id: Id
    location_slug: str | None = Field("", max_length=200)
    payment_id: str | None = Field(None, max_length=200)
    origin: CartOrigin
    customer: CartCustomer
    items: list[CartItem] = Field(max_length=MAX_LINES)
    get_sms: bool | None = False
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
    tip_cents: int
    currency: Literal["USD"] = "USD"
    expires_at: Instant
    is_open: bool
    opens_at: Instant | None
    lines: list[PreviewLine]


class OrderStatus(Reply):
    """Where an order stands, or a checkout that is no order yet (then `seq` is 0)."""

    order_id: str
    status: str
    seq: int
    estimated_ready_at: Instant | None = None
    updated_at: Instant | None = None
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
