"""A file over the menu that is there: the same dish is found again, the file changes what the file set, staff's word
stays."""

from __future__ import annotations

import copy
import json
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.documents.menu import Menu
from shared.documents.menu_imports import MenuImport
from shared.domain.menu_import import (
    AnotherMenuError,
    ImportedMenu,
    KnownMenu,
    MenuTarget,
    Merged,
    merge_menu,
    same_menu,
    stable_id,
)
from shared.domain.menu_import.identity import folded, slug_before, slug_of
from tests.fixtures.menus import HERE, dish, menu, of_file, read

Document = dict[str, Any]


def after(*imports: ImportedMenu) -> Merged:
    """What is stored when files were imported one after the other."""
    merged = merge_menu(imports[0], None)
    for imported in imports[1:]:
        merged = again(merged, imported)
    return merged


def again(merged: Merged, imported: ImportedMenu) -> Merged:
    """The next import, after the document and its source were stored and read again."""
    source = MenuImport.model_validate(json.loads(json.dumps(merged.source.model_dump(by_alias=True), default=str)))
    source = source.model_copy(update={"id": merged.source.id, "location_id": merged.source.location_id})
    return merge_menu(imported, copy.deepcopy(merged.document), source)


def by_staff(merged: Merged, **changed: Any) -> Merged:
    """The first item, changed by staff."""
    merged.document["items"][0] |= changed
    return merged


def first(merged: Merged) -> Document:
    return dict(merged.document["items"][0])


def told(merged: Merged) -> list[tuple[str, str, Any, Any]]:
    return [(each.entry, each.field, each.here, each.file) for each in merged.overruled]


def known(merged: Merged, imported: ImportedMenu | None = None) -> KnownMenu:
    document = merged.document
    slug = imported.document["menuSlug"] if imported and imported.document else None
    return KnownMenu(document["_id"], document["menuSlug"], document["name"], slug)


# Which menu


def test_lunch_and_dinner_in_chinese_are_two_menus() -> None:
    lunch, dinner = of_file("j13"), of_file("j14")
    assert lunch.document is not None
    assert dinner.document is not None
    assert lunch.document["menuSlug"] != dinner.document["menuSlug"]
    assert lunch.document["_id"] != dinner.document["_id"]
    assert same_menu(dinner, [known(after(lunch), lunch)]) is None
    assert same_menu(lunch, [known(after(lunch), lunch)]) == lunch.document["_id"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("午餐", "晚餐"),
        ("午餐 Lunch", "晚餐 Lunch"),
        ("Меню", "Ужин"),
        ("Weekday lunch for the whole family with a drink and a dessert, summer", "Weekday lunch for the whole family "
         "with a drink and a dessert, winter"),
        ("🍕", "🍔"),
    ],
)  # fmt: skip
def test_names_that_a_slug_cannot_tell_apart_have_slugs_of_their_own(one: str, other: str) -> None:
    assert slug_of(one) != slug_of(other)
    assert slug_of(one) == slug_of(one.upper() + " ")
    assert all(len(slug) <= 60 and slug.isascii() and slug == slug.strip("-") for slug in map(slug_of, (one, other)))


@pytest.mark.parametrize("name", ["Dinner", "Menú del día", "Bar & Grill", "Chef's choice", "Prix fixe 2026", "A" * 60])
def test_a_slug_that_says_all_is_what_it_always_was(name: str) -> None:
    assert slug_of(name) == slug_before(name)


def test_a_menu_that_an_older_release_gave_a_poor_slug_is_found_again() -> None:
    lunch, dinner = of_file("j13"), of_file("j14")
    assert lunch.document is not None
    older = KnownMenu(ObjectId(), "menu", {"en": "午餐", "es": "午餐", "pt": "午餐"}, None)
    assert same_menu(lunch, [older]) == older.id
    assert same_menu(dinner, [older]) is None
    merged = merge_menu(lunch, {**lunch.document, "_id": older.id, "menuSlug": "menu"})
    assert (merged.document["menuSlug"], merged.document["_id"]) == ("menu", older.id)
    assert merged.source.slug == lunch.document["menuSlug"]


