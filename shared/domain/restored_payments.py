"""How a payment's document is brought to what the gateway did meanwhile: only along the table of moves."""

from __future__ import annotations

from collections import deque

from shared.documents.payments import PaymentState
from shared.domain.payment_states import MOVES


def way_to(state: PaymentState, end: PaymentState) -> list[PaymentState] | None:
    """The shortest way from a state to another, at least one move long and without the first; None where there is none.

    It never goes by `ordered`: a payment whose money is back buys nothing.
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
