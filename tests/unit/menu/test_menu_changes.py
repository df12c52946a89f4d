"""What is written of a menu that was edited: only what differs, and where it stands."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from shared.domain.menu_edits.account import sides
from shared.store.menu_edits import changes

SOUP = {"id": "soup", "name": {"en": "Soup", "es": "Sopa"}, "priceCents": 900, "variants": [{"id": "l", "name": "L"}]}
TEA = {"id": "tea", "name": {"en": "Tea"}, "priceCents": 300}


def menu(*items: Any, **more: Any) -> dict[str, Any]:
    return {"_id": 1, "salesTax": 10, "items": list(items), **more}


@pytest.mark.parametrize(
    ("after", "sets", "unsets"),
    [
        (menu(SOUP, TEA), {}, []),
        (menu(SOUP, {**TEA, "priceCents": 350}), {"items.1.priceCents": 350}, []),
        (menu({**SOUP, "name": {"en": "Soup", "es": "Caldo"}}, TEA), {"items.0.name.es": "Caldo"}, []),
        (menu({**SOUP, "variants": [{"id": "l", "name": "XL"}]}, TEA), {"items.0.variants.0.name": "XL"}, []),
        (menu(SOUP, TEA, {"id": "pie"}), {"items.2": {"id": "pie"}}, []),
        (menu(TEA), {"items": [TEA]}, []),
        (menu(TEA, SOUP), {"items": [TEA, SOUP]}, []),
        (menu(SOUP, {"id": "tea", "name": {"en": "Tea"}}), {}, ["items.1.priceCents"]),
        (menu(SOUP, TEA, salesTax=8.875, archivedAt=None), {"salesTax": 8.875, "archivedAt": None}, []),
        (menu({**SOUP, "variants": []}, TEA), {"items.0.variants": []}, []),
        (menu({**SOUP, "a.b": 1}, TEA), {"items": [{**SOUP, "a.b": 1}, TEA]}, []),
    ],
)
def test_only_what_differs_is_written(after: Any, sets: Any, unsets: Any) -> None:
    if "a.b" in after["items"][0]:
        assert changes(menu(SOUP, TEA), after) == ({"items.0": after["items"][0]}, [])
    else:
        assert changes(menu(SOUP, TEA), after) == (sets, unsets)


def test_a_one_is_no_true() -> None:
    before, after = menu({"id": "soup", "isAvailable": 1}), menu({"id": "soup", "isAvailable": True})
    assert changes(before, after) == ({"items.0.isAvailable": True}, [])


def test_rows_without_ids_and_odd_lists_are_written_whole() -> None:
    for rows in ([{"name": "a"}, {"name": "b"}], [1], None):
        after = menu(SOUP)
        assert changes({**after, "items": rows}, after) == ({"items": [SOUP]}, [])
    key = ObjectId()
    before, after = menu({"id": key, "priceCents": 1}), menu({"id": str(key), "priceCents": 2})
    assert changes(before, after) == ({"items.0.id": str(key), "items.0.priceCents": 2}, [])


def test_the_trail_tells_the_fields_that_differ_with_the_ids_of_their_rows() -> None:
    after = menu({**SOUP, "priceCents": 950}, {"id": "pie"}, salesTax=8)
    assert sides(menu(SOUP, TEA), after) == (
        {"salesTax": 10, "items": [{"id": "soup", "priceCents": 900}, TEA]},
        {"salesTax": 8, "items": [{"id": "soup", "priceCents": 950}, {"id": "pie"}]},
    )
    assert sides(menu(SOUP, TEA), menu(TEA, SOUP)) == ({"items": ["soup", "tea"]}, {"items": ["tea", "soup"]})
    many = menu(*({"id": str(number), "priceCents": 1} for number in range(150)))
    raised = menu(*({"id": str(number), "priceCents": 2} for number in range(150)))
    before, now = sides(many, raised)
    assert (len(before["items"]), before["itemsInAll"], now["itemsInAll"]) == (100, 150, 150)
