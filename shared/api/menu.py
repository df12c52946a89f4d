"""What the diner's app reads of a restaurant and its menus (contract 1 to 6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.api.base import Instant, Moment, Reply, Request, Whole, is_empty
from shared.api.menu_schedules import ShownSchedule


def _is_false(value: object) -> bool:
    return value is False


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
    """`emergepayWalletsPublicId` is always there: "" where there is none (contract 1.9). `timezone` is an IANA name.

    Where `isOpen` is false, `opensAt` (UTC) is when orders are taken again, absent where that is not within two weeks.
    `isPaused` is there where it is true: the location is open, and its people take no orders for a while.
    """

    id: str = Field(alias="_id")
    location_slug: str
    name: str
    is_active: bool
    accept_payment: bool
    emergepay_wallets_public_id: str
    is_open: bool
    timezone: str
    opens_at: Instant | None = Field(None, exclude_if=is_empty)
    is_paused: bool = Field(False, exclude_if=_is_false)


class Origin(Reply):
    """An origin; all fields are "" for an unknown one, which clients take for "no code scanned"."""

    id: str = Field(alias="_id")
    label: str
    restaurant_id: str
    location_id: str
    type: str


class Reward(Reply):
    """What a campaign gives. `flatOffCents` is always there: 0 where it gives percent, of all dishes or of some
    sections'."""

    flat_off_cents: int
    percent_off: int | None = Field(None, exclude_if=is_empty)
    category_ids: list[str] | None = Field(None, exclude_if=is_empty)


class Campaign(Reply):
    """A running campaign, as the cart shows it."""

    name: str
    type: str
    reward: Reward


def _is_true(value: object) -> bool:
    return value is True


class _Served(Reply):
    """`isServed` is there where it is false: this is not the time of day, or the day. `servedAt`: when it is, in UTC;
    absent where that is not within two weeks."""

    is_served: bool = Field(True, exclude_if=_is_true)
    served_at: Instant | None = Field(None, exclude_if=is_empty)


class MenuEntry(_Served):
    """One menu in the list of a location."""

    id: str = Field(alias="_id")
    menu_slug: str
    name: Texts
    available: bool


class StaffMenuEntry(MenuEntry):
    """One menu in the list that staff read. `archivedAt` is absent where it is in use."""

    archived_at: Instant | None = Field(None, exclude_if=is_empty)
    version: int = 0


class MenuCategory(_Served):
    """A section. `emoji` is text, never null."""

    id: str
    name: Texts
    description: Texts
    sort_order: int
    emoji: str


class MenuVariant(Reply):
    """A size or kind; its price replaces the item's. Diners get those that can be had."""

    id: str
    name: str
    price_cents: int
    default: bool
    is_available: bool = Field(True, exclude_if=_is_true, description="Left out where it is true.")
    sold_out_until: Instant | None = Field(None, exclude_if=is_empty)


class MenuOption(Reply):
    """One choice of a modifier. Diners get those that can be had."""

    id: str
    name: Texts
    price_cents: int
    is_available: bool = Field(True, exclude_if=_is_true, description="Left out where it is true.")
    sold_out_until: Instant | None = Field(None, exclude_if=is_empty)


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


class _Item(Reply):
    """What everybody reads of a dish."""

    id: str
    name: Texts
    description: Texts
    image_urls: list[str]
    category_id: str
    price_cents: int
    station_tags: list[str]
    variants: list[MenuVariant]
    modifiers: list[MenuModifier]


class MenuItem(_Item):
    """Something to order. `makingCostCents` is always 0: clients require the field, and may not know the cost."""

    making_cost_cents: Literal[0] = 0
    is_available: bool


class Menu(_Served):
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


class StaffMenuItem(_Item):
    """A dish as staff see it, sold out or not. `makingCostCents` is 0 below manager.

    `soldOutUntil`: it comes back by itself then. `dailyStock`: how many portions a day there are, `left`: how many of
    them are left today, `lowStockAt`: when no more are left, the location is told. Absent where there is none.
    """

    making_cost_cents: int
    is_available: bool
    sold_out_until: Instant | None = Field(None, exclude_if=is_empty)
    daily_stock: int | None = Field(None, exclude_if=is_empty)
    low_stock_at: int | None = Field(None, exclude_if=is_empty)
    left: int | None = Field(None, exclude_if=is_empty)


class StaffMenuCategory(MenuCategory):
    """A section as staff see it. `schedule` is absent where it is always served."""

    schedule: ShownSchedule | None = Field(None, exclude_if=is_empty)


class StaffMenu(Reply):
    """A menu with all its dishes. `salesTax` is in percent, and absent where the menu has none; a gap in a translation
    is "". `schedule` is absent where the menu is always served."""

    id: str = Field(alias="_id")
    restaurant_id: str
    location_id: str
    menu_slug: str
    name: Texts
    available: bool
    sales_tax: float | None = Field(exclude_if=is_empty)
    schedule: ShownSchedule | None = Field(None, exclude_if=is_empty)
    categories: list[StaffMenuCategory]
    items: list[StaffMenuItem]
    archived_at: Instant | None = Field(None, exclude_if=is_empty)
    version: int = 0


class Availability(Request):
    """Whether something can be ordered. `until`: it comes back by itself then, or when the business day ends."""

    is_available: bool
    until: Moment | Literal["end_of_business_day"] | None = None


_Portions = Annotated[Whole, Field(ge=0, le=10_000)]


class StockChange(Request):
    """How many portions of a dish there are a day (null: without a limit), and when no more are left, the location is
    told (null: never). What is left out stays."""

    daily_stock: _Portions | None = None
    low_stock_at: _Portions | None = None
