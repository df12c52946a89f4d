"""What a screen has of an order, and what is left to do there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from shared.documents.orders import Order
from shared.documents.places import StationTags
from shared.domain.on_screen import OnScreen

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
STATIONS = [StationTags(id="grill", tags=["grill"]), StationTags(id="fry", tags=["fry"])]


def order(*items: tuple[str, list[str]], done: tuple[str, ...] = (), **more: Any) -> Order:
    """An order of items by their id and tags; `done`: those that are complete."""
    rows = [{"id": key, "stationTags": tags, "completedAt": NOON if key in done else None} for key, tags in items]
    return Order.model_validate({"_id": ObjectId(), "items": rows, **more})


def at(screen: str, one: Order) -> OnScreen:
    return OnScreen.of(one, screen, STATIONS)


def bumps(screen: str, one: Order) -> list[str]:
    return [item.id for item in at(screen, one).to_bump()]


STEAK, FRIES, BOTH, BREAD = ("steak", ["grill"]), ("fries", ["fry"]), ("combo", ["grill", "fry"]), ("bread", ["oven"])


def test_a_station_bumps_what_it_makes_and_expo_everything() -> None:
    one = order(STEAK, FRIES, BOTH)
    assert bumps("grill", one) == ["steak", "combo"]
    assert bumps("expo", one) == ["steak", "fries", "combo"]
    assert at("grill", one).makers == {"steak": ["grill"], "fries": ["fry"], "combo": ["grill", "fry"]}


def test_what_an_order_was_routed_to_counts_though_the_tags_are_others_by_now() -> None:
    routed = {"routing": [{"stationId": "fry", "itemIds": ["bread"]}, {"stationId": "gone", "itemIds": ["steak"]}]}
    assert at("fry", order(STEAK, BREAD, **routed)).makers == {"steak": ["grill"], "bread": ["fry"]}


def test_what_nobody_makes_goes_with_the_last_station() -> None:
    assert bumps("grill", order(STEAK, FRIES, BREAD)) == ["steak"]
    assert bumps("grill", order(STEAK, FRIES, BREAD, done=("fries",))) == ["steak", "bread"]
    assert bumps("fry", order(BREAD)) == ["bread"]
    # Somebody else's dish is open still, but nothing of this order is this station's.
    assert bumps("fry", order(STEAK, BREAD)) == ["bread"]


def test_a_mark_holds_while_the_screens_own_items_are_done() -> None:
    marks = {"stationMarks": [{"stationId": "grill", "bumpedAt": NOON}]}
    assert at("grill", order(STEAK, FRIES, done=("steak",), **marks)).bumped_at == NOON
    assert at("grill", order(STEAK, FRIES, **marks)).bumped_at is None
    assert at("fry", order(STEAK, FRIES, done=("steak",), **marks)).bumped_at is None


def test_what_nobody_makes_is_never_hidden_by_bumps_on_every_screen() -> None:
    grill, fry = {"stationId": "grill", "bumpedAt": NOON}, {"stationId": "fry", "bumpedAt": NOON}
    # The fryer is still to bump, and takes the bread along.
    assert at("grill", order(STEAK, FRIES, BREAD, done=("steak",), stationMarks=[grill])).bumped_at == NOON
    both = order(STEAK, FRIES, BREAD, done=("steak", "fries"), stationMarks=[grill, fry])
    assert (at("grill", both).bumped_at, at("fry", both).bumped_at) == (None, None)
    assert bumps("grill", both) == bumps("fry", both) == ["bread"]
    # The fryer's station was deleted: nobody makes the fries, and nobody else has the order.
    alone = OnScreen.of(order(STEAK, FRIES, done=("steak",), stationMarks=[grill]), "grill", STATIONS[:1])
    assert (alone.bumped_at, [item.id for item in alone.to_bump()]) == (None, ["fries"])


def test_what_was_given_back_is_done() -> None:
    refunds = {"refunds": [{"_id": "r", "units": ["steak"], "at": NOON}]}
    one = at("grill", order(STEAK, FRIES, done=("fries",), **refunds))
    assert (one.undone, one.voided) == ([], {"steak": NOON})
    declined = {"refunds": [{"_id": "r", "units": ["steak"], "at": NOON, "declined": True}]}
    assert [item.id for item in at("grill", order(STEAK, **declined)).undone] == ["steak"]


def test_a_recall_takes_back_the_own_items_and_what_went_along_with_that_bump() -> None:
    marks = {"stationMarks": [{"stationId": "grill", "bumpedAt": NOON}]}

    def opened(screen: str, *done: str, **more: Any) -> list[str]:
        one = order(STEAK, FRIES, BREAD, done=done, **more)
        return [item.id for item in at(screen, one).to_reopen()]

    assert opened("grill", "steak", "fries", "bread", **marks) == ["steak", "bread"]
    assert opened("grill", "steak", "fries", "bread") == ["steak"]
    assert opened("fry", "steak", "fries", "bread", **marks) == ["fries"]
    assert opened("fry", "steak") == []
    later = {"stationMarks": [{"stationId": "grill", "bumpedAt": NOON + timedelta(minutes=1)}]}
    assert opened("grill", "steak", "fries", "bread", **later) == ["steak"]


def test_the_word_recalled_stands_until_the_screen_is_done_again() -> None:
    back, bumped = {"stationId": "grill", "recalledAt": NOON}, {"stationId": "grill", "bumpedAt": NOON}
    assert at("grill", order(STEAK, stationMarks=[back])).recalled_at == NOON
    assert at("fry", order(STEAK, stationMarks=[back])).recalled_at is None
    assert at("grill", order(STEAK, recalledAt=NOON)).recalled_at == NOON
    assert at("grill", order(STEAK, recalledAt=NOON, stationMarks=[bumped])).recalled_at is None
