"""Two people change one menu: what comes of it, field by field (rules 16)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.menu_merge import (
    ABSENT,
    ORDER,
    SERVICE,
    Conflict,
    Content,
    Difference,
    apply,
    content_of,
    differences,
    merge,
    told,
    with_service_of,
)
from shared.domain.menu_rows import same
from tests.integration.world import World

BASE = content_of(World().documents()["menus"][0])

CENTS = st.integers(0, 3)


def contents(*, old: bool) -> st.SearchStrategy[Content]:
    """Contents of menus; old ones hold rows without an id or with one that another has, and things that are none."""

    def rows(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
        ids = st.sampled_from(["a", "b", "c", "d", ""] if old else ["a", "b", "c", "d"])
        row = st.fixed_dictionaries({"id": ids}, optional=fields)
        if old:
            return st.lists(st.one_of(row, row, row, st.none()), max_size=4)
        return st.lists(row, max_size=4, unique_by=lambda row: row["id"])

    options = rows(priceCents=CENTS, isAvailable=st.booleans())
    items = rows(
        priceCents=CENTS,
        name=st.fixed_dictionaries({"en": st.sampled_from("xy")}),
        isAvailable=st.booleans(),
        dailyStock=CENTS,
        variants=st.one_of(options, st.none()),
        modifiers=rows(required=st.booleans(), options=options),
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(["x", "y"]),
            "salesTax": st.sampled_from([0, 1, 1.5, True, float("nan")]),
            "categories": rows(sortOrder=CENTS),
            "items": items,
        },
    )


ANY, PLAIN = contents(old=True), contents(old=False)


def changed(path: str, value: Any, of: Content = BASE) -> dict[str, Any]:
    return apply(of, [Difference(tuple(path.split(".")), None, value)])


def shuffled(content: Content) -> Any:
    """The content, whatever the order of its rows."""
    if isinstance(content, dict):
        return {name: shuffled(content[name]) for name in sorted(content)}
    if isinstance(content, list):
        return sorted(repr(shuffled(row)) for row in content)
    return repr(content)


@given(ANY, ANY)
def test_what_differs_makes_one_content_of_the_other(before: Content, after: Content) -> None:
    was = deepcopy(before)
    assert same(apply(before, differences(before, after)), after)
    assert same(before, was)
    assert differences(after, after) == []


@given(ANY, ANY)
def test_where_one_side_changed_nothing_the_other_holds(base: Content, other: Content) -> None:
    for merged in (merge(base, base, other), merge(base, other, base), merge(base, other, other)):
        assert same(merged.content, other)
        assert merged.conflicts == ()


@given(PLAIN, PLAIN, PLAIN)
def test_nothing_that_one_side_did_is_lost_unsaid(base: Content, ours: Content, theirs: Content) -> None:
    merged = merge(base, ours, theirs)
    named = [conflict.path for conflict in merged.conflicts]
    for side in (ours, theirs):
        for change in differences(base, side):
            if change.path[-1] == ORDER or any(change.path[: len(path)] == path for path in named):
                continue
            # Either it is there, or the other side says something of the row that it is in.
            still = apply(merged.content, [change])
            assert same(shuffled(still), shuffled(merged.content)) or any(
                path[: len(change.path)] == change.path for path in named
            ), change


@given(PLAIN, PLAIN, PLAIN)
def test_both_sides_name_the_same_conflicts_and_agree_on_the_rest(
    base: Content, ours: Content, theirs: Content
) -> None:
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert {conflict.path for conflict in one.conflicts} == {conflict.path for conflict in other.conflicts}
    if not one.conflicts:
        assert shuffled(one.content) == shuffled(other.content)


@given(PLAIN, PLAIN, PLAIN)
def test_a_draft_that_follows_a_live_edit_keeps_what_it_changed_and_says_so_later(
    base: Content, draft: Content, live: Content
) -> None:
    content, seen = merge(base, draft, live).content, merge(draft, base, live).content
    before, after = merge(base, draft, live), merge(seen, content, live)
    assert shuffled(after.content) == shuffled(before.content)
    assert bool(after.conflicts) == bool(before.conflicts)


@given(ANY, ANY)
def test_what_service_decided_stays_and_all_else_comes_back(version: Content, live: Content) -> None:
    back = with_service_of(version, live)
    assert {change.path[-1] for change in differences(version, back)} <= set(SERVICE)
    # Of what is in both, service says what it says now.
    merged = merge(version, version, back).content
    assert {change.path[-1] for change in differences(merged, with_service_of(merged, live))} == set()


def test_two_prices_of_two_dishes_are_both_changed() -> None:
    merged = merge(BASE, changed("items.soup.priceCents", 1), changed("items.tea.priceCents", 2))
    assert [row["priceCents"] for row in merged.content["items"]] == [1, 2, 300, 900]
    assert merged.conflicts == ()


def test_one_price_that_both_changed_is_named() -> None:
    merged = merge(BASE, changed("items.soup.priceCents", 1), changed("items.soup.priceCents", 2))
    assert merged.content["items"][0]["priceCents"] == 1
    assert merged.conflicts == (Conflict(("items", "soup", "priceCents"), 1000, 1, 2),)
    assert told(merged.conflicts[0].path) == "items.soup.priceCents"


def test_a_dish_that_one_took_away_and_the_other_changed_is_named_as_a_whole() -> None:
    gone, dearer = changed("items.soup", ABSENT), changed("items.soup.priceCents", 2)
    for ours, theirs in ((gone, dearer), (dearer, gone)):
        merged = merge(BASE, ours, theirs)
        assert [conflict.path for conflict in merged.conflicts] == [("items", "soup")]
        assert same(merged.content, ours)


def test_a_dish_added_in_the_middle_stands_where_it_stood_when_the_other_sorts_the_list_anew() -> None:
    added = {**BASE, "items": [*BASE["items"][:1], {"id": "pie"}, *BASE["items"][1:]]}
    turned = {**BASE, "items": BASE["items"][::-1]}
    for ours, theirs in ((added, turned), (turned, added)):
        merged = merge(BASE, ours, theirs)
        assert [row["id"] for row in merged.content["items"]] == ["salad", "bread", "tea", "soup", "pie"]
        assert merged.conflicts == ()


def test_two_new_orders_of_one_list_are_named() -> None:
    turned, tea_first = BASE["items"][::-1], [BASE["items"][index] for index in (1, 0, 2, 3)]
    merged = merge(BASE, {**BASE, "items": turned}, {**BASE, "items": tea_first})
    assert [conflict.path for conflict in merged.conflicts] == [("items", ORDER)]
    assert merged.content["items"] == turned


def test_true_is_no_price_of_one_cent() -> None:
    assert [change.path for change in differences({"salesTax": 1}, {"salesTax": True})] == [("salesTax",)]
    assert differences({"salesTax": 10}, {"salesTax": 10.0}) == []
