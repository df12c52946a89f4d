"""What speaks of an allergy is found in the three languages, and nothing else is."""

from __future__ import annotations

import pytest

from shared.documents.orders import OrderItem
from shared.domain.allergies import MAX_TEXT, of_item, of_items, speaks_of_allergy


@pytest.mark.parametrize(
    "text",
    [
        "nut ALLERGY!",
        "I am allergic to shellfish",
        "Allergen: milk",
        "coeliac, please no flour",
        "Celiac disease",
        "risk of anaphylaxis",
        "I carry an EpiPen",
        "lactose intolerant",
        "soy alérgico a los frutos secos",
        "ALERGIA al marisco",
        "celíaca",
        "celi\u0301aco",
        "intolerancia a la lactosa",
        "alergias: amendoim",
        "doença celíaca",
        "intolerância à lactose",
        "reação anafilática",
        "choque anafiláctico",
        "no allergies",
    ],
)
def test_a_text_that_speaks_of_an_allergy_is_found(text: str) -> None:
    assert speaks_of_allergy(text)


@pytest.mark.parametrize(
    "text", ["", "no onion", "sin cebolla", "sem glúten", "extra nuts", "gallery special", "Pepino", "tolerable heat"]
)
def test_another_text_is_not(text: str) -> None:
    assert not speaks_of_allergy(text)


def item(notes: str = "", **chosen: list[str]) -> OrderItem:
    """An item with a note, and modifiers by their names."""
    modifiers = [{"name": name, "options": [{"name": one} for one in options]} for name, options in chosen.items()]
    return OrderItem.model_validate({"notes": notes, "modifiers": modifiers})


def test_a_choice_speaks_by_its_own_name_or_by_that_of_its_modifier() -> None:
    assert of_item(item(Extras=["Bacon"])) == []
    assert of_item(item(Allergies=["Nuts", "Milk"])) == ["Allergies: Nuts", "Allergies: Milk"]
    assert of_item(item(Extras=["Nut allergy"])) == ["Extras: Nut allergy"]
    # A menu that asks everyone makes no band of each "none".
    assert of_item(item(Alergias=["Ninguna"], Allergies=["NONE"], Alergia=["Não"])) == []


def test_an_order_says_each_text_once_in_one_line() -> None:
    nuts = item("allergic\nto nuts")
    assert of_items([nuts, item("no onion"), nuts, item(Alergias=["Gluten"])]) == "allergic to nuts · Alergias: Gluten"
    assert of_items([item("no onion")]) is None
    assert len(of_items([item("allergy " * 100)]) or "") == MAX_TEXT
