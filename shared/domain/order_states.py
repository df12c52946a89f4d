"""The order's states, and who may make which move. Every move asks this table (contract 3.6, rules 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Literal

from shared.domain.roles import LADDER, Role

CREATED = "CREATED"
ACCEPTED = "ACCEPTED"
READY_FOR_PICKUP = "READY_FOR_PICKUP"
PICKED_UP = "PICKED_UP"
CANCELLED = "CANCELLED"
REJECTED = "REJECTED"

OPEN = (CREATED, ACCEPTED, READY_FOR_PICKUP)
"""The statuses of an order that somebody still has to do something for."""

GIVEN_UP = frozenset({CANCELLED, REJECTED})
"""Where an order ends without being handed over: what was paid and taken for it goes back."""

RECALLED_WITHIN = timedelta(minutes=60)
"""So long after it was ready an order can be recalled to the kitchen."""

Mover = Role | Literal["device", "diner"]
"""Who wants to move an order: a person by role, a screen of the location, or whoever ordered."""

Answer = Literal["moves", "repeats", "refused", "forbidden"]
"""What the table says to a wish: do it; it is so already; not from this status; never by such a mover."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move. `kind`: of its row in the order's history. `least`: the role of a person who may make it."""

    kind: str
    least: Role
    devices: bool = False
    diner: bool = False

    def is_for(self, mover: Mover) -> bool:
        """Whether such a mover may make it."""
        if mover == "device":
            return self.devices
        if mover == "diner":
            return self.diner
        return LADDER.index(mover) >= LADDER.index(self.least)


TABLE: dict[tuple[str, str], Move] = {
    (CREATED, ACCEPTED): Move("accepted", "kitchen", devices=True),
    (CREATED, REJECTED): Move("rejected", "manager"),
    (CREATED, CANCELLED): Move("cancelled", "manager", diner=True),
    (ACCEPTED, READY_FOR_PICKUP): Move("ready", "kitchen", devices=True),
    (ACCEPTED, CANCELLED): Move("cancelled", "manager"),
    (READY_FOR_PICKUP, PICKED_UP): Move("picked_up", "kitchen", devices=True),
    (READY_FOR_PICKUP, ACCEPTED): Move("recalled", "kitchen", devices=True),
    (READY_FOR_PICKUP, CANCELLED): Move("cancelled", "manager"),
}

STATUS_AFTER = {"created": CREATED, **{move.kind: to for (_, to), move in TABLE.items()}}
"""The status after a change of each kind; other kinds (`item_started`, `refunded`) do not change it."""


def ask(status: str, to: str, mover: Mover, *, recall: bool = False) -> Answer:
    """What becomes of a mover's wish to bring an order from `status` to the status `to`.

    Who may never do it is told so whatever the status. A ready order is accepted again only by a recall: an old tab
    that still offers to accept it would pull it back to the kitchen otherwise.
    """
    if not any(move.is_for(mover) for (_, after), move in TABLE.items() if after == to):
        return "forbidden"
    if status == to:
        return "repeats"
    move = TABLE.get((status, to))
    if move is None or not move.is_for(mover) or (move.kind == "recalled") is not recall:
        return "refused"
    return "moves"


def diner_may_cancel(status: str) -> bool:
    """Whether the diner may cancel an order in this status."""
    return ask(status, CANCELLED, "diner") == "moves"


def may_move(status: str, to: str) -> bool:
    """Whether an order may go from one status to the other, whoever moves it."""
    return (status, to) in TABLE


def illegal_moves(kinds: Sequence[str]) -> list[tuple[str, str]]:
    """The moves of a history that the table does not allow. `kinds`: its changes, in order.

    The first status may be any: an order of the original server has no rows before its first change here.
    """
    statuses = [STATUS_AFTER[kind] for kind in kinds if kind in STATUS_AFTER]
    return [(before, after) for before, after in pairwise(statuses) if not may_move(before, after)]


def last_status(kinds: Sequence[str]) -> str | None:
    """The status that a history ends in; None where no change was one of status."""
    return next((STATUS_AFTER[kind] for kind in reversed(kinds) if kind in STATUS_AFTER), None)