def test_a_menu_that_staff_renamed_is_found_by_what_it_was_imported_as() -> None:
    imported = read(menu(dish()))
    renamed = KnownMenu(ObjectId(), "evening", {"en": "Evening"}, "dinner")
    assert same_menu(imported, [renamed]) == renamed.id
    asked = read(menu(dish()), MenuTarget(HERE.restaurant_id, HERE.location_id, "Evening"))
    assert same_menu(asked, [KnownMenu(ObjectId(), "dinner", {"en": "Dinner"}, None), renamed]) == renamed.id


def test_another_menu_of_the_same_name_is_not_replaced_unasked() -> None:
    merged = after(read(menu(dish("Soup"), dish("Bread", "3"))))
    other = read(menu(dish("Tea", "2"), dish("Coffee", "4")))
    with pytest.raises(AnotherMenuError, match="'Dinner' \\(dinner\\) has 2 items, and none of them"):
        again(merged, other)
    replaced = merge_menu(other, merged.document, merged.source, replace=True)
    assert (replaced.added, replaced.retired) == (("Tea", "Coffee"), ("Soup", "Bread"))
    assert again(merged, read(menu(dish("Tea", "2"), dish("Soup", "12")))).added == ("Tea",)


def test_the_numbers_of_two_menus_dishes_are_not_taken_for_the_same_dishes() -> None:
    lunch = read({"@type": "Menu", "hasMenuItem": dish("Sandwich", "9", **{"@id": "#1"})})
    dinner = read({"@type": "Menu", "hasMenuItem": dish("Steak", "30", **{"@id": "#1"})})
    with pytest.raises(AnotherMenuError):
        again(after(lunch), dinner)


# Which dish


