"""Files as sites and people write them: a dish is not thrown away where its meaning is clear, and nothing vanishes."""

from __future__ import annotations

import json
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from emoji import is_emoji
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.menu_import import UnreadableMenuError, parse, read_menu
from shared.domain.menu_import.html_text import plain
from shared.domain.menu_import.languages import language_of
from shared.domain.menu_import.prices import PriceError, cents
from tests.fixtures.menus import HERE, dish, items, menu, of_file, only, read, reasons, remarks, sections

SOUP = {"@type": "Menu", "name": "Dinner", "hasMenuSection": {"name": "Soups", "hasMenuItem": dish("Onion soup")}}
ITEM = "$.hasMenuSection.hasMenuItem[0]"


def prices(item: dict[str, Any]) -> dict[str, int]:
    return {variant["name"]: variant["priceCents"] for variant in item["variants"]}


# Languages


@pytest.mark.parametrize("name", ["j01", "j41"])
def test_a_language_written_as_a_name_is_that_language(name: str) -> None:
    imported = of_file(name)
    assert imported.languages["en"] >= 2
    assert imported.remarks == ()


def test_the_shape_that_schema_org_shows_is_read() -> None:
    imported = of_file("j41")
    wrap = only(imported)
    assert (wrap["name"]["en"], wrap["priceCents"], wrap["diets"]) == ("Lentil wrap", 450, ["gluten-free"])
    assert {path.rpartition(".")[2] for path in reasons(imported)} == {"image", "offers", "nutrition"}


@pytest.mark.parametrize(("name", "said"), [("j03", "fr"), ("j05", "es-MX, en")])
def test_a_menu_in_a_language_that_is_not_kept_or_in_two_at_once_is_shown_in_all(name: str, said: str) -> None:
    imported = of_file(name)
    assert only(imported)["name"] == {"en": "Onion soup", "es": "Onion soup", "pt": "Onion soup"}
    assert (imported.languages, imported.unplaced) == ({}, ())
    (remark,) = remarks(imported)
    assert f"a text in {said} is shown in all three. (3 places)" in remark


@pytest.mark.parametrize(
    ("said", "language"),
    [
        *((said, "en") for said in ("en", "en-US", "en_US", "ENG", "English", " english ", "English (US)", "Inglés")),
        *((said, "es") for said in ("es-MX", "es_419", "spa", "Spanish", "Español", "espanhol", "Castellano")),
        *((said, "pt") for said in ("pt-BR", "por", "Portuguese", "Português", "português do Brasil")),
        *((said, None) for said in ("fr", "French", "", "English, Spanish", "es, en", "Catalan", "und")),
    ],
)
def test_languages_by_tag_and_by_name(said: str, language: str | None) -> None:
    assert language_of(said) == language


def test_a_language_is_that_of_the_nearest_part_that_says_one() -> None:
    inner = {"@type": "MenuSection", "name": "Sopas", "inLanguage": {"@type": "Language", "name": "Spanish"}}
    page = {"@type": "WebPage", "inLanguage": "pt", "mainEntity": menu(dish("Caldo"))}
    page["mainEntity"]["hasMenuSection"] = [page["mainEntity"]["hasMenuSection"], inner | {"hasMenuItem": dish("Ajo")}]
    imported = read(page)
    assert imported.languages == {"pt": 3, "es": 2}
    assert items(imported)["Ajo"]["name"]["es"] == "Ajo"


def test_a_translation_that_is_null_and_two_texts_in_one_language() -> None:
    imported = read(menu(dish({"en": "Soup", "es": None}, description=["Hot.", "Cold."])))
    assert (only(imported)["name"]["es"], only(imported)["description"]["en"]) == ("Soup", "Hot.")
    assert "another text in English" in reasons(imported)[f"{ITEM}.description[1]"]


def test_two_menus_of_a_file_in_two_languages_are_one_menu() -> None:
    imported = of_file("j44")
    assert only(imported)["name"] == {"en": "Onion soup", "es": "Sopa de cebolla", "pt": "Onion soup"}
    assert sections(imported)["Soups"]["name"]["es"] == "Sopas"
    assert imported.document is not None
    assert imported.document["name"] == {"en": "Menu", "es": "Carta", "pt": "Menu"}
    assert imported.unplaced == imported.remarks == ()


