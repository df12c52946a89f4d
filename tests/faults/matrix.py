"""The matrix: which cells there are, and in which order a run takes them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Literal, Self

from tests.faults.steps import MOMENTS

VICTIMS = ("process", "lone-process", "mongod", "everything")
"""Who is killed. `process` takes the step: the host a claim, the durable part what follows. `lone-process` is the host
while the durable part is down, so that it takes every step itself. `everything` is the supervisor and all its parts."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the gateway does with a charge: by which test card, and which steps a checkout takes then, whatever else
    happens.

    `until` is the state of an attempt up to which its charge is held, or, with `hides`, made and not found; None: it
    is held for good, where the card holds at all. `away`: nobody listens at it until somebody was killed. `refunds`:
    the order is paid, and then a dish of it is given back by all callers; what the gateway does with that.
    """

    card: str
    steps: tuple[str, ...]
    until: Literal["unknown", "lost"] | None = None
    hides: bool = False
    wallets: bool = True
    away: bool = False
    refunds: str | None = None


_ASKED = ("claim", "sent", "call")
_KEPT = ("approved", "placed", "published")
_NOT_FOUND = ("unknown", "look-up", "lost")
_GIVEN_BACK = ("voiding", "void", "voided")
_REFUND = ("owed", "refund-sent", "refund")
_REFUNDED = (*_REFUND, "refund-done", "part-refunded")
GATEWAYS: Mapping[str, Gateway] = {
    "fine": Gateway("4111111111111111", (*_ASKED, *_KEPT)),
    "declines": Gateway("4000000000000002", (*_ASKED, "declined")),
    "answers-500": Gateway("4000000000000500", (*_ASKED, *_NOT_FOUND)),
    "stalls": Gateway("4000000000000044", (*_ASKED, *_NOT_FOUND), wallets=False),
    "stalls-and-charges": Gateway(
        "4000000000000101", (*_ASKED, "unknown", "look-up", *_KEPT), until="unknown", wallets=False
    ),
    "charges-too-late": Gateway("4000000000000101", (*_ASKED, *_NOT_FOUND, *_GIVEN_BACK), until="lost", wallets=False),
    "drops-before": Gateway("4000000000000051", (*_ASKED, *_NOT_FOUND)),
    "drops-after": Gateway("4000000000000077", (*_ASKED, "unknown", "look-up", *_KEPT)),
    "not-found-then-approved": Gateway(
        "4000000000000077", (*_ASKED, "unknown", "look-up", *_KEPT), until="unknown", hides=True
    ),
    "not-found-too-long": Gateway("4000000000000077", (*_ASKED, *_NOT_FOUND, *_GIVEN_BACK), until="lost", hides=True),
    "refunds": Gateway("4111111111111111", _REFUNDED, wallets=False, refunds="fine"),
    "settles-meanwhile": Gateway("4111111111111111", _REFUNDED, wallets=False, refunds="settles"),
    "drops-before-refund": Gateway("4111111111111111", _REFUND, wallets=False, refunds="drop_before"),
    "drops-after-refund": Gateway("4111111111111111", _REFUNDED, wallets=False, refunds="drop_after"),
    "stalls-refund": Gateway("4111111111111111", _REFUND, wallets=False, refunds="stall"),
    "hides-refund": Gateway("4111111111111111", _REFUNDED, wallets=False, refunds="hide"),
    "declines-refund": Gateway("4111111111111111", _REFUNDED, wallets=False, refunds="decline"),
    "away": Gateway("4111111111111111", ("claim", "sent", "cancelled"), away=True),
}
"""Those that charge after the attempt was given up as lost must get their money voided."""

HELD_SECONDS = 600.0
"""How long a card holds that holds: longer than any cell lasts."""

CALLERS: Mapping[str, tuple[int, bool]] = {
    "one": (1, True),
    "two-same": (2, True),
    "two-different": (2, False),
    "twenty-same": (20, True),
    "twenty-different": (20, False),
}
"""How many complete at once, and whether with the same token."""


class UnknownCellError(ValueError):
    """No cell has this name; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination. `turn` tells apart the cells of a run that takes the whole matrix more than once."""

    step: str
    moment: str
    gateway: str
    victim: str
    callers: str
    turn: int = 1

    @property
    def name(self) -> str:
        """Such as `sent.after/declines/mongod/two-same`, with `#2` behind it in the second turn."""
        turn = f"#{self.turn}" if self.turn > 1 else ""
        return f"{self.step}.{self.moment}/{self.gateway}/{self.victim}/{self.callers}{turn}"

    @classmethod
    def named(cls, name: str) -> Self:
        """The cell with this name. Raises UnknownCellError."""
        body, _, turn = name.partition("#")
        parts = body.split("/")
        if len(parts) != 4 or "." not in parts[0] or not (turn or "1").isdigit():
            raise UnknownCellError(f"{name!r} is not STEP.MOMENT/GATEWAY/VICTIM/CALLERS")
        step, moment = parts[0].split(".", 1)
        gateway, victim, callers = parts[1:]
        cell = cls(step, moment, gateway, victim, callers, int(turn or 1))
        if replace(cell, turn=1) not in _first_turn():
            raise UnknownCellError(f"there is no cell {name!r}: its step may never come with that gateway")
        return cell

    def dice(self, seed: int) -> random.Random:
        """What this cell leaves to chance, the same for the same seed."""
        return random.Random(f"{seed}:{self.name}")


def _turn(turn: int) -> Iterator[Cell]:
    for (name, gateway), victim, callers in product(GATEWAYS.items(), VICTIMS, CALLERS):
        for step in gateway.steps:
            for moment in MOMENTS[step]:
                yield Cell(step, moment, name, victim, callers, turn)
    for victim, moment in product(VICTIMS, MOMENTS["expired"]):
        # Used up after five declined cards: only where there are as many.
        yield Cell("expired", moment, "declines", victim, "twenty-different", turn)


@cache
def _first_turn() -> frozenset[Cell]:
    return frozenset(_turn(1))


def planned(seed: int, count: int) -> list[Cell]:
    """The first `count` cells of the run with this seed: each step's boundary with each gateway and each victim once,
    with callers in turns, before any of them comes again with other callers."""
    cells: list[Cell] = []
    turn = 1
    while len(cells) < count:
        cells += _in_order(list(_turn(turn)), random.Random(f"{seed}:{turn}"))
        turn += 1
    return cells[:count]


def _in_order(cells: Sequence[Cell], dice: random.Random) -> list[Cell]:
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.step, cell.moment, cell.gateway, cell.victim), []).append(cell)
    keys = list(groups)
    dice.shuffle(keys)
    names = list(CALLERS)
    rounds: list[list[Cell]] = [[] for _ in names]
    for at, key in enumerate(keys):
        by_callers = {cell.callers: cell for cell in groups[key]}
        turns = [by_callers[name] for name in names[at % len(names) :] + names[: at % len(names)] if name in by_callers]
        for number, cell in enumerate(turns):
            rounds[number].append(cell)
    return [cell for some in rounds for cell in some]
