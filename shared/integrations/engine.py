"""The workflow engine, as services see it. It can be asked to drive a checkout, and it may fail.

Nothing depends on it (rules 1): every call has a deadline, and the caller goes on without it where it fails. The
sweeper rescues what was not woken.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import azure.durable_functions as df

ORCHESTRATOR = "checkout_v1"
"""The orchestrator of new checkouts. Any change of its steps gets a new name (rules 8)."""

WAKE_EVENT = "wake"
CALL_TIMEOUT_SECONDS = 1.0
PURGE_TIMEOUT_SECONDS = 120.0
CALLS_AT_A_TIME = 20
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


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
        """The instance's runtime status, or None where there is none. Raises EngineError."""
        ...

    async def terminate(self, instance_id: str, reason: str) -> None:
        """Stop the instance. Raises EngineError."""
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


_gates: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def _gate() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    if loop not in _gates:
        _gates.clear()
        _gates[loop] = asyncio.Semaphore(CALLS_AT_A_TIME)
    return _gates[loop]


class DurableEngine:
    """The engine of a durable client binding, through the official SDK.

    The SDK's own timeout is 240 s, and its session is shared by the process. So each call here has a deadline of its
    own, and at most 20 run at a time.
    """

    def __init__(self, binding: str) -> None:
        self._client = df.DurableOrchestrationClient(binding)

    async def start(self, instance_id: str, *, wait_until: datetime | None = None) -> None:
        first = None if wait_until is None else {"at": wait_until.isoformat()}
        await self._call(self._client.start_new(ORCHESTRATOR, instance_id=instance_id, client_input=first))

    async def wake(self, instance_id: str) -> None:
        await self._call(self._client.raise_event(instance_id, WAKE_EVENT))

    async def status(self, instance_id: str) -> str | None:
        status = await self._call(self._client.get_status(instance_id))
        return cast(str, status.runtime_status.name) if status and status.runtime_status else None

    async def terminate(self, instance_id: str, reason: str) -> None:
        await self._call(self._client.terminate(instance_id, reason))

    async def purge_ended(self, before: datetime) -> int:
        ended = [df.OrchestrationRuntimeStatus[name] for name in ("Completed", "Failed", "Terminated")]
        purge = self._client.purge_instance_history_by(_BEGINNING, before, ended)
        result = await self._call(purge, seconds=PURGE_TIMEOUT_SECONDS)
        return int(result.instances_deleted)

    def busy(self) -> bool:
        return _gate().locked()

    async def _call(self, call: Any, *, seconds: float = CALL_TIMEOUT_SECONDS) -> Any:
        try:
            async with asyncio.timeout(seconds):
                async with _gate():
                    return await call
        except Exception as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error
        finally:
            call.close()
