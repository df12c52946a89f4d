"""Dishes and origins are counted once each, whatever the diners' languages."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from shared.documents.orders import Order
from shared.domain.sales import ByDish, ByOrigin


def order(*items: dict[str, Any], **stored: Any) -> Order:
    rows = [{"id": str(number), "menuItemId": "cap", "priceCents": 500, **item} for number, item in enumerate(items)]
    return Order.model_validate({"_id": ObjectId(), "items": rows, **stored})


def dishes(*orders: Order, on_menu: dict[str, str] | None = None) -> list[tuple[str, str, int, int]]:
    counted = ByDish()
    for one in orders:
        counted.add(one)
    return [(row.id, row.name, row.units, row.cents) for row in counted.named(on_menu or {})]


def test_a_dish_that_two_diners_read_in_two_languages_is_one_row() -> None:
    english = order({"name": "Cappuccino", "staffName": "Capuchino"})
    portuguese = order({"name": "Capuccino", "staffName": "Capuchino"})
    assert dishes(english, portuguese) == [("cap", "Capuchino", 2, 1000)]


def test_old_orders_are_named_by_the_menu() -> None:
    old = order({"name": "Cappuccino"}), order({"name": "Capuchino"})
    assert dishes(*old, on_menu={"cap": "Capuchino"}) == [("cap", "Capuchino", 2, 1000)]
    assert dishes(*old) == [("cap", "Cappuccino", 2, 1000)]


def test_the_best_sold_comes_first() -> None:
    found = dishes(
        order({"menuItemId": "tea", "name": "Tea"}, {"menuItemId": "cake", "name": "Cake", "priceCents": 900})
    )
    assert [row[0] for row in found] == ["cake", "tea"]


def test_the_counter_and_the_web_are_apart() -> None:
    origins = ByOrigin()
    origins.add(order({}, origin={"id": "", "name": "web"}, totalPriceCents=550))
    origins.add(order({}, origin={"id": "", "name": "pos"}, totalPriceCents=100))
    origins.add(order({}, counter={"kind": "cash"}, totalPriceCents=200))
    origins.add(order({}, {}, origin={"id": "t1", "name": "Table 1"}, totalPriceCents=1100))
    origins.add(order({}, origin={"id": "t1", "name": "Window"}, totalPriceCents=50))
    found = [(row.id, row.name, row.units, row.cents) for row in origins.best_first()]
    assert found == [("t1", "Window", 3, 1150), ("", "web", 1, 550), ("", "pos", 2, 300)]
