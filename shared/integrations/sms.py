"""Text messages, as the rest of the app sees them."""

from __future__ import annotations

from typing import Protocol

from shared.integrations.delivery import NotTaken, Refused


class OptedOut(Refused):
    """Whoever has this number has told the service that they want no more texts from ours."""


class Sms(Protocol):
    """What sends texts."""

    @property
    def is_set_up(self) -> bool:
        """Whether this deployment sends texts."""
        ...

    async def send(self, to: str, text: str, *, followed: bool = True) -> str:
        """Send one text to a number (E.164), at most once; returns the provider's id of it.

        `followed`: the provider is to tell us later whether it arrived. Raises
        NotTaken, Refused (OptedOut among them) and InDoubt. There is no idempotency: what is in doubt must not be sent
        again.
        """
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


class NoSms:
    """Where no texts are sent."""

    is_set_up = False

    async def send(self, to: str, text: str, *, followed: bool = True) -> str:
        raise NotTaken("no texts are sent here")

    async def close(self) -> None:
        pass
