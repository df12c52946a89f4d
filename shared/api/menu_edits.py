"""What managers send to change a menu (contract 26 to 28, rules 16).

A field that is left out stays as it is. How long a text may be, and what a number may be, the edit says: what is stored
may be sent back as it is.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.api.base import Cleaned, Id, Instant, Reply, Request, Whole, is_empty
from shared.api.menu import Texts

Words = Annotated[str, Field(max_length=10_000), Cleaned]

RowId = Annotated[str, Field(max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$")]
"""The id of a row; "" for a new one."""

Rate = Annotated[float, Field(allow_inf_nan=False)]

MOST_ROWS = 500
"""More rows of a list are never read."""


class SentTexts(Request):
    """A text; Spanish and Portuguese that are left out are filled from English."""

    en: Words
    es: Words | None = None
    pt: Words | None = None


class CategorySave(Request):
    """A category: a new one without `id` or with "". `sortOrder` of a new one says nothing: it comes last."""

    id: RowId | None = None
    name: SentTexts
    description: SentTexts | None = None
    sort_order: Whole
    emoji: Words | None = None


class VariantSave(Request):
    """A size or kind. Its `id` stays; "" is a new one."""

    id: RowId | None = None
    name: Words
    price_cents: Whole
    default: bool | None = None


class OptionSave(Request):
    """One choice of a modifier. Its `id` stays; "" is a new one."""

    id: RowId | None = None
    name: SentTexts
    price_cents: Whole


class ModifierSave(Request):
    """A group of choices. Its `id` stays; "" is a new one."""

    id: RowId | None = None
    name: SentTexts
    type: Words = "standard"
    required: bool = False
    selection_mode: Words = "multiple"
    max_choices: Whole = 0
    free_choices: Whole = 0
    extra_choice_price_cents: Whole = 0
    options: Annotated[list[OptionSave], Field(max_length=MOST_ROWS)] | None = None


class ItemSave(Request):
    """A dish: a new one without `id` or with "". `price` is in dollars, `priceCents` in cents: one is enough."""

    id: RowId | None = None
    name: SentTexts
    description: SentTexts | None = None
    price: Rate | None = None
    price_cents: Whole | None = None
    category_id: RowId
    image_urls: Annotated[list[Words], Field(max_length=MOST_ROWS)] | None = None
    making_cost_cents: Whole | None = None
    is_available: bool | None = None
    station_tags: Annotated[list[Words], Field(max_length=MOST_ROWS)] | None = None
    variants: Annotated[list[VariantSave], Field(max_length=MOST_ROWS)] | None = None
    modifiers: Annotated[list[ModifierSave], Field(max_length=MOST_ROWS)] | None = None


class VariantChange(Request):
    """What changes of a size or kind. `default` true: it is the one that is made where none is chosen."""

    name: Words | None = None
    price_cents: Whole | None = None
    default: bool | None = None


class OptionChange(Request):
    """What changes of a choice."""

    name: SentTexts | None = None
    price_cents: Whole | None = None


class ModifierChange(Request):
    """What changes of a group of choices. `options`: all of them, in their order."""

    name: SentTexts | None = None
    type: Words | None = None
    required: bool | None = None
    selection_mode: Words | None = None
    max_choices: Whole | None = None
    free_choices: Whole | None = None
    extra_choice_price_cents: Whole | None = None
    options: Annotated[list[OptionSave], Field(max_length=MOST_ROWS)] | None = None


class CategoryOrder(Request):
    """Where one category stands."""

    category_id: RowId
    sort_order: Whole


class SortOrder(Request):
    """Where several categories stand, and in which order dishes stand: these take each other's places in the menu."""

    categories: Annotated[list[CategoryOrder], Field(max_length=MOST_ROWS)] = Field(default_factory=list)
    items: Annotated[list[Id], Field(max_length=1000)] = Field(default_factory=list)


class NewMenu(Request):
    """A new menu. `salesTax` is in percent; `menuSlug` is made of the name where it is left out."""

    name: SentTexts
    sales_tax: Rate
    menu_slug: Words | None = None
    available: bool = True


class MenuChange(Request):
    """What changes of a menu itself. `available` false: nothing can be ordered from it."""

    name: SentTexts | None = None
    sales_tax: Rate | None = None
    menu_slug: Words | None = None
    available: bool | None = None


class MenuCopy(Request):
    """Where a copy of a menu goes: without a location to its own. It is not `available` unless that is said."""

    to_location_id: Id | None = None
    name: SentTexts | None = None
    menu_slug: Words | None = None
    available: bool = False
    dry_run: bool = False


class Saved(Reply):
    """The change is made. `id`: of what was saved."""

    data: bool = True
    id: str


class MenuHead(Reply):
    """A menu without its categories and dishes. `archivedAt` is absent where it is in use."""

    id: str = Field(alias="_id")
    menu_slug: str
    name: Texts
    available: bool
    sales_tax: float | None = Field(None, exclude_if=is_empty)
    archived_at: Instant | None = Field(None, exclude_if=is_empty)
    version: int


class NewIdOf(Reply):
    """An id in the menu that was copied, and the one in the copy."""

    old_id: str
    new_id: str


class NotCopied(Reply):
    """What the copy does not have, and why."""

    item_id: str
    field: str
    value: str
    why: str


class CopiedMenu(Reply):
    """A copy. Sizes, modifiers and options keep their ids. `menu` is absent from a dry run."""

    menu: MenuHead | None = Field(None, exclude_if=is_empty)
    categories: list[NewIdOf]
    items: list[NewIdOf]
    not_copied: list[NotCopied]
