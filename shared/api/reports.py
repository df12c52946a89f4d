"""What was sold, as old clients read it: dollars as numbers with two decimals at most (contract 51 to 54)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import PlainSerializer, WithJsonSchema

from shared.api.base import Reply

Dollars = Annotated[
    Decimal,
    PlainSerializer(float, return_type=float),
    WithJsonSchema({"type": "number"}, mode="serialization"),
]
"""An amount as a JSON number: 17.58."""


def dollars(cents: int) -> Decimal:
    """Cents as the old reports tell them: 1758 is 17.58."""
    return Decimal(cents).scaleb(-2)


class DayOfSales(Reply):
    """A business day. `grossSales` has the tax in it and no discount and tip; `tax` is the orders' own."""

    date: str
    gross_sales: Dollars
    tax: Dollars


class SalesSummary(Reply):
    """The last seven business days, today included, the oldest first (contract 52)."""

    success: Literal[True] = True
    data: list[DayOfSales]


class DishSales(Reply):
    """A dish. `grossSales` is before tax and discount."""

    menu_item_id: str
    item_name: str
    sold_count: int
    gross_sales: Dollars


class SalesByItem(Reply):
    """The dishes of a day, the best sold first (contract 53)."""

    success: Literal[True] = True
    data: list[DishSales]


class OriginSales(Reply):
    """An origin; "" is the counter's (`pos`), or what came over the web. `soldCount` counts dishes; `grossSales` has
    tax and discount in it, and no tips."""

    origin_id: str
    name: str
    sold_count: int
    gross_sales: Dollars


class SalesByOrigin(Reply):
    """The origins of a day, the one that sold most first (contract 54)."""

    success: Literal[True] = True
    data: list[OriginSales]