def test_what_the_second_language_says_otherwise_or_alone_is_named() -> None:
    english, spanish = (menu(dish("Soup", **{"@id": "#1"}), inLanguage="en"), menu(inLanguage="es", name="Carta"))
    spanish["hasMenuSection"]["hasMenuItem"] = [dish("Sopa", "10", **{"@id": "#1"}), dish("Té", "2")]
    imported = read([english, spanish])
    assert (only(imported)["name"]["es"], only(imported)["priceCents"]) == ("Sopa", 950)
    other = "$[1].hasMenuSection.hasMenuItem"
    assert reasons(imported) == {
        f"{other}[0].offers": "The menu in en says it differently.",
        f"{other}[1]": "It is in the menu in es only.",
    }
    lunch = menu(dish("Sándwich", **{"@id": "#9"}), name="Almuerzo", inLanguage="es")
    assert "a file of its own" in reasons(read([english, lunch]))["$[1]"]


# Files


@pytest.mark.parametrize("name", ["j07", "j08", "j09", "j15", "j16"])
def test_json_ld_as_it_stands_in_pages_is_read(name: str) -> None:
    imported = of_file(name)
    assert (only(imported)["name"]["en"], only(imported)["priceCents"]) == ("Onion soup", 650)
    assert imported.unplaced == ()


def test_a_line_break_in_a_text_is_a_space() -> None:
    assert only(of_file("j07"))["description"]["en"] == "With cheese. Served hot."


def test_sold_out_is_read_with_any_spelling_of_schema_org() -> None:
    assert only(of_file("j16"))["isAvailable"] is False


def page(*blocks: str, head: str = "") -> bytes:
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return f"<!DOCTYPE html><html><head>{head}{scripts}</head><body>Été</body></html>".encode()


WRITTEN = json.dumps(SOUP, ensure_ascii=False).replace("Onion", "Oignon à l’ail")


@pytest.mark.parametrize(
    "content",
    [
        WRITTEN.encode("utf-16"),
        WRITTEN.encode("utf-16-le"),
        WRITTEN.encode("utf-8-sig"),
        page(WRITTEN),
        page(f"<!--\n{WRITTEN}\n-->"),
        page(f"//<![CDATA[\n{WRITTEN};\n//]]>"),
        page(f"/*<![CDATA[*/{WRITTEN}/*]]>*/"),
        page('{"@type": "WebSite"}', WRITTEN, "{broken"),
        page(WRITTEN.replace('"', "&quot;")),
        page(WRITTEN, head='<meta charset="windows-1252">').decode().encode("windows-1252"),
    ],
)
def test_any_usual_encoding_and_any_page_around_it(content: bytes) -> None:
    assert only(read_menu(parse(content), HERE, is_emoji))["name"]["en"] == "Oignon à l’ail soup"


def test_what_else_a_page_carries_is_named_in_one_line_and_what_is_broken_by_its_place() -> None:
    others = ['{"@type": "WebSite"}', '{"@graph": [{"@type": "Organization", "name": "Nonna"}, {"name": "?"}]}']
    imported = read_menu(parse(page(*others, json.dumps(SOUP), "{broken")), HERE, is_emoji)
    assert reasons(imported) == {
        "script 4 of the page": "The file is not JSON: Expecting property name enclosed in double quotes, line 1, "
        "column 2.",
        "$[0]": "No part of a menu: WebSite ($[0]), Organization ($[1]['@graph'][0]), something without a type "
        "($[1]['@graph'][1]).",
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html><body>Soup 9.50</body></html>", "carries no JSON-LD"),
        (page("{broken"), "JSON-LD of the page cannot be read"),
        (b'{"@type": "Menu"}; alert(1)', "Extra data"),
        (b"\xe9t\xe9 {", "not UTF-8"),
        (b" \n", "is empty"),
        (json.dumps(SOUP).encode() + b";" + b" " * 1_000_000 + b"x", "Extra data"),
    ],
)
def test_a_file_without_a_menu_is_refused_with_its_reason(content: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableMenuError, match=sentence):
        read_menu(parse(content), HERE, is_emoji)


def test_a_name_that_stands_twice_in_an_object_loses_nothing() -> None:
    twice = '{"@type":"Menu","hasMenuItem":{"name":"A","offers":"1"},"hasMenuItem":{"name":"B","offers":"2"}}'
    assert set(items(read_menu(parse(twice.encode()), HERE, is_emoji))) == {"A", "B"}


