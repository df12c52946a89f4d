"""The ways by which a payment's document catches up with the gateway."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest

from shared.documents.payments import PaymentState
from shared.domain.payment_states import may_move
from shared.domain.restored_payments import way_to

STATES: tuple[PaymentState, ...] = get_args(PaymentState)


@pytest.mark.parametrize("end", ["voided", "refunded", "part_refunded"])
@pytest.mark.parametrize("state", STATES)
def test_every_way_goes_along_the_table_and_buys_nothing(state: PaymentState, end: PaymentState) -> None:
    way = way_to(state, end)
    if way is None:
        assert state in ("declined", "cancelled", "voided", "refunded") or (state, end) in (
            ("refunding", "voided"),
            ("part_refunded", "voided"),
        )
        return
    assert way[-1] == end
    assert "ordered" not in way
    assert all(may_move(before, after) for before, after in pairwise([state, *way]))


def test_the_shortest_way_is_taken() -> None:
    assert way_to("intent", "voided") == ["sent", "approved", "voiding", "voided"]
    assert way_to("ordered", "refunded") == ["refunding", "refunded"]
    assert way_to("lost", "part_refunded") == ["voiding", "refunding", "part_refunded"]
    assert way_to("part_refunded", "part_refunded") == ["refunding", "part_refunded"]
