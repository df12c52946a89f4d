"""New prices from old ones (rules 16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.menu_batch import PriceRule
from shared.domain.menu_edits.prices import new_price
from shared.errors import Problem


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ({"by_percent": 10}, 995, 1095),  # 1094.5: half up
        ({"by_percent": 10, "rounding": "down"}, 995, 1094),
        ({"by_percent": 10, "round_to": 5}, 995, 1095),
        ({"by_percent": 10, "round_to": 10, "rounding": "up"}, 991, 1100),
        ({"by_percent": 10, "round_to": 50}, 1000, 1100),
        ({"by_percent": -10, "round_to": 100, "rounding": "down"}, 999, 800),
        ({"by_percent": 8.875}, 1000, 1089),
        ({"by_percent": -100}, 1000, 0),
        ({"by_cents": 50}, 300, 350),
        ({"by_cents": 50}, 0, 50),
        ({"by_cents": 25, "round_to": 10}, 300, 330),
        ({"set_cents": 901, "round_to": 100}, 300, 901),
        ({"by_percent": 10, "ending99": True}, 1000, 1099),
        ({"by_percent": 5, "ending99": True}, 1000, 1099),
        ({"by_percent": 4, "ending99": True}, 1000, 999),
        ({"by_percent": 1, "ending99": True, "rounding": "up"}, 999, 1099),
        ({"by_percent": 0, "ending99": True, "rounding": "down"}, 50, 99),
        ({"by_percent": 10, "ending99": True}, 0, 0),
        ({"by_percent": 10}, "9.6", 11),
        ({"by_percent": 10}, None, 0),
    ],
)
def test_a_price_by_the_rule(rule: dict[str, object], old: object, new: int) -> None:
    assert new_price(PriceRule.model_validate(rule), old) == new


def test_what_is_free_of_a_dish_stays_free() -> None:
    assert new_price(PriceRule(by_cents=50), 0, part=True) == 0
    assert new_price(PriceRule(by_cents=50), 10, part=True) == 60


@pytest.mark.parametrize(("rule", "old"), [({"by_cents": -500}, 300), ({"by_percent": 1000}, 9_000_000)])
def test_a_price_below_nothing_or_too_high_is_refused(rule: dict[str, object], old: int) -> None:
    with pytest.raises(Problem) as refused:
        new_price(PriceRule.model_validate(rule), old)
    assert refused.value.detail[0]["field"] == "price"


@given(
    old=st.integers(1, 100_000),
    percent=st.integers(-10_000, 10_000),
    step=st.sampled_from([1, 5, 10, 50, 100]),
)
def test_rounding_goes_the_way_it_says_and_no_further_than_a_step(old: int, percent: int, step: int) -> None:
    exact = old * (100 + percent / 100) / 100

    def priced(rounding: str) -> int:
        given_rule = {"by_percent": percent / 100, "round_to": step, "rounding": rounding}
        return new_price(PriceRule.model_validate(given_rule), old)

    down, nearest, up = priced("down"), priced("nearest"), priced("up")
    assert down % step == nearest % step == up % step == 0
    assert down - 0.001 <= exact <= up + 0.001
    assert up - down in (0, step) and nearest in (down, up)