# Sizes


def test_sizes_told_by_a_quantity_or_a_description_are_variants() -> None:
    imported = of_file("j06")
    found = items(imported)
    assert prices(found["Onion soup"]) == {"Cup": 350, "Bowl": 650}
    assert prices(found["Pea soup"]) == {"Small": 450, "Large": 750}
    assert (found["Bread"]["priceCents"], found["Onion soup"]["priceCents"]) == (100, 350)
    assert imported.unplaced == ()


@pytest.mark.parametrize(
    ("offers", "expected"),
    [
        ([{"price": 4, "itemOffered": {"name": "Glass"}}, {"price": 9, "itemOffered": "Bottle"}], ("Glass", "Bottle")),
        (
            [
                {"price": 4, "eligibleQuantity": {"value": 12, "unitCode": "ONZ"}},
                {"price": 9, "eligibleQuantity": {"value": 16, "unitText": "oz"}},
            ],
            ("12 oz", "16 oz"),
        ),
        (
            [
                {"name": "Soup", "price": 4, "eligibleQuantity": "Cup"},
                {"name": "Soup", "price": 9, "eligibleQuantity": "Bowl"},
            ],
            ("Cup", "Bowl"),
        ),
        (
            {
                "@type": "AggregateOffer",
                "lowPrice": 4,
                "highPrice": 9,
                "offers": [{"name": "S", "price": 4}, {"name": "L", "price": 9}],
            },
            ("S", "L"),
        ),
        ({"priceSpecification": [{"name": "Half", "price": 4}, {"name": "Full", "price": 9}]}, ("Half", "Full")),
    ],
)
def test_a_size_is_found_where_it_tells_the_offers_apart(offers: Any, expected: tuple[str, str]) -> None:
    imported = read(menu(dish(offers=offers)))
    assert prices(only(imported)) == dict(zip(expected, (400, 900), strict=True))
    assert imported.unplaced == ()


def test_what_is_said_of_a_size_besides_its_name_is_named() -> None:
    offers = [{"name": "Cup", "price": 4, "description": "8 oz"}, {"name": "Bowl", "price": 9}]
    assert list(reasons(read(menu(dish(offers=offers))))) == [f"{ITEM}.offers[0].description"]


def test_several_offers_at_one_price_are_one_price() -> None:
    assert only(read(menu(dish(offers=[{"price": "4"}, {"price": 4.0}]))))["priceCents"] == 400
    assert "needs a name" in str(reasons(read(menu(dish(offers=[{"price": "4"}, {"price": 5}]), dish("Tea")))))


# Prices


def test_prices_are_read_as_people_write_them() -> None:
    imported = of_file("j12")
    found = {name: item["priceCents"] for name, item in items(imported).items()}
    odd = {
        "thousands": 125_000,
        "whole with point": 1_200,
        "no leading zero": 99,
        "float noise low": 895,
        "zero": 0,
        "aggregate": 800,
    }
    assert {name: price for name, price in found.items() if price != 1_250} == odd
    assert len(found) == 22
    assert prices(items(imported)["aggregate"]) == {"Small": 800, "Large": 1_200}
    out = {reason.split(":")[0] for reason in reasons(imported).values()}
    assert out == {"decimal comma", "currency other", "market price", "from", "empty", "null"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("US$ 12.50", 1_250),
        ("US $12.50", 1_250),
        ("usd12.50", 1_250),
        ("$12.50 USD", 1_250),
        ("+$2", 200),
        ("12.-", 1_200),
        ("1.250,00", 125_000),
        ("12,345.5", 1_234_550),
        (Decimal("12.499999999999998"), 1_250),
        (Decimal("1E2"), 10_000),
    ],
)
def test_a_price_whose_meaning_is_clear(written: Any, expected: int) -> None:
    assert cents(written) == expected


@pytest.mark.parametrize(
    "written",
    ["12,50", "1,250", "1,2,3", "12⁵⁰", "$12½", "8-12", "$8 / $12", "12.50.1", ".", "$", "--1", "€12", "1e3", "12 50"],
)
def test_a_price_that_may_mean_two_things_is_none(written: str) -> None:
    with pytest.raises(PriceError, match="is not a price such as"):
        cents(written)


