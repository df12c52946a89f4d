"""What an order consists of adds up to what was to be paid, whoever wrote it down."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from shared.documents.orders import Order
from shared.domain.order_amounts import UNKNOWN, amounts_of


def order(**stored: Any) -> Order:
    return Order.model_validate({"_id": ObjectId(), **stored})


def units(*cents: int) -> list[dict[str, Any]]:
    return [{"id": str(number), "priceCents": price} for number, price in enumerate(cents)]


def test_an_order_tells_its_own_tax_and_rate() -> None:
    amounts = amounts_of(
        order(
            items=units(995, 795),
            subtotalCents=1790,
            taxCents=183,
            taxPercent="10.25",
            discountCents=300,
            totalPriceCents=1673,
            tipCents=200,
        )
    )
    assert (amounts.gross, amounts.discount, amounts.net, amounts.tax) == (1790, 300, 1490, 183)
    assert (amounts.total, amounts.tip, amounts.tax_percent) == (1673, 200, "10.25")


def test_of_an_order_of_the_original_the_tax_is_what_else_is_in_the_total() -> None:
    amounts = amounts_of(order(items=units(995, 795), totalPriceCents=1973))
    assert (amounts.gross, amounts.discount, amounts.tax, amounts.tax_percent) == (1790, 0, 183, UNKNOWN)


@pytest.mark.parametrize("total", [0, 1, 1000, 1790, 1973, 9999])
@pytest.mark.parametrize(
    "claimed", [None, "ten percent", {"amountCents": 0}, {"amountCents": 300}, {"amountCents": -5}]
)
def test_whatever_is_stored_the_parts_come_to_the_total(total: int, claimed: Any) -> None:
    amounts = amounts_of(order(items=units(995, 795), totalPriceCents=total, discount=claimed))
    assert amounts.gross - amounts.discount + amounts.tax == amounts.total == total
    assert amounts.tax >= 0
