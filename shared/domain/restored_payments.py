"""How a payment's document gets to what the gateway did meanwhile: only by moves of the table."""

from __future__ import annotations

from collections import deque

from shared.documents.payments import PaymentState
from shared.domain.payment_states import MOVES


def way_to(state: PaymentState, end: PaymentState) -> list[PaymentState] | None:
    """The shortest way from `state` to `end`: the states after `state`, at least one; None where there is no way.

    It never leads through `ordered`: a payment whose money is back buys nothing.
    """
    ways: deque[list[PaymentState]] = deque([[]])
    seen: set[PaymentState] = set()
    while ways:
        way = ways.popleft()
        for to in sorted(MOVES[way[-1] if way else state]):
            if to == end:
                return [*way, to]
            if to not in seen and to != "ordered":
                seen.add(to)
                ways.append([*way, to])
    return None