@settings(deadline=None)
@given(st.integers(0, 9_999_999), st.sampled_from(["{}", "${}", "{} USD", "US$ {}", "{}$", " {}\u00a0$ "]))
def test_a_price_that_we_print_is_read_as_the_same_price(amount: int, form: str) -> None:
    assert cents(form.format(f"{amount // 100:,}.{amount % 100:02}")) == amount
    assert cents(form.format(f"{amount // 100}.{amount % 100:02}")) == amount
    assert cents(Decimal(repr(amount / 100 + 0.1 - 0.1))) == amount


def test_tax_that_is_in_the_price_is_remarked_once() -> None:
    taxed = [dish(name, offers={"price": "5", "valueAddedTaxIncluded": True}) for name in ("Soup", "Bread")]
    (remark,) = remarks(read(menu(*taxed)))
    assert "has tax in it already" in remark
    assert "(2 places)" in remark


def test_a_price_for_members_is_named_and_never_taken_for_everybodys() -> None:
    for_members = {"price": "5", "validForMemberTier": {"@type": "MemberProgramTier", "name": "Gold"}}
    imported = read(menu(dish(offers={"priceSpecification": [for_members, {"price": "7"}]}), dish("Tea", "2")))
    assert items(imported)["Soup"]["priceCents"] == 700
    assert "for members" in reasons(imported)[f"{ITEM}.offers.priceSpecification[0]"]
    alone = reasons(read(menu(dish(offers=for_members), dish("Tea", "2"))))
    assert set(alone) == {ITEM, f"{ITEM}.offers"}


@pytest.mark.parametrize(
    ("offers", "taken", "named"),
    [
        ({"price": "7", "priceSpecification": {"price": "8"}}, 700, ".offers.priceSpecification"),
        ({"priceSpecification": [{"price": "7"}, {"price": "8"}]}, 700, ".offers.priceSpecification[1]"),
        (
            {"priceSpecification": [{"price": "9", "priceType": "StrikethroughPrice"}, {"price": "7"}]},
            700,
            ".offers.priceSpecification[0]",
        ),
        (
            {"price": "7", "priceSpecification": {"@type": "DeliveryChargeSpecification", "price": "3"}},
            700,
            ".offers.priceSpecification",
        ),
        ({"price": "7", "validThrough": "2026-12-24"}, 700, ".offers.validThrough"),
        ({"@type": "AggregateOffer", "lowPrice": "7", "highPrice": "7.00"}, 700, None),
    ],
)
def test_every_further_price_is_named(offers: dict[str, Any], taken: int, named: str | None) -> None:
    imported = read(menu(dish(offers=offers)))
    assert only(imported)["priceCents"] == taken
    assert list(reasons(imported)) == ([f"{ITEM}{named}"] if named else [])


def test_prices_in_cents_are_asked_about() -> None:
    imported = of_file("j24")
    assert {item["priceCents"] for item in items(imported).values()} == {90_000, 80_000}
    assert any("are they cents?" in remark for remark in remarks(imported))
    assert remarks(read(menu(dish(price="900"), dish("Tea", "2")))) == []


# Sections and texts


def test_an_empty_section_is_left_out_and_an_unnamed_one_keeps_its_dishes() -> None:
    imported = of_file("j18")
    assert set(items(imported)) == {"Onion soup", "Bread"}
    assert list(sections(imported)) == ["Dinner", "Bread"]
    path = "$.hasMenuSection"
    assert set(reasons(imported)) == {f"{path}[0]", f"{path}[1]", f"{path}[3].hasMenuItem[1]"}
    assert remarks(imported) == ["The section has no name; what is in it stands under Dinner."]
    inner = {"name": "Wine", "hasMenuItem": dish("House"), "hasMenuSection": {"hasMenuItem": dish("Barolo")}}
    nested = read({"@type": "Menu", "name": "Cellar", "hasMenuSection": inner})
    assert (list(sections(nested)), nested.items) == (["Wine"], 2)


