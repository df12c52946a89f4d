"""Whether a diner is the one who asks, however it was typed, and what is taken out of texts (rules 24.6)."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.persons import mention_without, names_nobody, order_without, person, without, written_in

ANN = person("(512) 555-0123", "Ann@Example.com")


@pytest.mark.parametrize(
    "typed",
    [
        "5125550123",
        "(512) 555-0123",
        "+1 512-555-0123",
        "1.512.555.0123",
        "001 512 555 0123",
        "512 555 0123 ext 9",
        "tel:+1-512-555-0123",
        "５１２-５５５-０１２３",
        "٥١٢٥٥٥٠١٢٣",
        5125550123,
    ],
)
def test_a_number_is_the_same_however_it_was_typed(typed: object) -> None:
    assert ANN.may_be({"phone": typed}) and ANN.is_it({"phone": typed})


@pytest.mark.parametrize("typed", ["+44 512 555 0123", "5125550124", "15125550123999", "", None, True, ["5125550123"]])
def test_another_number_is_somebody_else(typed: object) -> None:
    assert not (ANN.may_be({"phone": typed}) and ANN.is_it({"phone": typed}))


@pytest.mark.parametrize(
    "text", ["ring 512 555 0123!", "(512)555-0123", "to ann@EXAMPLE.com, please", "call ５１２５５５０１２３"]
)
def test_a_number_or_an_address_is_found_and_taken_out_of_a_text(text: str) -> None:
    assert ANN.may_stand_in([text]) and ANN.stands_in(["x", text])
    left = without(text, ANN.words)
    assert "***" in left and not ANN.stands_in([left])


@pytest.mark.parametrize(
    "text", ["+44 512 555 0123", "order 9915125550123", "joann@example.com", "jo.ann@example.com", "ann@example.com.br"]
)
def test_what_only_looks_like_it_is_left(text: str) -> None:
    assert not ANN.stands_in([text])


def test_only_what_people_wrote_is_looked_at_and_changed() -> None:
    order: dict[str, Any] = {
        "_id": "5125550123",
        "customer": {"name": "Bea, or 512 555 0123", "phone": "(512) 555-0199", "email": "bea@example.com"},
        "items": [{"id": "5125550123", "name": "5125550123 pie", "notes": "for 512-555-0123"}, None],
        "origin": {"id": "", "name": "5125550123", "note": "car of ann@example.com"},
        "refunds": [{"_id": "5125550123", "reason": "asked by 5125550123"}],
        "endReason": "512 555 0123 said so",
        "totalPriceCents": 5125550123,
    }
    assert len([text for text in written_in(order) if ANN.stands_in([text])]) == 5
    changed = mention_without(order, ANN.words)
    assert changed["customer"] == {**order["customer"], "name": "Bea, or ***"}
    assert changed["items"] == [{**order["items"][0], "notes": "for ***"}, None]
    assert changed["origin"] == {"id": "", "name": "5125550123", "note": "car of ***"}
    assert changed["refunds"] == [{"_id": "5125550123", "reason": "asked by ***"}]
    assert set(changed) == {"customer", "items", "origin", "refunds", "endReason"}
    assert written_in({**order, **changed}) and not ANN.stands_in(written_in({**order, **changed}))
    assert written_in({"items": "x", "customer": 1, "origin": None, "refunds": {}, "endReason": 2}) == []


def test_an_order_without_a_number_is_of_whoever_stands_in_it() -> None:
    assert names_nobody({"name": "Ann 512 555 0123", "phone": "", "email": None})
    assert not names_nobody({"phone": 5125550199})
    assert order_without({"customer": {"name": "Al"}, "endReason": "512 555 0123"}, ANN.words)["endReason"] == "***"
