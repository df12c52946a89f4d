"""Live screens, as the rest of the app sees them: who may listen, and what is sent to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class LiveUnavailable(Exception):  # noqa: N818 - it says what holds, and is always tried again
    """The service cannot be reached, or is too busy now: try again later."""


class LiveRefused(Exception):  # noqa: N818
    """The service refuses this message: sending it again does not help.

    `groups`: those that it is refused for, where it was for several groups and the others have it.
    """

    def __init__(self, reason: str, groups: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.groups = groups


@dataclass(frozen=True, slots=True)
class ClientAccess:
    """Where a screen connects. `url`: holds the token. `groups`: the connection is in these from the start."""

    url: str
    hub: str
    groups: list[str]
    expires_at: datetime


class Live(Protocol):
    """What reaches the screens."""

    async def access(
        self,
        groups: Sequence[str],
        *,
        now: datetime,
        user: str | None = None,
        minutes: int = 60,
        closed_by: Sequence[str] = (),
    ) -> ClientAccess:
        """A URL for a client that hears exactly `groups` and may publish to none. Raises LiveUnavailable.

        `minutes`: how long the URL opens a connection; what it has opened stays. `closed_by`: groups that nobody
        publishes to, by which the connection can be closed.
        """
        ...

    async def close_group(self, group: str) -> None:
        """Close every connection in `group`. Raises LiveUnavailable or LiveRefused."""
        ...

    async def send(self, group: str, message: Mapping[str, Any]) -> None:
        """Send one message to everyone in `group`. Raises LiveUnavailable or LiveRefused."""
        ...

    async def send_to_groups(self, groups: Sequence[str], message: Mapping[str, Any]) -> None:
        """Send one message to everyone who is in one of `groups`, once, by as few calls as the service allows.

        Raises LiveUnavailable, where some of the groups may have it, or LiveRefused, which names those that have not.
        """
        ...

    async def alive(self) -> bool:
        """Whether the service answers."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
