"""Prices: the original's golden vectors, those that are refused now as refusals, and what must always hold."""

from __future__ import annotations

from typing import Any

import pytest

from shared.documents.menu import Menu
from shared.documents.places import Campaign
from shared.domain.pricing import CartLine, ModifierChoice, price_cart
from shared.errors import Problem


def text(word: str) -> dict[str, str]:
    return {"en": word, "es": f"{word} (es)", "pt": f"{word} (pt)"}


def options(**prices: int) -> list[dict[str, Any]]:
    return [{"id": key, "name": text(key), "priceCents": price} for key, price in prices.items()]


def modifier(key: str, most: int, free: int, extra: int, of: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "name": text(key),
        "type": "standard",
        "required": False,
        "selectionMode": "max",
        "maxChoices": most,
        "freeChoices": free,
        "extraChoicePriceCents": extra,
        "options": of,
    } | more


def menu(sales_tax: Any = 10.25, **more: Any) -> Menu:
    """The menu of the golden vectors (contract 3.1)."""
    items = [
        {
            "id": "i1",
            "name": text("Bowl"),
            "categoryId": "bowls",
            "priceCents": 995,
            "isAvailable": True,
            "stationTags": ["kitchen"],
            "variants": [
                {"id": "s", "name": "Small", "priceCents": 795},
                {"id": "l", "name": "Large", "priceCents": 1195},
            ],
            "modifiers": [
                modifier("top", 5, 3, 50, options(a=0, b=0, c=0, d=0, e=0, f=0)),
                modifier("add", 2, 0, 0, options(pb=100, ab=150, cb=175)),
            ],
        },
        {"id": "i3", "name": text("Tea"), "categoryId": "drinks", "priceCents": 600, "isAvailable": True},
        {
            "id": "i4",
            "name": text("Juice"),
            "priceCents": 500,
            "isAvailable": True,
            "modifiers": [modifier("mix", 3, 1, 0, options(x=25, y=40, z=60), required=True, selectionMode="single")],
        },
        {"id": "gone", "name": text("Soup"), "priceCents": 700, "isAvailable": False},
    ]
    document = {"_id": "m1", "restaurantId": "r", "locationId": "l", "salesTax": sales_tax, "items": items}
    return Menu.model_validate(document | more)


def line(item: str, *, variants: tuple[str, ...] = (), **choices: str) -> CartLine:
    """`top="abc"` chooses options a, b and c; `add="pb,ab"` takes longer names."""
    made = tuple(
        ModifierChoice(key, tuple(value.split(",") if "," in value or len(value) == 2 else value))
        for key, value in choices.items()
    )
    return CartLine(id=item, item_id=item, variant_ids=variants, modifiers=made)


def campaign(off: int, kind: str = "flat") -> Campaign:
    return giving(kind, flatOffCents=off)


def giving(kind: str, **reward: Any) -> Campaign:
    """A campaign of that kind with that reward."""
    return Campaign.model_validate(
        {"_id": "c", "originId": "o", "name": "Lunch", "type": kind, "reward": reward, "isActive": True}
    )


def total(lines: list[CartLine], off: Campaign | None = None, sales_tax: Any = 10.25, *, strict: bool = False) -> int:
    return price_cart([menu(sales_tax)], lines, off, strict=strict).amounts.total


@pytest.mark.parametrize(
    ("lines", "cents"),
    [
        pytest.param([line("i1")], 1097, id="nothing chosen"),
        pytest.param([line("i1", variants=("l",))], 1317, id="variant replaces the base price"),
        pytest.param([line("i1", variants=("l", "s"))], 876, id="the last variant wins"),
        pytest.param([line("i1", variants=("s",), top="abcde")], 987, id="three free, two at the extra price"),
        pytest.param([line("i1", variants=("s",), top="abc")], 876, id="all free"),
        pytest.param([line("i1", variants=("s",), add="pb,ab")], 1152, id="options at their own price"),
        pytest.param([line("i4", mix="xyz")], 662, id="one free, the others at their own price"),
        pytest.param([line("i4")], 551, id="a missing required choice is no choice"),
        pytest.param([line("i3")], 662, id="half a cent rounds up"),
        pytest.param([line("i1"), line("i3")], 1758, id="one rounding per order"),
    ],
)
def test_golden_vectors_are_priced_to_the_cent(lines: list[CartLine], cents: int) -> None:
    assert total(lines) == cents


