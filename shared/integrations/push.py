"""Pushes to phones and browsers, as the rest of the app sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from shared.integrations.delivery import NotTaken

Where = TypeVar("Where")


@dataclass(frozen=True, slots=True)
class Note:
    """What a push shows. `data`: texts for the app that gets it. `link`: what a touch opens."""

    title: str
    body: str
    data: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Pushed(Generic[Where]):
    """What became of a push to several: how many got it, which do not exist any more, and which are to be tried
    again."""

    sent: int
    gone: Sequence[Where] = ()
    again: Sequence[Where] = ()


class Push(Protocol[Where]):
    """What sends pushes. `Where`: what one device is reached by, a token or a subscription."""

    @property
    def is_set_up(self) -> bool:
        """Whether this deployment sends them."""
        ...

    async def send(self, to: Sequence[Where], note: Note) -> Pushed[Where]:
        """Send the same push to all of them. Raises NotTaken, Refused and InDoubt where that holds for all."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


class NoPush(Generic[Where]):
    """Where no pushes are sent."""

    is_set_up = False

    async def send(self, to: Sequence[Where], note: Note) -> Pushed[Where]:
        raise NotTaken("no pushes are sent here")

    async def close(self) -> None:
        pass