def test_entities_and_tags_do_not_reach_diners() -> None:
    imported = of_file("j11")
    found = items(imported)
    assert list(found) == ["Mac & Cheese", "Surf & Turf"]
    assert found["Mac & Cheese"]["description"]["en"] == "Chef’s own – with crème"
    assert list(sections(imported)) == ["Fish & Chips"]
    assert (imported.document or {})["menuSlug"] == "lunch-brunch"
    assert remarks(imported) == ["HTML was taken out of a text: its entities and tags. (5 places)"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("one<br>two<p>three</p>", "one two three"),
        ("&lt;b&gt;hot&lt;/b&gt; soup", "hot soup"),
        ("<script>alert(1)</script>Soup", "Soup"),
        ("I <3 tacos", "I <3 tacos"),
        ("a < b & c > d", "a < b & c > d"),
        ("<New> burger", "<New> burger"),
        ("Salt &regular chips; &nope; AT&T", "Salt &regular chips; &nope; AT&T"),
        ("&#x1F336;&nbsp;Hot", "🌶 Hot"),
        ("one\u202etwo\x00\x1b[31m\u200bthree\ufeff", "onetwo[31mthree"),
        ("half\ud83d", "half"),
        ("  raw \r\n\t whitespace\u00a0\u2028here ", "raw whitespace here"),
    ],
)
def test_a_text_is_what_somebody_wrote_before_it_became_html(written: str, shown: str) -> None:
    assert plain(written)[0] == shown


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="<&", exclude_categories=["Cc", "Cf", "Cs"])))
def test_a_text_without_html_stays_as_it_is(text: str) -> None:
    shown, had_html = plain(text)
    assert not had_html
    assert plain(shown) == (shown, False)
    assert shown == unicodedata.normalize("NFC", " ".join(text.split()))


def test_a_pictures_address_is_decoded_too() -> None:
    item = only(read(menu(dish(image="https://example.com/?a=1&amp;b=2"))))
    assert item["imageUrls"] == ["https://example.com/?a=1&b=2"]


def test_one_emoji_is_one_emoji_however_many_code_points_it_has() -> None:
    imported = of_file("j40")
    assert {name: section.get("emoji") for name, section in sections(imported).items()} == {
        "Chef": "👩‍🍳",
        "Family": "👨‍👩‍👧‍👦",
        "Flag": "🇲🇽",
        "Text": None,
        "Two": None,
    }
    assert len(reasons(imported)) == 2


# Nothing vanishes


def test_sections_and_dishes_that_stand_beside_the_menu_are_named() -> None:
    imported = of_file("j49")
    assert list(items(imported)) == ["Soup"]
    assert reasons(imported) == {
        "$['@graph'][1]": "MenuSection 'Desserts' belongs to no menu that was read.",
        "$['@graph'][2]": "MenuItem 'Coffee' belongs to no menu that was read.",
    }


def test_a_section_that_says_what_it_is_part_of_is_part_of_it() -> None:
    desserts = {"@type": "MenuSection", "name": "Desserts", "isPartOf": {"@id": "#m"}, "hasMenuItem": dish("Cake")}
    imported = read({"@graph": [menu(dish(), **{"@id": "#m"}), desserts]})
    assert list(sections(imported)) == ["Mains", "Desserts"]
    assert imported.unplaced == ()


def test_a_reference_written_as_plain_text_is_one() -> None:
    section = {"@id": "#soups", "@type": "MenuSection", "name": "Soups", "hasMenuItem": dish()}
    imported = read({"@graph": [{"@type": "Menu", "hasMenuSection": ["#soups"]}, section]})
    assert (list(sections(imported)), imported.unplaced) == (["Soups"], ())


def test_a_second_menu_and_all_that_is_left_out_is_named_once() -> None:
    stub = {"@type": "Menu", "url": "https://example.com/menu"}
    business = {"@type": "Restaurant", "hasMenu": [stub, menu(dish()), menu(dish("Bread"), name="Lunch")]}
    imported = read({"@graph": [business, {"@type": "Offer", "price": "5"}]})
    assert only(imported)["name"]["en"] == "Soup"
    assert set(reasons(imported)) == {"$['@graph'][0].hasMenu[0]", "$['@graph'][0].hasMenu[2]", "$['@graph'][1]"}


def test_each_of_two_thousand_parts_without_a_menu_is_named() -> None:
    orphans = [{"@type": "MenuItem", "name": f"<b>{n}</b>"} for n in range(2_000)]
    assert len(read({"@graph": [SOUP, *orphans]}).unplaced) == 2_000