@pytest.mark.parametrize(
    ("off", "cents"),
    [
        pytest.param(campaign(300), 797, id="flat"),
        pytest.param(campaign(5000), 0, id="never below zero"),
        pytest.param(campaign(-500), 1097, id="negative gives nothing"),
        pytest.param(campaign(300, "percent"), 797, id="percent that names cents only is flat"),
        pytest.param(campaign(300, "anything"), 797, id="another type is flat"),
        pytest.param(campaign(300, "bogo"), 1097, id="bogo gives nothing"),
        pytest.param(campaign(300, "free_item"), 1097, id="free_item gives nothing"),
        pytest.param(giving("percent", percentOff=10), 987, id="ten percent of the taxed sum"),
        pytest.param(giving("percent", percentOff=10, flatOffCents=900), 987, id="percent win over cents"),
        pytest.param(giving("percent", percentOff=100), 0, id="all of it"),
        pytest.param(giving("percent", percentOff=101), 1097, id="more than all is no percent"),
        pytest.param(giving("percent", percentOff=0), 1097, id="no percent"),
        pytest.param(giving("flat", percentOff=50, flatOffCents=300), 797, id="a flat campaign gives no percent"),
        pytest.param(giving("percent", percentOff=50, categoryIds=["bowls"]), 548, id="half, half up"),
        pytest.param(giving("percent", percentOff=50, categoryIds=["drinks"]), 1097, id="of another section"),
        pytest.param(giving("percent", percentOff=50, categoryIds=[]), 1097, id="of no section"),
        pytest.param(None, 1097, id="no running campaign"),
    ],
)
def test_golden_vectors_of_campaigns(off: Campaign | None, cents: int) -> None:
    assert total([line("i1")], off) == cents


@pytest.mark.parametrize(
    ("reward", "cents"),
    [
        pytest.param({"percentOff": 15}, 1494, id="263.7 of 1758"),
        pytest.param({"percentOff": 20, "categoryIds": ["drinks"]}, 1626, id="132.4 of the drink's 662"),
        pytest.param({"percentOff": 100, "categoryIds": ["bowls"]}, 661, id="the whole bowl with its tax"),
        pytest.param({"percentOff": 100, "categoryIds": ["bowls", "drinks"]}, 0, id="never below zero"),
    ],
)
def test_percent_are_taken_of_the_chosen_dishes_together_with_their_tax(reward: dict[str, Any], cents: int) -> None:
    assert total([line("i1"), line("i3")], giving("percent", **reward)) == cents


def test_each_discount_says_what_it_is_and_which_lines_it_is_taken_off() -> None:
    cart = [line("i3"), line("i1"), CartLine("b", "i3", quantity=2)]
    priced = price_cart([menu()], cart, giving("percent", percentOff=20, categoryIds=["drinks"]), strict=False)
    [discount] = priced.discounts
    assert (discount.campaign.name, discount.amount, discount.lines) == ("Lunch", 397, frozenset({0, 2}))
    assert discount.amount == priced.amounts.discount
    assert price_cart([menu()], cart, campaign(300), strict=False).discounts[0].lines is None
    assert price_cart([menu()], cart, giving("bogo", flatOffCents=3), strict=False).discounts == ()


def test_a_menu_with_no_tax_to_pay_is_priced_without_tax() -> None:
    assert total([line("i1")], sales_tax=0) == 995


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        pytest.param([line("i1", variants=("s",), top="abcdef")], "items.0.modifiers.0.options", id="six of five"),
        pytest.param([line("i1", variants=("s",), add="pb,ab,cb")], "items.0.modifiers.0.options", id="three of two"),
        pytest.param([line("i1", variants=("s",), add="no")], "items.0.modifiers.0.options.0.id", id="unknown option"),
        pytest.param([line("i1", variants=("xl",))], "items.0.variants.0.id", id="unknown variant"),
        pytest.param([line("i1", ice="ab")], "items.0.modifiers.0.id", id="unknown modifier"),
        pytest.param([line("i3"), line("i9")], "items.1.menuItemId", id="unknown item"),
        pytest.param([line("i1", top="aab")], "items.0.modifiers.0.options.1.id", id="an option twice"),
        pytest.param([], "items", id="empty cart"),
        pytest.param([CartLine("a", "i3", quantity=99)] * 3, "items", id="more than an order holds"),
    ],
)
def test_what_a_menu_does_not_offer_is_refused_naming_the_field(lines: list[CartLine], field: str) -> None:
    with pytest.raises(Problem) as refused:
        total(lines)
    assert (refused.value.code.code, refused.value.code.status) == ("CART_INVALID", 400)
    assert field in [row["field"] for row in refused.value.detail]


def test_a_repeated_modifier_does_not_renew_its_free_choices() -> None:
    twice = CartLine("a", "i1", modifiers=(ModifierChoice("top", ("a", "b", "c")), ModifierChoice("top", ("d",))))
    with pytest.raises(Problem) as refused:
        total([twice])
    assert refused.value.detail[0]["field"] == "items.0.modifiers.1.id"


def test_all_faults_of_a_cart_are_told_at_once() -> None:
    with pytest.raises(Problem) as refused:
        total([line("i9"), line("i1", variants=("xl",), add="no")])
    assert len(refused.value.detail) == 3


def test_a_sold_out_dish_is_refused_by_its_name() -> None:
    with pytest.raises(Problem, match="Soup is sold out") as refused:
        total([line("gone")])
    assert refused.value.code.code == "ITEM_SOLD_OUT"


