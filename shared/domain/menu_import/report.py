"""What an import has to tell: what it counted, what it could not place, and what a person should look at."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the file, by its JSON path, and a sentence about it."""

    path: str
    reason: str


class Notes:
    """Collects findings while a menu is read. A node that many items share is reported once."""

    def __init__(self) -> None:
        self._unplaced: dict[Finding, None] = {}
        self._remarks: dict[Finding, None] = {}
        self._kinds: dict[str, Finding] = {}
        self._places: dict[str, set[str]] = {}
        self.languages: Counter[str] = Counter()
        self.filled: Counter[str] = Counter()
        self._counted: set[str] = set()

    def unplaced(self, path: str, reason: str) -> None:
        """Say that what stands at `path` is not in the menu."""
        self._unplaced[Finding(path, reason)] = None

    def remark(self, path: str, reason: str) -> None:
        """Say something about what was placed."""
        self._remarks[Finding(path, reason)] = None

    def remark_once(self, kind: str, path: str, reason: str) -> None:
        """Say something that may hold for hundreds of places: it is told for the first, with how many there are."""
        self._kinds.setdefault(kind, Finding(path, reason))
        self._places.setdefault(kind, set()).add(path)

    def first_time(self, path: str) -> bool:
        """Whether the text at `path` is counted now; a shared node's texts count once."""
        if path in self._counted:
            return False
        self._counted.add(path)
        return True

    @property
    def all_unplaced(self) -> tuple[Finding, ...]:
        """Everything that was not placed, in the order of reading."""
        return tuple(self._unplaced)

    @property
    def all_remarks(self) -> tuple[Finding, ...]:
        """All remarks, in the order of reading."""
        return (*self._remarks, *(self._counted_finding(kind) for kind in self._kinds))

    def _counted_finding(self, kind: str) -> Finding:
        first, places = self._kinds[kind], len(self._places[kind])
        return first if places == 1 else Finding(first.path, f"{first.reason} ({places:,} places)")


def stable_id(*parts: str) -> str:
    """24 hex digits that are always the same for the same parts, in the form of an ObjectId."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]
