"""What an order's units give back adds up to its total, to the cent, in whatever order they go (rules 14)."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from shared.documents.orders import Order
from shared.documents.places import Campaign
from shared.domain import refunds
from shared.domain.campaigns import Dish, add_up
from shared.money import Cents, breakdown, tax_percent

PRICES = st.lists(st.integers(min_value=0, max_value=20_000), min_size=1, max_size=12)


def order_of(prices: list[int], rate: str, off: int) -> Order:
    percent = tax_percent(rate)
    assert percent is not None
    amounts = breakdown(Cents(sum(prices)), percent, Cents(off))
    return Order.model_validate(
        {
            "_id": ObjectId(),
            "items": [{"id": f"u{at}", "priceCents": price} for at, price in enumerate(prices)],
            "subtotalCents": amounts.subtotal,
            "taxCents": amounts.tax,
            "discountCents": amounts.discount,
            "totalPriceCents": amounts.total,
        }
    )


def given_back(order: Order, units: list[str], cents: int) -> Order:
    kept = [one.model_dump(by_alias=True) for one in order.refunds]
    row: dict[str, Any] = {"_id": f"r{len(kept)}", "amountCents": cents, "units": units}
    return Order.model_validate({**order.model_dump(by_alias=True), "refunds": [*kept, row]})


@given(
    prices=PRICES,
    rate=st.sampled_from(["0", "6.25", "8.875", "10", "10.25", "21.5"]),
    off=st.integers(min_value=0, max_value=30_000),
    dice=st.randoms(use_true_random=False),
)
def test_whatever_goes_back_in_whatever_order_the_shares_are_the_total(
    prices: list[int], rate: str, off: int, dice: Any
) -> None:
    order = order_of(prices, rate, off)
    total, back = order.total_price_cents, 0
    while left := refunds.units_left(order):
        units = dice.sample(left, dice.randint(1, len(left)))
        cents = refunds.of_units(order, units)
        assert 0 <= cents <= total - back
        back += cents
        order = given_back(order, units, cents)
    assert back == total


@given(
    prices=PRICES,
    rate=st.sampled_from(["0", "8.875", "10.25", "21.5"]),
    percent=st.integers(min_value=1, max_value=100),
    chosen=st.integers(min_value=0, max_value=4095),
    dice=st.randoms(use_true_random=False),
)
def test_percent_of_some_dishes_go_back_with_these_dishes_and_add_up_too(
    prices: list[int], rate: str, percent: int, chosen: int, dice: Any
) -> None:
    tax = tax_percent(rate)
    assert tax is not None
    dishes = [Dish("in" if chosen >> at & 1 else "out", Cents(price)) for at, price in enumerate(prices)]
    reward = {"percentOff": percent, "categoryIds": ["in"]}
    campaign = Campaign.model_validate({"_id": "c", "name": "C", "type": "percent", "reward": reward})
    amounts, discounts = add_up(dishes, tax, campaign)
    order = order_of(prices, rate, amounts.discount)
    lines = [
        {"campaignId": "c", "amountCents": one.amount, "itemIds": [f"u{at}" for at in sorted(one.lines or ())]}
        for one in discounts
    ]
    order = Order.model_validate({**order.model_dump(by_alias=True), "discounts": lines})
    total, back = order.total_price_cents, 0
    while left := refunds.units_left(order):
        units = dice.sample(left, dice.randint(1, len(left)))
        cents = refunds.of_units(order, units)
        assert 0 <= cents <= total - back
        if len(units) < len(left) and not any(chosen >> int(unit[1:]) & 1 for unit in units) and back == 0:
            whole = sum(prices)
            taxes = sum(refunds._half_up(order.tax_cents * prices[int(unit[1:])], whole) for unit in units if whole)
            assert cents == min(total, sum(prices[int(unit[1:])] for unit in units) + taxes), "not discounted"
        back += cents
        order = given_back(order, units, cents)
    assert back == total


@given(price=st.integers(min_value=1, max_value=20_000), other=st.integers(min_value=1, max_value=20_000))
def test_a_units_share_of_the_tax_is_rounded_half_up(price: int, other: int) -> None:
    order = order_of([price, other], "10", 0)
    tax = order.tax_cents
    exact = tax * price / (price + other)
    assert abs(refunds.of_units(order, ["u0"]) - (price + exact)) <= 0.5


def test_a_dish_of_ten_dollars_gives_back_its_tax_less_its_discount() -> None:
    order = order_of([1000, 500], "10", 300)
    assert (order.total_price_cents, refunds.of_units(order, ["u0"])) == (1350, 1000 + 100 - 200)
    order = given_back(order, ["u0"], 900)
    assert refunds.of_units(order, ["u1"]) == 450


def test_what_the_gateway_declined_is_left_again() -> None:
    order = order_of([1000], "0", 0)
    declined = given_back(order, ["u0"], 1000).model_dump(by_alias=True)
    declined["refunds"][0]["declined"] = True
    assert refunds.units_left(Order.model_validate(declined)) == ["u0"]
