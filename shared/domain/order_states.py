"""The order's states. Every move asks this table (contract 3.6, rules 6)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

CREATED = "CREATED"
ACCEPTED = "ACCEPTED"
READY_FOR_PICKUP = "READY_FOR_PICKUP"
PICKED_UP = "PICKED_UP"
CANCELLED = "CANCELLED"
REJECTED = "REJECTED"

MOVES: dict[str, frozenset[str]] = {
    CREATED: frozenset({ACCEPTED, REJECTED, CANCELLED}),
    ACCEPTED: frozenset({READY_FOR_PICKUP, CANCELLED}),
    # ACCEPTED again: recalled to the kitchen.
    READY_FOR_PICKUP: frozenset({PICKED_UP, CANCELLED, ACCEPTED}),
    PICKED_UP: frozenset(),
    CANCELLED: frozenset(),
    REJECTED: frozenset(),
}

STATUS_AFTER = {
    "created": CREATED,
    "accepted": ACCEPTED,
    "ready": READY_FOR_PICKUP,
    "recalled": ACCEPTED,
    "picked_up": PICKED_UP,
    "cancelled": CANCELLED,
    "rejected": REJECTED,
}
"""The status after a change of each kind; other kinds (`item_started`, `refunded`) do not change it."""


DINER_CANCELS = frozenset({CREATED})
"""Where the diner may still cancel; once the kitchen has accepted, only staff do."""


def diner_may_cancel(status: str) -> bool:
    """Whether the diner may cancel an order in this status."""
    return status in DINER_CANCELS and may_move(status, CANCELLED)


def may_move(status: str, to: str) -> bool:
    """Whether an order may go from one status to the other."""
    return to in MOVES.get(status, frozenset())


def illegal_moves(kinds: Sequence[str]) -> list[tuple[str, str]]:
    """The moves of a history that the table does not allow. `kinds`: its changes, in order.

    The first status may be any: an order of the original server has no rows before its first change here.
    """
    statuses = [STATUS_AFTER[kind] for kind in kinds if kind in STATUS_AFTER]
    return [(before, after) for before, after in pairwise(statuses) if not may_move(before, after)]


def last_status(kinds: Sequence[str]) -> str | None:
    """The status that a history ends in; None where no change was one of status."""
    return next((STATUS_AFTER[kind] for kind in reversed(kinds) if kind in STATUS_AFTER), None)
