"""What a stand-in remembers, on the disk: each thing that happens is applied, and added to a journal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from local.standin.journal import Journal


class BooksOnDisk(ABC):
    """What a stand-in remembers. What was done is on the disk only after `written`: no answer goes out before."""

    def __init__(self, journal: Journal) -> None:
        """Read what earlier runs did, into fields that are there by now. Raises JournalError."""
        self._journal = journal
        for event in journal.past():
            self._apply(event)

    async def written(self) -> None:
        """Return when everything that was done so far is on the disk. Raises OSError."""
        await self._journal.written()

    def close(self) -> None:
        """Write what is not on the disk yet, and close the journal."""
        self._journal.close()

    def _record(self, event: dict[str, Any]) -> None:
        self._apply(event)
        self._journal.add(event)

    @abstractmethod
    def _apply(self, event: dict[str, Any]) -> None:
        """Something happened, now or in an earlier run; `event` is its name, the other fields are what it needs."""
