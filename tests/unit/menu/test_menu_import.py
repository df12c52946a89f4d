"""Menus as others write them: what is read, what is reported by its path, and what stays over a second import."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from emoji import is_emoji
from hypothesis import given, settings
from hypothesis import strategies as st

import cli.demo
from shared.documents.menu import Menu
from shared.domain.menu_import import (
    MAX_BYTES,
    ImportedMenu,
    MenuTarget,
    UnreadableMenuError,
    merge_menu,
    modifiers,
    parse,
    read_menu,
)

HERE = MenuTarget("trattoria", ObjectId("6" * 24))
DEMO_MENUS = sorted(Path(cli.demo.__file__).parent.glob("*.menu.jsonld"))


def read(document: Any, target: MenuTarget = HERE) -> ImportedMenu:
    return read_menu(parse(json.dumps(document).encode()), target, is_emoji)


def menu(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    section = {"@type": "MenuSection", "name": "Mains", "hasMenuItem": list(items)}
    return {"@context": "https://schema.org", "@type": "Menu", "name": "Dinner", "hasMenuSection": section} | more


def dish(name: Any = "Soup", price: Any = "9.50", **more: Any) -> dict[str, Any]:
    return {"@type": "MenuItem", "name": name, "offers": {"@type": "Offer", "price": price}} | more


def only(imported: ImportedMenu) -> dict[str, Any]:
    assert imported.document is not None
    (item,) = imported.document["items"]
    return dict(item)


def reasons(imported: ImportedMenu) -> dict[str, str]:
    return {finding.path: finding.reason for finding in imported.unplaced}


ITEM = "$.hasMenuSection.hasMenuItem[0]"


def test_a_small_menu_becomes_a_document_of_the_collection() -> None:
    soup = dish(
        description="Hot.", image="https://example.com/soup.jpg", suitableForDiet="https://schema.org/VeganDiet"
    )
    imported = read(menu(soup | {"ob:stationTags": ["kitchen"], "ob:makingCost": 2.1}, **{"ob:salesTax": 8.875}))
    assert imported.unplaced == imported.remarks == ()
    document = imported.document
    assert document is not None
    assert (document["menuSlug"], document["salesTax"], document["available"]) == ("dinner", 8.875, True)
    assert document["locationId"] == HERE.location_id
    (category,) = document["categories"]
    assert (category["name"]["en"], category["sortOrder"]) == ("Mains", 1)
    item = only(imported)
    assert item["categoryId"] == category["id"]
    assert item["name"] == {"en": "Soup", "es": "Soup", "pt": "Soup"}
    assert (item["priceCents"], item["makingCostCents"], item["isAvailable"]) == (950, 210, True)
    assert (item["stationTags"], item["diets"]) == (["kitchen"], ["vegan"])
    assert item["imageUrls"] == ["https://example.com/soup.jpg"]
    assert Menu.model_validate(document).items[0].price_cents == 950


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("9.50", 950),
        ("9.5", 950),
        ("9", 900),
        (9, 900),
        (9.5, 950),
        (0.07, 7),
        ("0", 0),
        ("$4.75", 475),
        ("4.75 USD", 475),
        ("4.750", 475),
        (1.10, 110),
        ("19.99", 1999),
    ],
)
def test_prices_are_exact_cents(written: Any, cents: int) -> None:
    assert only(read(menu(dish(price=written))))["priceCents"] == cents


@settings(deadline=None)
@given(st.integers(0, 9_999_999))
def test_every_price_with_two_decimals_is_exact(cents: int) -> None:
    text = f"{cents // 100}.{cents % 100:02}"
    assert only(read(menu(dish(price=text))))["priceCents"] == cents
    parsed = parse(f'{{"@type":"Menu","hasMenuItem":{{"name":"A","offers":{{"price":{text}}}}}}}'.encode())
    assert only(read_menu(parsed, HERE, is_emoji))["priceCents"] == cents


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("4.755", "parts of a cent"),
        (4.755, "parts of a cent"),
        ("-1", "below zero"),
        ("4,75", "not a price"),
        ("market price", "not a price"),
        ("", "not a price"),
        ("1e3", "not a price"),
        ("٤", "not a price"),
        (None, "no price"),
        (True, "no price"),
        ("999999.00", "too high"),
    ],
)
def test_a_price_that_is_none_keeps_the_item_out_and_is_reported(written: Any, reason: str) -> None:
    imported = read(menu(dish(price=written), dish("Bread", "3")))
    assert [item["name"]["en"] for item in (imported.document or {})["items"]] == ["Bread"]
    assert reason in reasons(imported)[ITEM]
    assert reasons(imported)[ITEM].startswith("Soup: ")


def test_another_currency_is_refused() -> None:
    imported = read(menu(dish() | {"offers": {"price": "9.50", "priceCurrency": "EUR"}}))
    assert imported.document is None
    assert "EUR" in reasons(imported)[ITEM]


def test_a_price_may_stand_in_a_price_specification() -> None:
    specification = {"@type": "PriceSpecification", "price": "7.25", "priceCurrency": "USD"}
    assert only(read(menu(dish() | {"offers": {"priceSpecification": specification}})))["priceCents"] == 725


def test_named_offers_are_variants_and_the_default_one_gives_the_price() -> None:
    offers = [{"name": "Small", "price": "4"}, {"name": "Large", "price": "6", "ob:default": True}]
    item = only(read(menu(dish() | {"offers": offers})))
    assert [(v["name"], v["priceCents"], v["default"]) for v in item["variants"]] == [
        ("Small", 400, False),
        ("Large", 600, True),
    ]
    assert item["priceCents"] == 600


def test_a_variant_with_a_bad_price_is_left_out_alone() -> None:
    offers = [{"name": "Small", "price": "4"}, {"name": "Large", "price": "six"}, {"price": "8"}]
    imported = read(menu(dish() | {"offers": offers}))
    assert [variant["name"] for variant in only(imported)["variants"]] == ["Small"]
    assert set(reasons(imported)) == {f"{ITEM}.offers[1]", f"{ITEM}.offers[2]"}


@pytest.mark.parametrize(
    "text",
    [
        {"en": "Soup", "es": "Sopa", "pt-BR": "Caldo"},
        [
            {"@value": "Soup", "@language": "en-US"},
            {"@value": "Sopa", "@language": "es"},
            {"@value": "Caldo", "@language": "pt"},
        ],
    ],
)
def test_languages_by_map_or_by_tag(text: Any) -> None:
    imported = read(menu(dish(text)))
    assert only(imported)["name"] == {"en": "Soup", "es": "Sopa", "pt": "Caldo"}
    assert imported.filled == {"es": 2, "pt": 2}  # the menu's and the section's names


def test_missing_languages_are_filled_with_english_and_counted() -> None:
    imported = read(menu(dish({"es": "Sopa", "en": "Soup"}, description={"pt": "Quente"})))
    item = only(imported)
    assert item["name"]["pt"] == "Soup"
    assert item["description"] == {"en": "Quente", "es": "Quente", "pt": "Quente"}
    assert imported.languages == {"en": 3, "es": 1, "pt": 1}
    assert imported.filled == {"en": 1, "es": 3, "pt": 3}


def test_another_language_is_reported_and_the_documents_own_language_is_used() -> None:
    imported = read(menu(dish("Sopa"), name={"fr": "Dîner", "es": "Cena"}, inLanguage="es-MX"))
    assert only(imported)["name"]["es"] == "Sopa"
    assert imported.languages == {"es": 3}
    assert "this is fr" in reasons(imported)["$.name.fr"]


@pytest.mark.parametrize("availability", ["https://schema.org/SoldOut", "OutOfStock", "schema:OutOfStock"])
def test_what_is_out_of_stock_is_not_available(availability: str) -> None:
    item = only(read(menu(dish() | {"offers": {"price": "1", "availability": availability}})))
    assert item["isAvailable"] is False
    assert only(read(menu(dish() | {"ob:available": False})))["isAvailable"] is False


def test_nested_sections_are_sections_of_their_own_and_empty_ones_are_none() -> None:
    inner = {"@type": "MenuSection", "name": "Red", "hasMenuItem": dish("Barolo")}
    wine = {"@type": "MenuSection", "name": {"en": "Wine", "es": "Vino"}, "hasMenuSection": [inner]}
    imported = read({"@type": "Menu", "name": "Cellar", "hasMenuSection": wine})
    assert imported.document is not None
    assert [c["name"] for c in imported.document["categories"]] == [
        {"en": "Wine: Red", "es": "Vino: Red", "pt": "Wine: Red"}
    ]


def test_items_may_stand_in_the_menu_itself() -> None:
    imported = read({"@type": "Menu", "name": "Snacks", "hasMenuItem": [dish(), dish("Bread")]})
    assert imported.document is not None
    assert [category["name"]["en"] for category in imported.document["categories"]] == ["Snacks"]


def modifier(**more: Any) -> dict[str, Any]:
    options = [{"@type": "MenuItem", "name": name} for name in ("Salt", "Oil", "Chili")]
    return {"@type": "MenuSection", "name": "Toppings", "hasMenuItem": options} | more


def test_a_section_among_the_add_ons_is_a_modifier() -> None:
    own = {"ob:selectionMode": "max", "ob:maxChoices": 2, "ob:freeChoices": 1, "ob:extraChoicePrice": "0.50"}
    (group,) = only(read(menu(dish(menuAddOn=modifier(**own, **{"ob:required": True, "ob:type": "upsell"})))))[
        "modifiers"
    ]
    assert {key: group[key] for key in ("type", "required", "selectionMode", "maxChoices")} == {
        "type": "upsell",
        "required": True,
        "selectionMode": "max",
        "maxChoices": 2,
    }
    assert (group["freeChoices"], group["extraChoicePriceCents"]) == (1, 50)
    assert [option["name"]["en"] for option in group["options"]] == ["Salt", "Oil", "Chili"]


def test_a_modifiers_defaults_let_everything_be_chosen_once() -> None:
    (group,) = only(read(menu(dish(menuAddOn=modifier()))))["modifiers"]
    assert (group["type"], group["required"], group["selectionMode"]) == ("standard", False, "multiple")
    assert (group["maxChoices"], group["freeChoices"], group["extraChoicePriceCents"]) == (3, 0, 0)
    (single,) = only(read(menu(dish(menuAddOn=modifier(**{"ob:selectionMode": "single"})))))["modifiers"]
    assert single["maxChoices"] == 1


def test_bare_items_among_the_add_ons_are_extras() -> None:
    (group,) = only(read(menu(dish(menuAddOn=[dish("Fries", "3.00"), dish("Salad", "4.00")]))))["modifiers"]
    assert (group["name"]["pt"], group["type"]) == ("Adicionais", "upsell")
    assert [option["priceCents"] for option in group["options"]] == [300, 400]


def test_one_modifier_may_serve_many_items_by_its_id() -> None:
    shared = modifier(**{"@id": "#toppings", "ob:color": "red"})
    items = [dish("A", menuAddOn={"@id": "#toppings"}), dish("B", menuAddOn={"@id": "#toppings"})]
    imported = read({"@graph": [menu(*items), shared]})
    assert imported.document is not None
    first, second = (item["modifiers"][0] for item in imported.document["items"])
    assert first["name"] == second["name"]
    assert first["id"] != second["id"]
    assert reasons(imported) == {"$['@graph'][1]['ob:color']": "A menu has no place for ob:color here."}
    unknown = read(menu(dish(menuAddOn={"@id": "#nowhere"})))
    assert reasons(unknown) == {f"{ITEM}.menuAddOn": "Nothing in the file has the id #nowhere."}


def test_prices_that_the_cart_would_show_differently_are_remarked() -> None:
    priced = modifier(hasMenuItem=[dish("Bacon", "2")], **{"ob:freeChoices": 1})
    (remark,) = read(menu(dish(menuAddOn=priced))).remarks
    assert remark.path == f"{ITEM}.menuAddOn"


def test_choices_that_do_not_fit_are_mended_and_remarked() -> None:
    imported = read(
        menu(dish(menuAddOn=modifier(**{"ob:maxChoices": 9, "ob:freeChoices": 7, "ob:extraChoicePrice": 1})))
    )
    (group,) = only(imported)["modifiers"]
    assert (group["maxChoices"], group["freeChoices"]) == (3, 3)
    assert len(imported.remarks) == 2


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"nutrition": {"calories": "200"}}, ".nutrition"),
        ({"image": "data:image/png;base64,AAAA"}, ".image"),
        ({"suitableForDiet": 5}, ".suitableForDiet"),
        ({"ob:stationTags": [7]}, "['ob:stationTags'][0]"),
        ({"ob:available": "no"}, "['ob:available']"),
        ({"ob:makingCost": "-2"}, "['ob:makingCost']"),
        ({"menuAddOn": modifier(hasMenuItem=[])}, ".menuAddOn"),
        ({"menuAddOn": modifier(name="")}, ".menuAddOn"),
        ({"menuAddOn": modifier(**{"ob:selectionMode": "some"})}, ".menuAddOn['ob:selectionMode']"),
        ({"menuAddOn": "fries"}, ".menuAddOn"),
        ({"description": 5}, ".description"),
    ],
)
def test_what_has_no_place_is_reported_by_its_path_and_the_item_stays(more: dict[str, Any], path: str) -> None:
    imported = read(menu(dish(**more)))
    assert only(imported)["priceCents"] == 950
    assert list(reasons(imported)) == [ITEM + path]


def test_an_item_stands_in_one_section() -> None:
    soup = dish(**{"@id": "#soup"})
    sections = [{"name": "Mains", "hasMenuItem": soup}, {"name": "Lunch", "hasMenuItem": {"@id": "#soup"}}]
    imported = read({"@type": "Menu", "hasMenuSection": sections})
    assert imported.items == 1
    assert "in Mains already" in reasons(imported)["$.hasMenuSection[0].hasMenuItem"]


def test_a_menu_is_found_in_a_restaurant_and_one_is_read_at_a_time() -> None:
    business = {"@type": "Restaurant", "name": "Nonna", "hasMenu": [menu(dish()), menu(dish("Bread"), name="Lunch")]}
    imported = read({"@context": {"@language": "en"}, "@graph": [business]})
    assert only(imported)["name"]["en"] == "Soup"
    assert list(reasons(imported)) == ["$['@graph'][0].hasMenu[1]"]


@pytest.mark.parametrize("words", ["schema:", "https://schema.org/", "http://schema.org/"])
def test_words_may_be_written_with_their_prefix(words: str) -> None:
    def spelled(value: Any) -> Any:
        if isinstance(value, list):
            return [spelled(part) for part in value]
        if not isinstance(value, dict):
            return value
        full = {key if key.startswith("@") else words + key: spelled(part) for key, part in value.items()}
        return full | ({"@type": words + value["@type"]} if "@type" in value else {})

    assert only(read(spelled(menu(dish()))))["priceCents"] == 950


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"price": NaN}', "NaN"),
        (b"[" * 100_000, "deeper"),
        (b"[" * 50 + b"]" * 50, "deeper"),
        (b" " * (MAX_BYTES + 1), "larger than 5 MB"),
        (b"[" + b"0," * 100_000 + b"0]", "more than 100,000"),
        (b"[" + b"9" * 5_000 + b"]", "not JSON"),
        (b"5", "no JSON object"),
        (b"{}", "no schema.org Menu"),
        (b'{"@type": "Recipe"}', "no schema.org Menu"),
    ],
)
def test_a_file_that_is_no_menu_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableMenuError, match=sentence):
        read_menu(parse(content), HERE, is_emoji)


def test_a_section_that_contains_itself_ends() -> None:
    section = {"@id": "#s", "name": "Round", "hasMenuItem": dish(), "hasMenuSection": {"@id": "#s"}}
    imported = read({"@type": "Menu", "hasMenuSection": section})
    assert imported.items == 1
    assert any("levels deep" in finding.reason for finding in imported.unplaced)


def test_too_many_of_anything_are_reported() -> None:
    imported = read(menu(*(dish(f"Dish {n}") for n in range(1_002))))
    assert (imported.items, len(imported.unplaced)) == (1_000, 2)


def test_a_modifier_shared_by_many_items_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modifiers, "MAX_OPTIONS_OF_A_MENU", 7)
    shared = modifier(**{"@id": "#toppings"})
    imported = read({"@graph": [menu(*(dish(f"Dish {n}", menuAddOn={"@id": "#toppings"}) for n in range(4))), shared]})
    assert (imported.items, imported.options) == (4, 7)
    assert any("options in all" in finding.reason for finding in imported.unplaced)


def test_the_same_file_gives_the_same_ids_and_moving_or_pricing_anew_keeps_them() -> None:
    soup, bread = dish(**{"@id": "#soup"}), dish("Bread", "3")
    first, again = read(menu(soup, bread)), read(menu(bread, soup | {"offers": {"price": "10"}, "name": "Broth"}))
    assert first.document is not None
    assert again.document is not None
    assert {item["id"] for item in first.document["items"]} == {item["id"] for item in again.document["items"]}
    elsewhere = read(menu(soup, bread), MenuTarget("trattoria", ObjectId("7" * 24)))
    assert elsewhere.document is not None
    assert elsewhere.document["_id"] != first.document["_id"]


def test_two_items_of_one_name_are_two_items() -> None:
    imported = read(menu(dish(), dish()))
    assert imported.document is not None
    first, second = imported.document["items"]
    assert first["id"] != second["id"]


def stored(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    document = read(menu(*items)).document
    assert document is not None
    return json.loads(json.dumps(document, default=str)) | {"_id": ObjectId(), "salesTax": 9.5} | more


def test_what_staff_set_survives_a_second_import() -> None:
    before = stored(dish(), dish("Bread"))
    before["items"][0] |= {"isAvailable": False, "makingCostCents": 333, "stationTags": ["kitchen"], "imageUrls": ["u"]}
    merged = merge_menu(read(menu(dish(price="11"), dish("Bread"), dish("Tea"))), before)
    soup = merged.document["items"][0]
    assert (soup["priceCents"], soup["isAvailable"], soup["makingCostCents"]) == (1100, False, 333)
    assert (soup["stationTags"], soup["imageUrls"]) == (["kitchen"], ["u"])
    assert (merged.added, merged.changed, merged.retired) == (("Tea",), ("Soup",), ())
    assert (merged.document["salesTax"], merged.document["_id"]) == (9.5, before["_id"])
    said = merge_menu(read(menu(dish(**{"ob:makingCost": "1.00", "ob:stationTags": ["bar"]}))), before)
    assert (said.document["items"][0]["makingCostCents"], said.document["items"][0]["stationTags"]) == (100, ["bar"])


def test_what_staff_translated_or_added_survives_a_second_import() -> None:
    before = stored(dish(menuAddOn=modifier()))
    (item,), (category,) = before["items"], before["categories"]
    item |= {"name": {"en": "Soup", "es": "Sopa", "pt": None}, "stock": 12, "description": {"en": "Hot", "es": "Rica"}}
    item["modifiers"][0]["options"][0]["name"]["es"] = "Sal"
    category |= {"description": {"en": "From noon", "es": "Desde las doce"}, "emoji": "🍲"}
    merged = merge_menu(read(menu(dish(menuAddOn=modifier()))), before)
    (again,) = merged.document["items"]
    assert again["name"] == {"en": "Soup", "es": "Sopa", "pt": "Soup"}
    assert (again["stock"], again["description"]["es"]) == (12, "Rica")
    assert again["modifiers"][0]["options"][0]["name"] == {"en": "Salt", "es": "Sal", "pt": "Salt"}
    (kept,) = merged.document["categories"]
    assert (kept["description"]["es"], kept["emoji"]) == ("Desde las doce", "🍲")
    renamed = dish("Broth", **{"@id": "#soup"})
    first = read(menu(dish(**{"@id": "#soup"})))
    assert first.document is not None
    first.document["items"][0]["name"]["es"] = "Sopa"
    assert merge_menu(read(menu(renamed)), first.document).document["items"][0]["name"]["es"] == "Broth"


def test_a_menu_made_by_hand_is_recognised_by_its_names() -> None:
    before = stored(dish() | {"offers": [{"name": "Small", "price": 1}], "menuAddOn": modifier()})
    (item,) = before["items"]
    for row in (
        item,
        before["categories"][0],
        item["variants"][0],
        item["modifiers"][0],
        *item["modifiers"][0]["options"],
    ):
        row["id"] = str(ObjectId())
    item["categoryId"] = before["categories"][0]["id"]
    merged = merge_menu(
        read(menu(dish() | {"offers": [{"name": "small", "price": 2}], "menuAddOn": modifier()})), before
    )
    (again,) = merged.document["items"]
    assert (again["id"], again["categoryId"]) == (item["id"], item["categoryId"])
    assert again["variants"][0]["id"] == item["variants"][0]["id"]
    assert [option["id"] for option in again["modifiers"][0]["options"]] == [
        o["id"] for o in item["modifiers"][0]["options"]
    ]


def test_what_is_in_the_file_no_longer_is_kept_sold_out_and_comes_back_on_sale() -> None:
    before = stored(dish(), dish("Bread"))
    gone = merge_menu(read(menu(dish())), before)
    assert gone.retired == ("Bread",)
    assert [(item["name"]["en"], item["isAvailable"]) for item in gone.document["items"]] == [
        ("Soup", True),
        ("Bread", False),
    ]
    assert merge_menu(read(menu(dish())), gone.document).retired == ()
    back = merge_menu(read(menu(dish(), dish("Bread"))), gone.document)
    assert [item["isAvailable"] for item in back.document["items"]] == [True, True]


@pytest.mark.parametrize("file", DEMO_MENUS, ids=lambda file: file.stem)
def test_the_demos_menus_leave_nothing_out_and_are_translated(file: Path) -> None:
    imported = read_menu(parse(file.read_bytes()), HERE, is_emoji)
    assert imported.unplaced == imported.remarks == ()
    assert imported.filled == {}
    document = imported.document
    assert document is not None
    assert Menu.model_validate(document).tax not in (None, Decimal(0))
    for item in document["items"]:
        assert all(item["description"].values())
        assert 0 < item["makingCostCents"] < item["priceCents"]


def test_the_demos_three_menus_show_everything_that_a_menu_can_have() -> None:
    for name in ("cafe", "taqueria", "sushi"):
        (file,) = (file for file in DEMO_MENUS if file.name == f"{name}.menu.jsonld")
        document = read_menu(parse(file.read_bytes()), HERE, is_emoji).document
        assert document is not None
        assert 55 <= len(document["items"]) <= 65
        groups = [group for item in document["items"] for group in item["modifiers"]]
        assert {group["selectionMode"] for group in groups} == {"single", "max", "multiple"}
        assert {group["type"] for group in groups} == {"standard", "upsell"}
        assert {group["required"] for group in groups} == {True, False}
        assert any(group["freeChoices"] and group["extraChoicePriceCents"] for group in groups)
        assert any(item["variants"] for item in document["items"])
        assert any(not item["isAvailable"] for item in document["items"])
