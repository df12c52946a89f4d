"""Ids, carts, routing and announcements: small rules as tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from shared.documents.orders import OrderEvent, OrderItem
from shared.documents.places import Station
from shared.domain.announcements import announce
from shared.domain.carts import cart_key, held_lines, unit_ids
from shared.domain.pricing import CartLine, ModifierChoice
from shared.domain.routing import route_items
from shared.ids import new_id, order_code, request_id

HEX = [f"{n:024x}" for n in range(1, 9)]


def test_order_codes_never_repeat_within_a_day_and_are_readable() -> None:
    codes = [order_code(n) for n in range(20_000)]
    assert len(set(codes)) == len(codes)
    assert {len(code) for code in codes[:12_167]} == {3}
    assert len(codes[-1]) == 4
    assert not set("".join(codes)) & set("01258OISZBAEU")


def test_ids_tell_nothing_of_time_or_order() -> None:
    made = [new_id() for _ in range(64)]
    assert made != sorted(made)
    assert len({one.generation_time.year for one in made}) > 5


@pytest.mark.parametrize(("sent", "kept"), [("abc-123", True), ("a b", False), ("x" * 101, False), ("", False)])
def test_only_a_sane_request_id_of_the_caller_is_kept(sent: str, kept: bool) -> None:
    assert (request_id(sent) == sent) is kept
    assert request_id(sent)


def cart(*lines: CartLine, origin: str = "o", customer: tuple[str, str] = ("Ann", "")) -> str | None:
    return cart_key("l", origin, customer, lines)


ANN = CartLine(HEX[0], "soup", notes="hot")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(cart(CartLine(HEX[1], "soup", notes="hot")), id="another line id"),
        pytest.param(cart(CartLine(HEX[0], "salad", notes="hot")), id="another dish"),
        pytest.param(cart(CartLine(HEX[0], "soup", notes="hot", quantity=2)), id="another quantity"),
        pytest.param(cart(CartLine(HEX[0], "soup", notes="cold")), id="another note"),
        pytest.param(cart(CartLine(HEX[0], "soup", notes="hot", variant_ids=("l",))), id="another size"),
        pytest.param(
            cart(CartLine(HEX[0], "soup", notes="hot", modifiers=(ModifierChoice("m", ("a",)),))), id="another choice"
        ),
        pytest.param(cart(ANN, origin="p"), id="another table"),
        pytest.param(cart(ANN, customer=("Bob", "")), id="another diner"),
    ],
)
def test_another_cart_has_another_key(other: str | None) -> None:
    assert other is not None
    assert other != cart(ANN)


def test_the_same_cart_has_the_same_key_whatever_the_order_of_its_lines() -> None:
    tea = CartLine(HEX[1], "tea")
    assert cart(ANN, tea) == cart(tea, ANN) is not None


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([CartLine("1", "soup")], id="an id that is no 24 hex"),
        pytest.param([ANN, CartLine(HEX[0], "tea")], id="an id twice"),
        pytest.param([], id="nothing"),
    ],
)
def test_a_cart_that_cannot_be_told_from_another_has_no_key(lines: list[CartLine]) -> None:
    assert cart(*lines) is None


def test_a_line_of_n_has_n_units_and_the_first_keeps_its_id() -> None:
    fresh = iter(HEX[4:])
    lines = [CartLine(HEX[0], "soup", quantity=2), CartLine(HEX[0], "tea"), CartLine("x", "tea")]
    units = unit_ids(lines, lambda: next(fresh))
    assert [one.unit_ids for one in units] == [(HEX[0], HEX[4]), (HEX[5],), (HEX[6],)]
    assert held_lines(one.line_id for one in units) == [HEX[0], HEX[5], HEX[6]]


def station(key: str, *tags: str) -> Station:
    return Station.model_validate({"_id": key, "restaurantId": "r", "locationId": "l", "tags": list(tags)})


def item(key: str, *tags: str) -> OrderItem:
    return OrderItem.model_validate({"id": key, "stationTags": list(tags)})


def test_items_go_to_every_station_that_shares_a_tag() -> None:
    routing = route_items([item("a", "bar"), item("b", "grill", "bar")], [station("B", "bar"), station("G", "grill")])
    assert [(route.station_id, route.item_ids) for route in routing.routes] == [("B", ["a", "b"]), ("G", ["b"])]
    assert routing.unrouted == ()


def test_an_item_that_matches_no_station_goes_to_all_of_them() -> None:
    routing = route_items(
        [item("a", "bar"), item("b"), item("c", "oven")], [station("B", "bar"), station("G", "grill")]
    )
    assert [(route.station_id, route.item_ids) for route in routing.routes] == [("B", ["a"]), ("G", [])]
    assert routing.unrouted == ("b", "c")


def row(kind: str, **payload: Any) -> OrderEvent:
    stations = [{"stationId": "S1", "stationTags": ["bar"]}, {"stationId": "S2", "stationTags": ["grill"]}]
    return OrderEvent.model_validate(
        {
            "_id": "x:1",
            "orderId": ObjectId(HEX[0]),
            "restaurantId": "r",
            "locationId": ObjectId(HEX[1]),
            "seq": 1,
            "type": kind,
            "payload": {"correlationId": "c", "stations": stations, **payload},
            "createdAt": datetime(2026, 3, 9, 16, tzinfo=UTC),
        }
    )


def test_a_created_order_is_announced_to_its_diner_the_board_and_its_stations() -> None:
    messages = announce(row("created"))
    groups = [f"order.{HEX[0]}", f"location.{HEX[1]}", "station.S1", "station.S2"]
    assert [(message.group, message.event) for message in messages] == [(group, "order_received") for group in groups]
    assert messages[0].payload == {"orderId": HEX[0], "restaurantId": "r", "locationId": HEX[1], "correlationId": "c"}


def test_an_accepted_order_is_a_new_order_for_its_stations() -> None:
    stations = [message for message in announce(row("accepted")) if message.group == "station.S1"]
    assert [message.event for message in stations] == ["order_accepted", "new_order"]
    assert stations[1].payload == {
        "orderId": HEX[0],
        "stationTags": ["bar"],
        "locationId": HEX[1],
        "correlationId": "c",
    }


def test_item_events_carry_what_each_screen_reads() -> None:
    diner, board, first, _ = announce(row("item_started", itemId="i"))
    assert (diner.event, diner.payload) == ("order_item_started", {"orderId": HEX[0], "itemId": "i"})
    assert board.event == "dashboard_order_item_started"
    assert board.payload == {"orderId": HEX[0], "itemId": "i", "restaurantId": "r", "locationId": HEX[1]}
    assert first.payload == board.payload | {"stationId": "S1", "stationTags": ["bar"]}


@pytest.mark.parametrize("kind", ["ready", "picked_up", "cancelled", "rejected", "recalled"])
def test_every_group_hears_every_row(kind: str) -> None:
    assert len({message.group for message in announce(row(kind))}) == 4
