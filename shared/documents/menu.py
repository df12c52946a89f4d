"""Menus with their categories and items (contract 2.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared.documents.base import (
    Document,
    Flag,
    Moment,
    Rows,
    StoredAs,
    StoredId,
    Text,
    TextOrNone,
    Texts,
    Whole,
    WholeOrNone,
    plain_number,
)
from shared.documents.languages import Language
from shared.money import tax_percent


def _translated(value: Any) -> Any:
    if isinstance(value, str):
        return {"en": value}
    return value if isinstance(value, dict) else {}


class Translated(Document):
    """A text in the three languages of the product; what is missing is ""."""

    en: Text = ""
    es: Text = ""
    pt: Text = ""

    def filled(self) -> dict[str, str]:
        """All three languages, each gap filled from another: clients refuse a menu with a gap (contract 1.9)."""
        any_text = self.en or self.es or self.pt
        return {"en": self.en or any_text, "es": self.es or any_text, "pt": self.pt or any_text}

    def like(self, sent: str) -> str:
        """The language in which a client sent this text, else English."""
        texts = self.filled()
        return sent if sent in texts.values() else texts["en"]

    def in_language(self, language: Language) -> str:
        """The text in this language; where it is missing, in English, else in any."""
        return self.filled()[language]


TranslatedText = Annotated[Translated, BeforeValidator(_translated)]
_EMPTY = Translated()


class ServingTimes(Document):
    """On which weekdays from when to when, `HH:MM` in the location's time zone; past midnight where it ends by its
    start."""

    days: Texts = Field(default_factory=list)
    start: TextOrNone = Field(None, alias="from")
    end: TextOrNone = Field(None, alias="to")


class Schedule(Document):
    """When a menu or a section is served: at these times, all day where there are none; and only from one date to
    another, `YYYY-MM-DD`, both included. None: without a limit."""

    times: Annotated[list[ServingTimes], Rows] = Field(default_factory=list)
    first_day: TextOrNone = Field(None, alias="from")
    last_day: TextOrNone = Field(None, alias="to")


def _schedule(value: Any) -> Any:
    """The original stores `{type, rules}` and never looks at it: such a menu is always served (contract 2.3)."""
    ours = isinstance(value, dict) and any(value.get(name) for name in ("times", "from", "to"))
    return value if ours else None


StoredSchedule = Annotated[Schedule | None, BeforeValidator(_schedule)]
"""When something is served; None: always."""


class Category(Document):
    """A section of a menu. `schedule`: when its dishes are served, within the menu's own times."""

    id: Text = ""
    name: TranslatedText = _EMPTY
    description: TranslatedText = _EMPTY
    sort_order: Whole = 0
    emoji: TextOrNone = None
    schedule: StoredSchedule = None


UnlessFalse = Annotated[bool, BeforeValidator(lambda value: value is not False), StoredAs("bool", "null")]
"""False only for a stored false."""


class Variant(Document):
    """A size or kind of an item; its price replaces the item's. `sold_out_until`: not to be had until then (UTC)."""

    id: Text = ""
    name: Text = ""
    price_cents: Whole = 0
    default: Flag = False
    is_available: UnlessFalse = True
    sold_out_until: Moment = None


class Option(Document):
    """One choice of a modifier. `sold_out_until`: not to be had until then (UTC)."""

    id: Text = ""
    name: TranslatedText = _EMPTY
    price_cents: Whole = 0
    is_available: UnlessFalse = True
    sold_out_until: Moment = None


class Modifier(Document):
    """A group of choices. `free_choices` of them cost nothing; `max_choices` 0 or less sets no limit."""

    id: Text = ""
    name: TranslatedText = _EMPTY
    type: Text = "standard"
    required: Flag = False
    selection_mode: Text = "multiple"
    max_choices: Whole = 0
    free_choices: Whole = 0
    extra_choice_price_cents: Whole = 0
    options: Annotated[list[Option], Rows] = Field(default_factory=list)


class MenuItem(Document):
    """Something to order. Prices in cents.

    `is_available` is the standing word; until `sold_out_until` (UTC) it does not hold. `daily_stock`: how many portions
    a day there are, None without a limit. `low_stock_at`: when no more are left, the location is told.
    """

    id: Text = ""
    name: TranslatedText = _EMPTY
    description: TranslatedText = _EMPTY
    image_urls: Texts = Field(default_factory=list)
    category_id: Text = ""
    price_cents: Whole = 0
    is_available: Flag = False
    sold_out_until: Moment = None
    daily_stock: WholeOrNone = None
    low_stock_at: WholeOrNone = None
    station_tags: Texts = Field(default_factory=list)
    variants: Annotated[list[Variant], Rows] = Field(default_factory=list)
    modifiers: Annotated[list[Modifier], Rows] = Field(default_factory=list)

    @property
    def can_be_ordered(self) -> bool:
        """Whether it is available, with one of its sizes at least, and a choice of each modifier that needs one."""
        sizes = not self.variants or any(variant.is_available for variant in self.variants)
        needed = (modifier.options for modifier in self.modifiers if modifier.required and modifier.options)
        return self.is_available and sizes and all(any(one.is_available for one in options) for options in needed)

    @property
    def default_variant(self) -> Variant | None:
        """The variant that is made where none is chosen: the one that is marked, else the one at the item's own price.
        None where that says nothing."""
        marked = next((variant for variant in self.variants if variant.default), None)
        if marked is not None:
            return marked
        alike = [variant for variant in self.variants if variant.price_cents == self.price_cents]
        return alike[0] if len(alike) == 1 else None


class Menu(Document):
    """A location's menu.

    `sales_tax`: in percent, as stored (contract 2.3). `withdrawn`: somebody switched it off, so nothing can be ordered
    from it. That is more than not being marked as available. `schedule`: when it is served.
    `archived_at`: since then it is in the archive, and in no list. `version`: how often it was changed.
    """

    id: StoredId = Field(alias="_id")
    restaurant_id: Text
    location_id: StoredId
    menu_slug: Text = ""
    name: TranslatedText = _EMPTY
    available: Flag = False
    withdrawn: Annotated[bool, BeforeValidator(lambda value: value is False)] = Field(False, alias="available")
    sales_tax: Annotated[Any, BeforeValidator(plain_number), StoredAs("number", "null")] = None
    schedule: StoredSchedule = None
    archived_at: Moment = None
    version: Whole = 0
    categories: Annotated[list[Category], Rows] = Field(default_factory=list)
    items: Annotated[list[MenuItem], Rows] = Field(default_factory=list)

    @property
    def tax(self) -> Decimal | None:
        """The tax rate in percent; None where the menu has none, and nothing can be priced (contract M9)."""
        return tax_percent(self.sales_tax)


class CostedItem(MenuItem):
    """A dish with what it costs to make, in cents. Diners' menus are never made of this class."""

    making_cost_cents: Whole = 0


class CostedMenu(Menu):
    """A menu with what its dishes cost to make."""

    costed_items: Annotated[list[CostedItem], Rows] = Field(default_factory=list, alias="items")
