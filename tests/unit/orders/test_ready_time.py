"""When an order will be ready, by what the kitchen did lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from shared.documents.orders import Order
from shared.domain.ready_time import LATEST, SOONEST, estimate, kitchen_of

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def order(status: str, began: float, ready: float | None = None, **more: Any) -> Order:
    """An order, with its times in minutes after noon."""
    at = NOON + timedelta(minutes=began)
    done = None if ready is None else NOON + timedelta(minutes=ready)
    accepted = {} if status == "CREATED" else {"acceptedAt": at.isoformat()}
    return Order.model_validate(
        {
            "_id": ObjectId(),
            "status": status,
            "startedAt": at,
            "meta": accepted,
            "items": [{"completedAt": None if done is None else done - timedelta(minutes=1)}, {"completedAt": done}],
            **more,
        }
    )


def made(*times: tuple[float, float]) -> list[Order]:
    return [order("PICKED_UP", began, ready) for began, ready in times]


QUIET = made((-120, -110), (-90, -80), (-60, -50))
"""Ten minutes each, one after the other, nobody in line."""

IN_LINE = made(*((-60 + n, -60 + 5 * (n + 1)) for n in range(6)))
"""Six orders within six minutes, one of them ready every five minutes."""


def minutes(of: Order, known: list[Order], now: float = 0) -> float | None:
    """The estimate, in minutes after noon."""
    at = estimate(of, kitchen_of(known), NOON + timedelta(minutes=now))
    return None if at is None else (at - NOON) / timedelta(minutes=1)


def test_a_quiet_kitchen_takes_what_it_took() -> None:
    assert minutes(order("ACCEPTED", 0), QUIET) == 10


def test_each_order_in_line_costs_the_time_between_two_ready_ones() -> None:
    waiting = [order("ACCEPTED", -1 - n / 10) for n in range(10)]
    few = minutes(order("ACCEPTED", 0), IN_LINE + waiting[:2])
    many = minutes(order("ACCEPTED", 0), IN_LINE + waiting)
    assert few is not None
    assert many is not None
    assert 10 <= few <= 15
    assert 8 * 4 <= many - few <= 8 * 5


def test_a_kitchen_that_was_never_busy_is_slower_with_a_line() -> None:
    line = [order("ACCEPTED", -1 - n / 10) for n in range(4)]
    assert minutes(order("ACCEPTED", 0), QUIET + line) == 10 + 4 * 5


def test_the_estimate_stands_still_while_the_line_moves_on() -> None:
    mine, ahead = order("ACCEPTED", 0), [order("ACCEPTED", -3 + n) for n in range(3)]
    at_first = minutes(mine, [*QUIET, *ahead, mine])
    later = [order("READY_FOR_PICKUP", -3, 7), *ahead[1:]]
    assert minutes(mine, [*QUIET, *later, mine], now=8) == at_first


def test_what_comes_later_or_is_off_is_not_in_line() -> None:
    after = [order("ACCEPTED", 1), order("CANCELLED", -1), order("REJECTED", -1)]
    assert minutes(order("ACCEPTED", 0), QUIET + after) == minutes(order("ACCEPTED", 0), QUIET)


def test_an_order_that_is_not_accepted_could_be_now_at_best() -> None:
    assert minutes(order("CREATED", 0), QUIET) == 10
    assert minutes(order("CREATED", 0), QUIET, now=7) == 17


def test_a_late_order_is_ready_soon_until_nothing_can_be_said() -> None:
    late = order("ACCEPTED", 0)
    assert minutes(late, QUIET, now=30.5) == 33
    assert minutes(late, QUIET, now=71) is None


def test_it_is_rounded_up_to_the_minute() -> None:
    assert minutes(order("ACCEPTED", 0.3), QUIET) == 11


@pytest.mark.parametrize("known", [[], QUIET[:2], [order("PICKED_UP", -30), *QUIET[:2]]])
def test_too_little_is_known(known: list[Order]) -> None:
    assert minutes(order("ACCEPTED", 0), known) is None


@pytest.mark.parametrize("status", ["READY_FOR_PICKUP", "PICKED_UP", "CANCELLED", "REJECTED", "", "FOO"])
def test_what_is_ready_or_over_needs_no_estimate(status: str) -> None:
    assert minutes(order(status, 0), QUIET) is None


def test_an_order_without_times_has_no_estimate() -> None:
    bare = Order.model_validate({"_id": ObjectId(), "status": "ACCEPTED", "startedAt": "soon"})
    assert minutes(bare, QUIET) is None


def test_what_was_forgotten_on_the_screen_says_nothing() -> None:
    assert minutes(order("ACCEPTED", 0), [*QUIET, order("PICKED_UP", -900, -10), order("PICKED_UP", -5, -9)]) == 10


times = st.tuples(st.floats(-600, 0), st.floats(0, 400)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(times, max_size=12), st.lists(st.floats(-300, 5), max_size=12), st.floats(0, 200))
def test_it_is_within_bounds_and_in_the_future(
    recent: list[tuple[float, float]], waiting: list[float], now: float
) -> None:
    mine = order("ACCEPTED", 0)
    at = minutes(mine, [*made(*recent), *(order("ACCEPTED", began) for began in waiting), mine], now=now)
    if at is not None:
        assert at == int(at)
        assert at > now
        latest = LATEST / timedelta(minutes=1)
        assert SOONEST / timedelta(minutes=1) <= at <= max(latest, now + 3)