def test_a_menu_without_a_tax_rate_sells_nothing() -> None:
    with pytest.raises(Problem) as refused:
        total([line("i1")], sales_tax=None)
    assert refused.value.code.code == "MENU_NOT_ORDERABLE"


def test_strict_callers_must_make_required_choices_and_single_means_one() -> None:
    with pytest.raises(Problem, match="please choose mix"):
        total([line("i4")], strict=True)
    with pytest.raises(Problem, match="at most 1"):
        total([line("i4", mix="x,y")], strict=True)
    assert total([line("i4", mix="x")], strict=True) == 551


def test_a_missing_required_choice_is_flagged_for_the_kitchen() -> None:
    priced = price_cart([menu()], [line("i4"), line("i4", mix="x")], None, strict=False)
    assert [one.missing for one in priced.lines] == [("mix",), ()]


def test_two_sizes_in_one_line_are_refused_where_strict_and_the_last_one_counts_elsewhere() -> None:
    with pytest.raises(Problem, match="please choose one size") as refused:
        total([line("i3"), line("i1", variants=("l", "s"))], strict=True)
    assert (refused.value.code.code, refused.value.detail[0]["field"]) == ("CART_INVALID", "items.1.variants")
    assert total([line("i1", variants=("l", "s"))]) == 876
    assert total([line("i1", variants=("l",))], strict=True) == 1317


@pytest.mark.parametrize(
    ("variants", "written"),
    [
        pytest.param([("s", 795, False), ("l", 1195, True)], ["l"], id="the marked one, whatever it costs"),
        pytest.param([("s", 995, False), ("l", 1195, False)], ["s"], id="the one at the dish's own price"),
        pytest.param([("s", 995, False), ("m", 995, False)], [], id="two at that price say nothing"),
        pytest.param([("s", 795, False), ("l", 1195, False)], [], id="none at that price says nothing"),
    ],
)
def test_a_dish_ordered_without_a_size_is_cooked_in_the_default_one_at_the_same_price(
    variants: list[tuple[str, int, bool]], written: list[str]
) -> None:
    sizes = [{"id": key, "name": key, "priceCents": cents, "default": default} for key, cents, default in variants]
    bowl = {"id": "i1", "name": text("Bowl"), "priceCents": 995, "isAvailable": True, "variants": sizes}
    priced = price_cart([menu(items=[bowl])], [line("i1")], None, strict=True)
    assert [(one.id, one.assumed) for one in priced.lines[0].variants] == [(key, True) for key in written]
    assert priced.amounts.total == 1097
    chosen = price_cart([menu(items=[bowl])], [line("i1", variants=(variants[0][0],))], None, strict=True)
    assert [(one.id, one.assumed) for one in chosen.lines[0].variants] == [(variants[0][0], False)]


def test_staff_read_each_text_in_their_language_whatever_the_diner_reads() -> None:
    choices = (ModifierChoice("add", ("pb",), "add (es)", ("pb (es)",)),)
    cart = [CartLine("a", "i1", name="Bowl (es)", modifiers=choices), CartLine("b", "i4", name="Juice (es)")]
    for language, read in (("en", ""), ("pt", " (pt)")):
        bowl, juice = price_cart([menu()], cart, None, strict=False, staff_language=language).lines
        added = bowl.modifiers[0]
        assert (bowl.name, added.name, added.options[0].name) == ("Bowl (es)", "add (es)", "pb (es)")
        assert bowl.staff_name == f"Bowl{read}"
        assert (added.staff_name, added.options[0].staff_name) == (f"add{read}", f"pb{read}")
        assert (juice.missing, juice.staff_missing) == (("mix",), (f"mix{read}",))


def test_names_come_from_the_menu_in_the_language_that_the_diner_read() -> None:
    spanish = CartLine("a", "i1", name="Bowl (es)", modifiers=(ModifierChoice("add", ("pb",), "add (es)", ("free!",)),))
    priced = price_cart([menu()], [spanish, CartLine("b", "i3", name="Champagne")], None, strict=False)
    assert [one.name for one in priced.lines] == ["Bowl (es)", "Tea"]
    assert priced.lines[0].modifiers[0].name == "add (es)"
    assert priced.lines[0].modifiers[0].options[0].name == "pb"


def test_dishes_of_several_menus_go_together_only_when_they_are_taxed_alike() -> None:
    drinks = [{"id": "cola", "name": "Cola", "priceCents": 300, "isAvailable": True}]
    alike = [menu(), menu(_id="m2", items=drinks)]
    assert price_cart(alike, [line("i3"), line("cola")], None, strict=False).amounts.subtotal == 900
    apart = [menu(), menu(_id="m2", items=drinks, salesTax=5)]
    with pytest.raises(Problem, match="taxed differently"):
        price_cart(apart, [line("i3"), line("cola")], None, strict=False)
