"""Whether an order is of the person who asks, and the same order without them."""

from __future__ import annotations

import pytest

from shared.domain.persons import (
    Person,
    full_name_of,
    order_without,
    person,
    said_without,
    surely_of,
    without,
    words_of,
)

ANN = person("(512) 555-0123", "Ann@Example.com")


@pytest.mark.parametrize(
    "typed",
    ["5125550123", "+1 512 555 0123", "(512) 555-0123", "1-512-555-0123", "512.555.0123 x4", 5125550123, "٥١٢٥٥٥٠١٢٣"],
)
def test_a_number_is_known_however_it_was_typed(typed: object) -> None:
    assert ANN.is_it({"name": "A", "phone": typed})


@pytest.mark.parametrize("typed", ["5125550124", "555-0123", "0123", "", None, "+44 20 7946 0123", "+91 51255 50123"])
def test_another_number_is_somebody_else(typed: object) -> None:
    assert not ANN.is_it({"name": "A", "phone": typed})


def test_a_number_without_its_country_is_of_the_place_where_it_was_typed() -> None:
    guest = person("+44 20 7946 0958", None)
    for typed in ("020 7946 0958", "+44 (0)20 7946 0958", "+442079460958"):
        assert guest.may_be({"phone": typed}) and guest.is_it({"phone": typed}, "GB")
    # As at home, typed abroad: no number there, so it is taken for the guest's.
    assert guest.is_it({"phone": "020 7946 0958"}, "US")


def test_a_name_s_words_go_from_texts_about_the_order_but_a_dish_keeps_its_name() -> None:
    customer = {"name": "Tom Reed", "phone": "(512) 555-0123", "email": "tom@example.com"}
    assert without("Tom left. Call +1 512-555-0123, or 512 555 0123; tomato soup", words_of(customer)) == (
        "*** left. Call ***, or ***; tomato soup"
    )
    assert surely_of(customer) == {"(512) 555-0123", "tom@example.com"}
    assert full_name_of(customer) == {"Tom Reed"}
    # What was typed in the place of a number or an address is none of both.
    assert surely_of({"name": "Pad Thai", "phone": "open", "email": "no"}) == frozenset()
    assert without({"name": "Tom yum", "cents": 5125550123}, surely_of(customer)) == {
        "name": "Tom yum",
        "cents": 5125550123,
    }


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
        "of": ["***", "Anna"],
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


def test_only_what_people_said_loses_the_words_and_the_house_s_own_words_stay() -> None:
    words = {"Ready", "Eddie", "Cola"}
    told = {
        "status": "READY",
        "reason": "Eddie left",
        "lines": [{"name": "Cola", "notes": "for Eddie"}],
        "units": ["Eddie"],
    }
    assert said_without(told, words) == {
        "status": "READY",
        "reason": "*** left",
        "lines": [{"name": "Cola", "notes": "for ***"}],
        "units": ["Eddie"],
    }
