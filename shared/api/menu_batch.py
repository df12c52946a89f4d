"""Many dishes changed at once (rules 16)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from shared.api.base import Reply, Request, Whole, is_empty
from shared.api.menu import Availability
from shared.api.menu_edits import MOST_ROWS, RowId, Words

MAX_ROWS = 200


def _no_flag(value: object) -> object:
    # True is 1 where values are compared.
    if isinstance(value, bool):
        raise ValueError("This is a number of cents: 1, 5, 10, 50 or 100.")
    return value


class PriceRule(Request):
    """Other prices: set to `setCents`, or changed by `byCents` or by `byPercent`; one of them.

    What comes of it is rounded to `roundTo` cents, or, with `ending99`, to a price that ends in .99. A price that is
    set is not rounded, and is that of one dish. What is free stays free.
    """

    set_cents: Whole | None = None
    by_cents: Whole | None = None
    by_percent: Annotated[float, Field(ge=-100, le=1000, allow_inf_nan=False)] | None = None
    round_to: Annotated[Literal[1, 5, 10, 50, 100], BeforeValidator(_no_flag)] = 1
    rounding: Literal["nearest", "up", "down"] = "nearest"
    ending99: bool = Field(False, description="Prices end in .99, whatever `roundTo` says.")
    with_variants: bool = Field(False, description="The prices of sizes, too.")
    with_options: bool = Field(False, description="The prices of choices, too.")


class BatchRow(Request):
    """What changes of one dish (`itemId`), or of all dishes of a category (`categoryId`)."""

    item_id: RowId | None = None
    category_id: RowId | None = None
    price: PriceRule | None = None
    availability: Availability | None = None
    station_tags: Annotated[list[Words], Field(max_length=MOST_ROWS)] | None = None
    move_to: RowId | None = Field(None, description="The category that they move to.")


class ItemsBatch(Request):
    """Many changes at once. `onError` none: where one row is wrong nothing is changed; skip: the others are."""

    rows: Annotated[list[BatchRow], Field(min_length=1, max_length=MAX_ROWS)]
    dry_run: bool = False
    on_error: Literal["none", "skip"] = "none"


class PriceChanged(Reply):
    """Another price, in cents: of the dish, or of the size, the modifier's further choices, or the choice."""

    item_id: str
    variant_id: str | None = Field(None, exclude_if=is_empty)
    modifier_id: str | None = Field(None, exclude_if=is_empty)
    option_id: str | None = Field(None, exclude_if=is_empty)
    before_cents: int
    after_cents: int


class RowResult(Reply):
    """What became of a row. `items`: how many dishes it changed. `prices`: the first 1,000 of a batch. `field`,
    `message`: why it failed."""

    row: int
    status: Literal["changed", "unchanged", "failed"]
    items: int
    prices: list[PriceChanged]
    field: str | None = Field(None, exclude_if=is_empty)
    message: str | None = Field(None, exclude_if=is_empty)


class BatchResult(Reply):
    """One result for each row, in their order. `applied`: whether anything was written."""

    applied: bool
    results: list[RowResult]
