"""What must hold of every price, whatever is ordered."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.api.ordering import PreviewRequest
from shared.domain.pricing import CartLine, ModifierChoice, price_cart
from tests.unit.ordering.test_pricing import campaign, giving, menu

OFFERS: dict[str, dict[str, tuple[str, int]]] = {
    "i1": {"top": ("abcdef", 5), "add": ("pb ab cb", 2)},
    "i3": {},
    "i4": {"mix": ("xyz", 3)},
}
"""What can be chosen of each dish: a modifier's options, and how many at most."""

RATES = st.sampled_from([0, 5, 6.25, 8.875, 10.25, 100])


@st.composite
def choices(draw: st.DrawFn, key: str, names: str, most: int) -> ModifierChoice:
    options = names.split(" ") if " " in names else list(names)
    chosen = draw(st.lists(st.sampled_from(options), max_size=most, unique=True))
    return ModifierChoice(key, tuple(chosen))


@st.composite
def cart_lines(draw: st.DrawFn) -> CartLine:
    item = draw(st.sampled_from(sorted(OFFERS)))
    offered = draw(st.lists(st.sampled_from(sorted(OFFERS[item])), unique=True)) if OFFERS[item] else []
    return CartLine(
        id="x",
        item_id=item,
        quantity=draw(st.integers(1, 9)),
        variant_ids=tuple(draw(st.lists(st.sampled_from("sl"), max_size=2))) if item == "i1" else (),
        modifiers=tuple(draw(choices(key, *OFFERS[item][key])) for key in offered),
    )


carts = st.lists(cart_lines(), min_size=1, max_size=12)


def priced(lines: list[CartLine], *, rate: Any = 10.25, off: int = 0) -> Any:
    return price_cart([menu(rate)], lines, campaign(off), strict=False).amounts


@given(carts, st.integers(-1000, 50_000), RATES)
def test_a_total_is_never_negative_and_a_discount_never_more_than_the_taxed_sum(
    lines: list[CartLine], off: int, rate: float
) -> None:
    amounts = priced(lines, rate=rate, off=off)
    assert amounts.total >= 0
    assert 0 <= amounts.discount <= amounts.subtotal + amounts.tax
    assert amounts.discount <= max(0, off)
    assert amounts.total == amounts.subtotal + amounts.tax - amounts.discount


@given(carts, RATES, st.integers(1, 100), st.none() | st.lists(st.sampled_from(["bowls", "drinks", "x"]), max_size=3))
def test_percent_are_never_more_than_the_taxed_sum_and_say_what_they_are_off(
    lines: list[CartLine], rate: float, percent: int, sections: list[str] | None
) -> None:
    reward = {"percentOff": percent} | ({} if sections is None else {"categoryIds": sections})
    cart = price_cart([menu(rate)], lines, giving("percent", **reward), strict=False)
    amounts = cart.amounts
    assert 0 <= amounts.discount <= amounts.subtotal + amounts.tax
    assert amounts.total == amounts.subtotal + amounts.tax - amounts.discount >= 0
    assert sum(one.amount for one in cart.discounts) == amounts.discount
    if sections is None:
        assert abs(amounts.discount - Fraction((amounts.subtotal + amounts.tax) * percent, 100)) <= Fraction(1, 2)


@given(carts, RATES)
def test_tax_is_rounded_once_and_half_up(lines: list[CartLine], rate: float) -> None:
    amounts = priced(lines, rate=rate)
    exact = amounts.subtotal * (1 + Fraction(str(rate)) / 100)
    assert -Fraction(1, 2) < amounts.total - exact <= Fraction(1, 2)
    assert type(amounts.total) is int


@given(carts, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(lines: list[CartLine], random: Random) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert priced(lines, off=300) == priced(shuffled, off=300)


@given(carts)
def test_a_quantity_is_as_many_lines(lines: list[CartLine]) -> None:
    apart = [replace(line, quantity=1) for line in lines for _ in range(line.quantity)]
    assert priced(lines) == priced(apart)


@given(cart_lines(), carts)
def test_another_dish_never_makes_a_cart_cheaper(more: CartLine, lines: list[CartLine]) -> None:
    assert priced([*lines, more]).total >= priced(lines).total


_junk = st.one_of(st.integers(), st.floats(allow_nan=False), st.none(), st.text(max_size=5), st.booleans())


@given(_junk, _junk, _junk)
def test_what_a_client_says_about_prices_is_not_even_read(price: Any, cents: Any, discount: Any) -> None:
    def body(**said: Any) -> dict[str, Any]:
        option = {"id": "a", "name": "A", **said}
        return {
            "restaurantId": "r",
            "locationId": "l",
            "origin": {"id": "", "name": ""},
            "customer": {"name": "Ann", "phone": ""},
            "items": [
                {
                    "id": "1",
                    "menuItemId": "i1",
                    "name": "Bowl",
                    "variants": [{"id": "s", "name": "Small", **said}],
                    "modifiers": [{"id": "top", "name": "Top", "options": [option], **said}],
                    **said,
                }
            ],
        }

    lying = body(price=price, priceCents=cents) | {"discount": discount}
    honest = PreviewRequest.model_validate(body())
    assert PreviewRequest.model_validate(lying).items == honest.items
