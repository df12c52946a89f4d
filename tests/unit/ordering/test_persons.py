"""Whether an order is of the person who asks, and the same order without them."""

from __future__ import annotations

import pytest

from shared.domain.persons import Person, order_without, person, without

ANN = person("(512) 555-0123", "Ann@Example.com")


@pytest.mark.parametrize(
    "typed", ["5125550123", "+1 512 555 0123", "(512) 555-0123", "1-512-555-0123", "512.555.0123 x4", 5125550123]
)
def test_a_number_is_known_however_it_was_typed(typed: object) -> None:
    assert ANN.is_it({"name": "A", "phone": typed})


@pytest.mark.parametrize("typed", ["5125550124", "555-0123", "0123", "", None, "+44 20 7946 0123"])
def test_another_number_is_somebody_else(typed: object) -> None:
    assert not ANN.is_it({"name": "A", "phone": typed})


def test_an_address_is_known_in_any_case_of_letters() -> None:
    assert ANN.is_it({"email": " ANN@example.COM "})
    assert not ANN.is_it({"email": "joann@example.com"})
    assert not Person(phone="+15125550123").is_it({"email": "ann@example.com", "phone": ""})


@pytest.mark.parametrize(("phone", "email"), [(None, None), ("abc", None), (None, "no address"), ("", "")])
def test_who_asks_says_who_it_is(phone: str | None, email: str | None) -> None:
    with pytest.raises(ValueError, match=r"Say who it is|is no"):
        person(phone, email)


def test_words_are_taken_out_of_every_text_and_nothing_else_changes() -> None:
    said = {"reason": "ANN did not come (call 5125550123)", "amountCents": 100, "of": ["Ann", "Anna"], "at": None}
    assert without(said, {"Ann", "5125550123"}) == {
        "reason": "*** did not come (call ***)",
        "amountCents": 100,
        "of": ["***", "***a"],
        "at": None,
    }


def test_an_order_keeps_what_was_sold_and_paid() -> None:
    order = {
        "customer": {"name": "Ann", "phone": "5125550123", "email": "ann@example.com"},
        "items": [{"id": "1", "name": "Soup", "notes": "for Ann", "priceCents": 1000}],
        "origin": {"id": "", "name": "", "note": "Ann's table"},
        "refunds": [{"_id": "r", "amountCents": 100, "reason": "Ann complained"}],
        "totalPriceCents": 1100,
    }
    assert order | order_without(order) == {
        "customer": {"name": "", "phone": ""},
        "items": [{"id": "1", "name": "Soup", "notes": "", "priceCents": 1000}],
        "origin": {"id": "", "name": ""},
        "refunds": [{"_id": "r", "amountCents": 100, "reason": "*** complained"}],
        "totalPriceCents": 1100,
        "getSms": False,
    }
