"""Pushes to phones and browsers, as the rest of the app sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from shared.integrations.delivery import NotTaken

Where = TypeVar("Where")


@dataclass(frozen=True, slots=True)
class Note:
    """What a push shows. `data`: texts for the app that gets it. `tag`: a device shows one
    push with this tag, so that one that was sent twice is seen once."""

    title: str
    body: str
    tag: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser that its page subscribed to pushes: where its push service takes them, and the keys that only the
    browser can read them with."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Pushed(Generic[Where]):
    """What became of a push to several: how many got it, which do not exist any more, which certainly did not get it
    now and are to be tried again (after `retry_after` seconds, where the service says so), and of which nobody knows.
    `refused`: the service's word for why others never get it, "" where there are none."""

    sent: int
    gone: Sequence[Where] = ()
    again: Sequence[Where] = ()
    unsure: Sequence[Where] = ()
    refused: str = ""
    retry_after: float | None = None


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
