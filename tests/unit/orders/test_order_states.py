"""The table of an order's moves: who may make which, and that no history leaves it (rules 13)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.order_states import (
    ACCEPTED,
    CANCELLED,
    CREATED,
    OPEN,
    PICKED_UP,
    READY_FOR_PICKUP,
    REJECTED,
    TABLE,
    Mover,
    ask,
    illegal_moves,
    last_status,
)

STATUSES = (CREATED, ACCEPTED, READY_FOR_PICKUP, PICKED_UP, CANCELLED, REJECTED)
MOVERS: tuple[Mover, ...] = ("kitchen", "service", "manager", "owner", "device", "diner")


def who_may(status: str, to: str, *, recall: bool = False) -> set[Mover]:
    return {mover for mover in MOVERS if ask(status, to, mover, recall=recall) == "moves"}


def test_who_may_make_which_move() -> None:
    crew = {"kitchen", "service", "manager", "owner", "device"}
    bosses = {"manager", "owner"}
    assert who_may(CREATED, ACCEPTED) == crew
    assert who_may(CREATED, REJECTED) == bosses
    assert who_may(CREATED, CANCELLED) == {*bosses, "diner"}
    assert who_may(ACCEPTED, READY_FOR_PICKUP) == crew
    assert who_may(READY_FOR_PICKUP, PICKED_UP) == crew
    assert who_may(READY_FOR_PICKUP, ACCEPTED, recall=True) == crew
    assert who_may(ACCEPTED, CANCELLED) == who_may(READY_FOR_PICKUP, CANCELLED) == bosses
    some = sum(bool(who_may(status, to) | who_may(status, to, recall=True)) for status in STATUSES for to in STATUSES)
    assert some == len(TABLE) == 8


def test_an_old_tab_does_not_pull_a_ready_order_back() -> None:
    assert ask(READY_FOR_PICKUP, ACCEPTED, "owner") == "refused"
    assert ask(CREATED, ACCEPTED, "owner", recall=True) == "refused"


def test_whoever_may_never_do_it_is_told_so_whatever_the_status() -> None:
    for status in STATUSES:
        for to in (REJECTED, CANCELLED):
            assert {ask(status, to, mover) for mover in ("kitchen", "service", "device")} == {"forbidden"}
        assert ask(status, READY_FOR_PICKUP, "diner") == "forbidden"


@pytest.mark.parametrize("status", ["", "FOO", "pending"])
def test_nothing_moves_from_a_status_that_nobody_knows(status: str) -> None:
    assert {ask(status, to, "owner", recall=recall) for to in STATUSES for recall in (True, False)} <= {
        "refused",
        "forbidden",
    }


wishes = st.lists(st.tuples(st.sampled_from(STATUSES), st.sampled_from(MOVERS), st.booleans()), max_size=40)


@given(wishes)
def test_whatever_is_wished_for_the_history_is_legal(sent: list[tuple[str, Mover, bool]]) -> None:
    status, kinds = CREATED, ["created"]
    for to, mover, recall in sent:
        answer = ask(status, to, mover, recall=recall)
        assert answer in ("moves", "repeats", "refused", "forbidden")
        if answer == "moves":
            assert status in OPEN
            kinds.append(TABLE[status, to].kind)
            status = to
            # The same wish again changes nothing.
            assert ask(status, to, mover, recall=recall) == "repeats"
    assert illegal_moves(kinds) == []
    assert last_status(kinds) == status
    if status not in OPEN:
        assert not any(who_may(status, to) for to in STATUSES)
