"""Calls of outside services, counted while somebody waits who must wait for none: a diner for an order (rules 24.1).

Every client says `begins` where a call of its service begins. The call counts for the work in whose context it begins,
also in a task of that work: whether anybody waits for the task cannot be told, so no task may call before the answer.
Neither the payment gateway counts, for which a payment must wait, nor the engine, which is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Calls:
    """How many calls began, and of which services, until the work was over. `around`: the work for which they count,
    too."""

    around: Calls | None
    many: int = 0
    services: set[str] = field(default_factory=set)
    is_over: bool = False


_COUNTED: ContextVar[Calls | None] = ContextVar("outside_calls", default=None)


@contextmanager
def counted(*, apart: bool = False) -> Iterator[Calls]:
    """Count the calls that begin in this block. `apart`: they do not count for the work that the block is part of."""
    calls = Calls(None if apart else _COUNTED.get())
    token = _COUNTED.set(calls)
    try:
        yield calls
    finally:
        # Tasks that the block began still have its context.
        calls.is_over = True
        _COUNTED.reset(token)


def begins(service: str) -> None:
    """A call of an outside service begins here, or is refused here without being made."""
    calls = _COUNTED.get()
    while calls is not None:
        if not calls.is_over:
            calls.many += 1
            calls.services.add(service)
        calls = calls.around
