"""A bounded mapping: the entry that was not used for the longest time goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `most` entries, and at most `most_bytes` bytes of them, as `weigh` tells the bytes of one.

    A single entry that weighs more than all may is not kept.
    """

    def __init__(self, most: int, *, most_bytes: int | None = None, weigh: Callable[[V], int] | None = None) -> None:
        self.most = most
        self.most_bytes = most_bytes
        self.bytes = 0
        self._weigh = weigh
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def values(self) -> Iterator[V]:
        """The values, the one longest unused first."""
        return (value for value, _ in self._entries.values())

    def get(self, key: K) -> V | None:
        """The value, which is now the last used; None where there is none."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V) -> None:
        """Keep a value, in the place of the one before it."""
        self.pop(key)
        weight = self._weigh(value) if self._weigh else 0
        self._entries[key] = (value, weight)
        self.bytes += weight
        while len(self._entries) > self.most or (self.most_bytes is not None and self.bytes > self.most_bytes):
            self.bytes -= self._entries.popitem(last=False)[1][1]

    def made(self, key: K, make: Callable[[], V]) -> V:
        """The value; made and kept now if there is none."""
        entry = self._entries.get(key)
        if entry is None:
            value = make()
            self.put(key, value)
            return value
        self._entries.move_to_end(key)
        return entry[0]

    def pop(self, key: K) -> V | None:
        """The value, which is kept no longer; None where there is none."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self.bytes -= entry[1]
        return entry[0]
