"""Typed places in the App's memory: made at first use, gone with the App."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Memory:
    """All that one App's process remembers. It belongs to one event loop, and is never shared with another App."""

    def __init__(self) -> None:
        self._made: dict[Slot[Any], Any] = {}

    def __getitem__(self, slot: Slot[T]) -> T:
        """What is in the slot; made now if nothing is."""
        try:
            value: T = self._made[slot]
        except KeyError:
            value = self._made[slot] = slot.make()
        return value


class Slot(Generic[T]):
    """One service's place in a memory. `make` makes what is in it at first use."""

    def __init__(self, make: Callable[[], T]) -> None:
        self.make = make