def test_a_name_in_another_unicode_form_or_with_another_quote_is_the_same_dish() -> None:
    merged = after(of_file("j46a"), of_file("j46b"))
    assert (merged.added, merged.retired, len(merged.document["items"])) == ((), (), 2)
    assert merged.changed == ("Chef’s soup",)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_a_name_is_the_same_in_every_form_of_unicode(name: str) -> None:
    forms = {folded(unicodedata.normalize(form, name)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert len(forms) == 1
    assert folded(folded(name)) == folded(name)
    assert folded(f" {name}\n") == folded(name)


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
amounts = st.integers(0, 50_000).map(lambda cents: f"{cents // 100}.{cents % 100:02}")
sizes = st.lists(st.fixed_dictionaries({"name": names, "price": amounts}), min_size=1, max_size=3)
addons = st.fixed_dictionaries(
    {"name": names, "hasMenuItem": st.lists(st.fixed_dictionaries({"name": names}), max_size=3)}
)
texts = st.one_of(names, st.dictionaries(st.sampled_from(["en", "es", "pt", "fr"]), names, min_size=1))
dishes = st.fixed_dictionaries(
    {"name": texts, "offers": st.one_of(amounts, sizes)},
    optional={"description": texts, "menuAddOn": addons, "ob:available": st.booleans(), "@id": st.sampled_from("abc")},
)


@settings(deadline=None)
@given(st.lists(dishes, min_size=1, max_size=5), st.sampled_from(["NFC", "NFD"]), st.sampled_from([" ", "\n\t"]))
def test_importing_twice_changes_nothing(some: list[Document], form: Any, space: str) -> None:
    file = menu(*some)
    imported = read(file)
    if imported.document is None:
        return
    Menu.model_validate(imported.document)
    merged = after(imported)
    rewritten = json.loads(unicodedata.normalize(form, json.dumps(file, ensure_ascii=False)))
    rewritten["name"] = f"{space}{rewritten['name']}{space}"
    for once_more in (read(file), read(rewritten)):
        twice = again(merged, once_more)
        assert twice.document == merged.document
        assert twice.source == merged.source
        assert (twice.added, twice.changed, twice.retired, twice.overruled) == ((), (), (), ())


def as_older_release(*raw_names: str, slug: str = "dinner") -> Document:
    """A menu as an older release stored it: ids from raw names, and no account of its file."""
    scope = stable_id(HERE.restaurant_id, str(HERE.location_id), slug)
    section = stable_id(scope, "section", "mains")
    imported = read(menu(*(dish(name) for name in raw_names)))
    assert imported.document is not None
    document = copy.deepcopy(imported.document) | {"salesTax": 9.5}
    document["categories"][0]["id"] = section
    for item, name in zip(document["items"], raw_names, strict=True):
        item |= {"id": stable_id(scope, "item", f"mains\x1f{name}".casefold()), "categoryId": section}
        item["name"] = dict.fromkeys(("en", "es", "pt"), name)
    return document


@pytest.mark.parametrize(
    "name", ["Soup", "Chef’s soup", "Cre\u0300me", "Mac &#038; Cheese", "<b>Hot</b> dog", "ＳＯＵＰ"]
)
def test_what_an_older_release_imported_is_found_and_not_doubled(name: str) -> None:
    older = as_older_release(name, "Bread")
    merged = merge_menu(read(menu(dish(name, "12"), dish("Bread"))), older)
    assert [item["id"] for item in merged.document["items"]] == [item["id"] for item in older["items"]]
    assert (merged.added, merged.retired, first(merged)["priceCents"]) == ((), (), 1200)
    assert merged.document["salesTax"] == 9.5
    renamed = by_staff(merged, name={"en": "Something else", "es": "Otra cosa", "pt": "Outra coisa"})
    assert again(renamed, read(menu(dish(name, "12"), dish("Bread")))).added == ()


def test_two_dishes_of_one_name_are_found_by_their_sections() -> None:
    def of(*of_sections: tuple[str, str]) -> Document:
        return menu(
            hasMenuSection=[{"name": name, "hasMenuItem": dish("Lemonade", price)} for name, price in of_sections]
        )

    by_hand = after(read(of(("Drinks", "4"), ("Kids", "3")))).document
    for row in (*by_hand["items"], *by_hand["categories"]):
        old, row["id"] = row["id"], str(ObjectId())
        for item in by_hand["items"]:
            item["categoryId"] = row["id"] if item["categoryId"] == old else item["categoryId"]
    merged = merge_menu(read(of(("Kids", "3.50"), ("DRINKS", "4.50"))), by_hand)
    assert (merged.added, merged.retired) == ((), ())
    assert {item["id"]: item["priceCents"] for item in merged.document["items"]} == {
        by_hand["items"][0]["id"]: 450,
        by_hand["items"][1]["id"]: 350,
    }


def test_ids_that_an_export_makes_anew_each_time_are_no_ids() -> None:
    merged = after(read(menu(dish("Soup", **{"@id": "_:b0"}), dish("Bread", **{"@id": "_:b1"}))))
    shuffled = again(merged, read(menu(dish("Bread", **{"@id": "_:b0"}), dish("Soup", **{"@id": "_:b1"}))))
    assert (shuffled.added, shuffled.changed, shuffled.retired) == ((), (), ())


# Languages


def at(slug: str) -> MenuTarget:
    return MenuTarget(HERE.restaurant_id, HERE.location_id, slug)


@pytest.mark.parametrize("order", [("j23a", "j23b"), ("j23b", "j23a"), ("j23a", "j23b", "j23a", "j23b")])
def test_a_spanish_and_an_english_file_of_one_menu_keep_each_others_texts(order: tuple[str, ...]) -> None:
    merged = after(*(of_file(name, at("carta")) for name in order))
    (item,), (section,) = merged.document["items"], merged.document["categories"]
    assert item["name"] == {"en": "Onion soup", "es": "Sopa de cebolla", "pt": "Onion soup"}
    assert section["name"] == {"en": "Soups", "es": "Sopas", "pt": "Soups"}
    assert merged.document["name"] == {"en": "Menu", "es": "Carta", "pt": "Menu"}


def test_a_translation_that_equals_the_english_text_is_a_translation() -> None:
    merged = after(read(menu(dish({"en": "Pizza", "es": "Piza"}))), read(menu(dish({"en": "Pizza", "es": "Pizza"}))))
    assert first(merged)["name"]["es"] == "Pizza"


def test_a_text_that_was_filled_follows_the_english_and_one_that_was_said_stays_and_is_told() -> None:
    soup = dish({"en": "Soup", "es": "Sopa"}, **{"@id": "#soup"})
    merged = after(read(menu(soup)), read(menu(dish("Broth", **{"@id": "#soup"}))))
    assert first(merged)["name"] == {"en": "Broth", "es": "Sopa", "pt": "Broth"}
    assert merged.older == (("Broth", "name.es"),)


def test_what_staff_translated_stays_and_what_was_filled_from_it_follows() -> None:
    soup = dish(**{"@id": "#soup"})
    merged = by_staff(after(read(menu(soup))), name={"en": "Soup", "es": "Sopa", "pt": "Soup"})
    merged = again(merged, read(menu(soup | {"name": {"en": "Broth", "es": "Caldo"}})))
    assert first(merged)["name"] == {"en": "Broth", "es": "Sopa", "pt": "Broth"}
    assert told(merged) == [("Broth", "name.es", "Sopa", "Caldo")]
    renamed = by_staff(merged, name={"en": "Our broth", "es": "Sopa", "pt": "Broth"})
    assert first(again(renamed, read(menu(soup | {"name": "Broth"}))))["name"]["pt"] == "Our broth"


def test_a_description_that_staff_cleared_stays_cleared_and_one_the_file_drops_stays() -> None:
    with_words, without = read(menu(dish(description="Hot."))), read(menu(dish()))
    assert first(after(with_words, without))["description"]["en"] == "Hot."
    cleared = by_staff(after(with_words), description={"en": "", "es": "", "pt": ""})
    merged = again(cleared, with_words)
    assert first(merged)["description"] == {"en": "", "es": "", "pt": ""}
    assert told(merged) == [("Soup", "description.en", "", "Hot.")]


# What the file set, and what staff set


def test_what_the_file_says_of_availability_counts_after_the_first_import_too() -> None:
    merged = after(of_file("j30a"), of_file("j30b"))
    assert [item["isAvailable"] for item in merged.document["items"]] == [False, True]
    assert merged.overruled == ()
    assert [
        item["isAvailable"] for item in after(of_file("j30a"), of_file("j30b"), of_file("j30a")).document["items"]
    ] == [
        True,
        False,
    ]


def test_a_dish_that_the_file_marks_as_sold_out_no_longer_is_on_sale_again() -> None:
    merged = after(read(menu(dish(**{"ob:available": False}))), read(menu(dish())))
    assert first(merged)["isAvailable"] is True


def test_a_dish_that_staff_sold_out_stays_so_whatever_the_file_says() -> None:
    says = [read(menu(dish(**{"ob:available": word}))) for word in (True, False, True)]
    merged = by_staff(after(says[0]), isAvailable=False)
    for imported in says:
        merged = again(merged, imported)
        assert first(merged)["isAvailable"] is False
    assert told(merged) == [("Soup", "isAvailable", False, True)]
    on_sale = again(by_staff(merged, isAvailable=True), says[1])
    assert (first(on_sale)["isAvailable"], on_sale.overruled) == (False, ())


EDITS: dict[str, Any] = {
    "name": {"en": "Ours", "es": "Nuestro", "pt": "Nosso"},
    "description": {"en": "By staff", "es": "Del equipo", "pt": "Da equipe"},
    "priceCents": 99_999,
    "isAvailable": False,
    "stationTags": ["by staff"],
    "makingCostCents": 77,
    "imageUrls": [],
    "dailyStock": 5,
}


@settings(deadline=None)
@given(st.lists(st.tuples(amounts, texts, st.booleans()), min_size=2, max_size=4), st.sampled_from(sorted(EDITS)))
def test_whatever_staff_set_outlives_every_further_file(said: list[tuple[str, Any, bool]], edited: str) -> None:
    files = [
        read(
            menu(
                dish(price=price, description=text, image="https://e.com/1.jpg", **{"@id": "#1", "ob:available": word}),
                dish("Bread"),
            )
        )
        for price, text, word in said
    ]
    merged = after(files[0])
    merged = again(merged, read(menu(dish(**{"@id": "#1", "ob:available": True}), dish("Bread"))))
    merged = by_staff(merged, **{edited: EDITS[edited]})
    for file in files:
        merged = again(merged, file)
        assert first(merged)[edited] == EDITS[edited]


def test_a_price_that_staff_set_stays_until_it_is_the_files_again() -> None:
    merged = by_staff(after(read(menu(dish(price="9")))), priceCents=1000)
    merged = again(merged, read(menu(dish(price="11"))))
    assert (first(merged)["priceCents"], told(merged)) == (1000, [("Soup", "priceCents", 1000, 1100)])
    merged = again(by_staff(merged, priceCents=1100), read(menu(dish(price="12"))))
    assert (first(merged)["priceCents"], merged.overruled) == (1200, ())
    assert [(change.item, change.before, change.after) for change in merged.prices] == [("Soup", 1100, 1200)]


def test_what_the_file_does_not_say_stays_and_what_nobody_said_follows_its_default() -> None:
    toppings = {"@type": "MenuSection", "name": "Toppings", "hasMenuItem": [{"name": "Salt"}, {"name": "Oil"}]}
    merged = after(read(menu(dish(image="https://e.com/a.jpg", menuAddOn=toppings, **{"ob:stationTags": ["grill"]}))))
    group = merged.document["items"][0]["modifiers"][0]
    group |= {"required": True, "printed": 1}
    group["options"].append({"id": "o", "name": {"en": "Gold", "es": "Oro", "pt": "Ouro"}, "priceCents": 900})
    toppings["hasMenuItem"].append({"name": "Chili"})
    merged = again(merged, read(menu(dish(menuAddOn=toppings))))
    item = first(merged)
    assert (item["imageUrls"], item["stationTags"]) == (["https://e.com/a.jpg"], ["grill"])
    (group,) = item["modifiers"]
    assert (group["required"], group["printed"], group["maxChoices"]) == (True, 1, 3)
    assert [option["name"]["en"] for option in group["options"]] == ["Salt", "Oil", "Chili", "Gold"]


def test_what_staff_added_or_took_off_the_menu_is_as_staff_left_it() -> None:
    file = read(menu(dish(), dish("Bread", "3"), dish("Tea", "2")))
    merged = after(file)
    mine = {**merged.document["items"][1], "id": "by-staff", "name": {"en": "Stew", "es": "Guiso", "pt": "Ensopado"}}
    merged.document["items"] = [merged.document["items"][0], merged.document["items"][2], mine]
    merged = again(merged, file)
    assert [(item["name"]["en"], item["isAvailable"]) for item in merged.document["items"]] == [
        ("Soup", True),
        ("Tea", True),
        ("Stew", True),
    ]
    assert (told(merged), merged.added, merged.retired) == ([("Bread", "removed", None, None)], (), ())
    assert told(again(merged, file)) == told(merged)


def test_a_dish_back_in_the_file_is_on_sale_again_but_not_where_staff_sold_it_out() -> None:
    both, soup = read(menu(dish("Bread"), dish(), dish("Tea"))), read(menu(dish()))
    merged = by_staff(after(both), isAvailable=False)
    gone = again(merged, soup)
    assert gone.retired == ("Tea",)
    assert {item["name"]["en"]: item["isAvailable"] for item in gone.document["items"]} == {
        "Soup": True,
        "Bread": False,
        "Tea": False,
    }
    back = again(gone, both)
    assert [item["isAvailable"] for item in back.document["items"]] == [False, True, True]
    for item in gone.document["items"]:
        item["isAvailable"] = True
    kept = again(gone, soup)
    assert (kept.retired, told(kept)) == (("Bread",), [("Tea", "isAvailable", True, False)])


def test_a_section_with_another_name_is_the_one_with_its_dishes() -> None:
    merged = after(read(menu(dish(), dish("Bread"))))
    section_id = merged.document["categories"][0]["id"]
    merged.document["categories"][0]["emoji"] = "🍲"
    file = menu(dish(), dish("Bread"))
    file["hasMenuSection"]["name"] = "From the pot"
    (section,) = again(merged, read(file)).document["categories"]
    assert (section["id"], section["name"]["en"], section["emoji"]) == (section_id, "From the pot", "🍲")


def test_a_dish_that_staff_moved_stays_in_its_section() -> None:
    file = menu(
        hasMenuSection=[
            {"name": "A", "hasMenuItem": [dish(), dish("Bread")]},
            {"name": "B", "hasMenuItem": dish("Tea")},
        ]
    )
    merged = after(read(file))
    first_section, second = (section["id"] for section in merged.document["categories"])
    merged = again(by_staff(merged, categoryId=second), read(file))
    assert first(merged)["categoryId"] == second
    assert told(merged) == [("Soup", "categoryId", second, first_section)]


def test_sizes_that_staff_priced_stay_and_the_dish_costs_what_its_default_size_costs() -> None:
    sized = [{"name": "Cup", "price": 4}, {"name": "Bowl", "price": 7}]
    merged = after(read(menu(dish(offers=sized))))
    merged.document["items"][0]["variants"][0]["priceCents"] = 450
    merged = again(merged, read(menu(dish(offers=[{"name": "Cup", "price": 5}, {"name": "bowl", "price": 8}]))))
    item = first(merged)
    assert [variant["priceCents"] for variant in item["variants"]] == [450, 800]
    assert item["priceCents"] == 450
    assert told(merged) == [("Soup: Cup", "priceCents", 450, 500)]
    assert [(change.part, change.before, change.after) for change in merged.prices] == [("bowl", 700, 800)]


def test_the_tax_that_a_person_gave_stays_over_that_of_the_file() -> None:
    file = menu(dish(), **{"ob:salesTax": 8.875})
    given_tax = read(file, MenuTarget(HERE.restaurant_id, HERE.location_id, None, Decimal("9.5")))
    merged = after(given_tax, given_tax, read(file))
    assert (merged.document["salesTax"], told(merged)) == (9.5, [("Dinner", "salesTax", 9.5, 8.875)])
    assert after(read(file), read(file | {"ob:salesTax": 9})).document["salesTax"] == 9.0


def test_a_menu_made_by_hand_keeps_its_modifiers_where_the_file_has_none() -> None:
    by_hand = after(read(menu(dish(menuAddOn={"name": "Toppings", "hasMenuItem": {"name": "Salt"}})))).document
    merged = merge_menu(read(menu(dish(price="10"))), by_hand)
    assert (first(merged)["modifiers"], first(merged)["priceCents"]) == (by_hand["items"][0]["modifiers"], 1000)
    assert first(again(merged, read(menu(dish(price="10")))))["modifiers"] == by_hand["items"][0]["modifiers"]


def test_sold_out_stays_where_nobody_knows_who_said_so() -> None:
    by_hand = after(read(menu(dish(), dish("Bread"), dish("Tea")))).document
    by_hand["items"][0]["isAvailable"] = False
    words = {"Soup": True, "Bread": False, "Tea": True}
    file = read(menu(*(dish(name, **{"ob:available": word}) for name, word in words.items())))
    merged = merge_menu(file, by_hand)
    assert [item["isAvailable"] for item in merged.document["items"]] == [False, False, True]
    assert told(merged) == [("Soup", "isAvailable", False, True)]


def test_what_is_stored_leniently_is_merged_leniently() -> None:
    odd: Document = {
        "_id": ObjectId(),
        "restaurantId": HERE.restaurant_id,
        "locationId": HERE.location_id,
        "menuSlug": "dinner",
        "name": "Dinner",
        "categories": None,
        "items": [
            {"id": "s", "name": "Soup", "priceCents": 950.0, "variants": None, "modifiers": [None, {"name": {}}]},
            {"name": {"en": "No id"}},
            "nothing",
        ],
    }
    merged = merge_menu(read(menu(dish(price="10"))), odd)
    assert (first(merged)["id"], first(merged)["priceCents"]) == ("s", 1000)
    assert Menu.model_validate(merged.document).items[0].price_cents == 1000
