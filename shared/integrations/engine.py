"""The workflow engine, as services see it. It can be asked to drive a checkout, and it may fail.

Nothing depends on it (rules 1): every call has a deadline, and the caller goes on without it where it fails. The
sweeper rescues what was not woken.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

WAKE_EVENT = "wake"

ENDED = ("Completed", "Failed", "Terminated")
"""The states of an instance that has ended, as the engine spells them. Letter case counts."""


class EngineError(Exception):
    """The engine did not do what was asked: it is down, slow, or knows no such instance."""


class Engine(Protocol):
    """Starts, wakes and stops the orchestration of one checkout; the instance id is the preview's id."""

    async def start(self, instance_id: str, *, wait_until: datetime | None = None) -> None:
        """Start the checkout's orchestration. It reads the database at once, or waits for a wake until `wait_until`.

        Raises EngineError, also where an instance of this id is running.
        """
        ...

    async def wake(self, instance_id: str) -> None:
        """Tell the orchestration to look at the database. Raises EngineError."""
        ...

    async def status(self, instance_id: str) -> str | None:
        """The instance's state in the engine's own spelling, or None where there is no instance. Raises EngineError."""
        ...

    async def terminate(self, instance_id: str, reason: str) -> None:
        """Stop the instance; nothing where it has ended. Raises EngineError, also where there is no instance."""
        ...

    async def purge_ended(self, before: datetime) -> int:
        """Forget instances that were created before this and have ended; returns how many. Raises EngineError."""
        ...

    def busy(self) -> bool:
        """Whether as many calls are under way as are allowed. Then leave out a call that may be left out."""
        ...


class NoEngine:
    """An engine for work that has no durable client: every call fails, as if the engine were down."""

    async def start(self, instance_id: str, *, wait_until: datetime | None = None) -> None:
        raise EngineError("no engine here")

    async def wake(self, instance_id: str) -> None:
        raise EngineError("no engine here")

    async def status(self, instance_id: str) -> str | None:
        raise EngineError("no engine here")

    async def terminate(self, instance_id: str, reason: str) -> None:
        raise EngineError("no engine here")

    async def purge_ended(self, before: datetime) -> int:
        raise EngineError("no engine here")

    def busy(self) -> bool:
        return False
