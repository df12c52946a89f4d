"""The engine behind a durable client binding's text, through the official SDK."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import azure.durable_functions as df

from shared.integrations.engine import ENDED, WAKE_EVENT, EngineError
from shared.telemetry import traces

ORCHESTRATOR = "checkout_v4"
"""The orchestrator of new checkouts. Any change of its steps gets a new name (rules 8)."""

CALL_TIMEOUT_SECONDS = 1.0
PURGE_TIMEOUT_SECONDS = 120.0
CALLS_AT_A_TIME = 20

_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


class DurableEngine:
    """The engine of a durable client binding, through the official SDK.

    The SDK's own timeout is 240 s, and its session is shared by the process. So each call here has a deadline of its
    own, and at most 20 run at a time.
    """

    def __init__(self, binding: str) -> None:
        self._client = df.DurableOrchestrationClient(binding)
        self._gate = asyncio.Semaphore(CALLS_AT_A_TIME)

    async def start(self, instance_id: str, *, wait_until: datetime | None = None) -> None:
        first = {**({} if wait_until is None else {"at": wait_until.isoformat()}), **traces.kept()}
        start = self._client.start_new(ORCHESTRATOR, instance_id=instance_id, client_input=first or None)
        with traces.span("engine start", {"orderId": instance_id}, kind="client"):
            await self._call(start)

    async def wake(self, instance_id: str) -> None:
        with traces.span("engine wake", {"orderId": instance_id}, kind="client"):
            await self._call(self._client.raise_event(instance_id, WAKE_EVENT))

    async def status(self, instance_id: str) -> str | None:
        status = await self._call(self._client.get_status(instance_id))
        if status and status.runtime_status is not None:
            return str(status.runtime_status.value)
        # The SDK takes a 400 or a 500 for an answer, too; only a 404 has no body.
        if vars(status).get("message") == "":
            return None
        raise EngineError("the engine did not tell a state")

    async def terminate(self, instance_id: str, reason: str) -> None:
        await self._call(self._client.terminate(instance_id, reason))

    async def purge_ended(self, before: datetime) -> int:
        # Without a state, or with one that is no end, the real engine purges everything, running instances too.
        ended = [df.OrchestrationRuntimeStatus(state) for state in ENDED]
        purge = self._client.purge_instance_history_by(_BEGINNING, before, ended)
        result = await self._call(purge, seconds=PURGE_TIMEOUT_SECONDS)
        return int(result.instances_deleted)

    def busy(self) -> bool:
        return self._gate.locked()

    async def _call(self, call: Any, *, seconds: float = CALL_TIMEOUT_SECONDS) -> Any:
        try:
            async with asyncio.timeout(seconds):
                async with self._gate:
                    return await call
        except Exception as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error
        finally:
            call.close()
