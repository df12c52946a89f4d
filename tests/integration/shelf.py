"""Files on a shelf in this process, for tests that are about something else than the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from shared.integrations.files import Door, File, TooLargeError


class Shelf:
    """A store that always works. `kept`: what everybody sees; `inbox`: what came through doors."""

    is_set_up = True

    def __init__(self) -> None:
        self.kept: dict[str, File] = {}
        self.inbox: dict[str, bytes] = {}

    def address(self, name: str) -> str:
        return f"https://pictures.example/assets/{name}"

    async def put(self, files: Sequence[File]) -> None:
        self.kept |= {file.name: file for file in files}

    async def remove(self, names: Sequence[str]) -> None:
        for name in names:
            self.kept.pop(name, None)

    async def door(self, name: str, lifetime: timedelta) -> Door:
        until = datetime.now(UTC) + lifetime
        return Door(f"https://pictures.example/incoming/{name}", {}, until)

    async def sent(self, name: str, at_most: int) -> bytes | None:
        content = self.inbox.get(name)
        if content is not None and len(content) > at_most:
            raise TooLargeError
        return content

    async def left_behind(self, before: datetime, at_most: int) -> list[str]:
        return list(self.inbox)[:at_most]

    async def drop_sent(self, name: str) -> None:
        self.inbox.pop(name, None)

    async def close(self) -> None:
        pass
