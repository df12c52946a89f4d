"""The payment's states. Every move asks this table (rules 4)."""

from __future__ import annotations

from itertools import pairwise

from shared.documents.payments import PaymentState

MOVES: dict[PaymentState, frozenset[PaymentState]] = {
    "intent": frozenset({"sent", "cancelled"}),
    # Cancelled: the one call surely never left, so nobody was charged.
    "sent": frozenset({"approved", "declined", "unknown", "cancelled"}),
    "unknown": frozenset({"approved", "declined", "lost"}),
    # A late approval: nobody waits for the order any more.
    "lost": frozenset({"voiding"}),
    "approved": frozenset({"ordered", "voiding"}),
    "ordered": frozenset({"voiding", "refunding"}),
    "voiding": frozenset({"voided", "refunding"}),
    # Voiding: nothing of what is owed was sent yet. Ordered: every refund was declined, and nothing went back.
    "refunding": frozenset({"part_refunded", "refunded", "voiding", "ordered"}),
    "part_refunded": frozenset({"refunding"}),
    "declined": frozenset(),
    "cancelled": frozenset(),
    "voided": frozenset(),
    "refunded": frozenset(),
}

AT_REST: frozenset[PaymentState] = frozenset(
    {"declined", "cancelled", "lost", "ordered", "voided", "part_refunded", "refunded"}
)
"""A payment may stay in these states. A `lost` one is still looked up for some days."""

RUNNING: frozenset[PaymentState] = frozenset({"intent", "sent", "unknown"})
"""The gateway has not decided yet: no other attempt may begin."""

GIVING_BACK: frozenset[PaymentState] = frozenset({"voiding", "refunding"})
"""The reconciler owns these, whatever became of the checkout."""

TAKEN: frozenset[PaymentState] = frozenset(
    {"approved", "ordered", "voiding", "refunding", "part_refunded", "refunded", "voided"}
)
"""The gateway captured these at some time."""

ATTEMPTS = 5
"""How often a preview may be tried to be paid. An attempt whose call surely never left is none of them."""

MOST_ATTEMPTS = 20
"""How many attempts a preview has at most, those that never left among them."""


def used_up(attempt: int, never_left: int) -> bool:
    """Whether no attempt may follow this one. `never_left`: how many so far, it included, never left."""
    return attempt - never_left >= ATTEMPTS or attempt >= MOST_ATTEMPTS


def may_move(state: PaymentState, to: PaymentState) -> bool:
    """Whether a payment may go from one state to the other."""
    return to in MOVES[state]


def illegal_moves(states: list[PaymentState]) -> list[tuple[PaymentState, PaymentState]]:
    """The moves of a history that the table does not allow."""
    return [(before, after) for before, after in pairwise(states) if not may_move(before, after)]
