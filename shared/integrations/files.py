"""Keeping files: pictures that everybody may see, and what staff send before it is one (rules 24.4).

Who serves them is another folder's business (blob/). The services know this one only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class FilesUnavailable(Exception):  # noqa: N818 - it says what is the case, as LiveUnavailable does
    """The store of files did not do it, or nobody knows whether it did. Each call may be made again: it changes
    nothing that it has changed. `retry_after`: in how many seconds the store wants to be asked again."""

    def __init__(self, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class TooLargeError(Exception):
    """What was sent is larger than what is wanted of it."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where somebody may put one file, until a time by the real clock; `headers` go with it."""

    url: str
    headers: Mapping[str, str]
    until: datetime


@dataclass(frozen=True, slots=True)
class File:
    """A file to be kept. `name`: no other content ever gets it."""

    name: str
    content: bytes
    media_type: str


class Files(Protocol):
    """What keeps files."""

    @property
    def is_set_up(self) -> bool:
        """Whether this deployment keeps files."""
        ...

    def address(self, name: str) -> str:
        """Where everybody finds the kept file of this name. Makes no call."""
        ...

    async def put(self, files: Sequence[File]) -> None:
        """Keep files for everybody to see, for ever the same. Raises FilesUnavailable."""
        ...

    async def remove(self, names: Sequence[str]) -> None:
        """Keep these no longer; those that are gone already are fine. Raises FilesUnavailable."""
        ...

    async def door(self, name: str, lifetime: timedelta) -> Door:
        """Let whoever has the answer send one file under this name, for so long; nobody else sees it. Raises
        FilesUnavailable."""
        ...

    async def sent(self, name: str, at_most: int) -> bytes | None:
        """What came through a door; None where nothing did. Raises TooLargeError and FilesUnavailable."""
        ...

    async def left_behind(self, before: datetime, at_most: int) -> list[str]:
        """The names of what came through doors before a moment by the real clock, and is there still; so many at most.
        Raises FilesUnavailable."""
        ...

    async def drop_sent(self, name: str) -> None:
        """Forget what came through a door, if anything did. Raises FilesUnavailable."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


class NoFiles:
    """No files are kept here."""

    is_set_up = False

    def address(self, name: str) -> str:
        raise FilesUnavailable("no store of files is set up")

    async def put(self, files: Sequence[File]) -> None:
        raise FilesUnavailable("no store of files is set up")

    async def remove(self, names: Sequence[str]) -> None:
        raise FilesUnavailable("no store of files is set up")

    async def door(self, name: str, lifetime: timedelta) -> Door:
        raise FilesUnavailable("no store of files is set up")

    async def sent(self, name: str, at_most: int) -> bytes | None:
        raise FilesUnavailable("no store of files is set up")

    async def left_behind(self, before: datetime, at_most: int) -> list[str]:
        raise FilesUnavailable("no store of files is set up")

    async def drop_sent(self, name: str) -> None:
        raise FilesUnavailable("no store of files is set up")

    async def close(self) -> None:
        pass
