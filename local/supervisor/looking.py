"""Looking at the parts and the app: who answers, and how."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import httpx

from local import mongod
from local.supervisor.plan import Part, Plan
from local.supervisor.process import PartProcess

_APP_READY_WITHIN_SECONDS = 60.0
_ANSWERS_WITHIN_SECONDS = 2.0


class NotReadyError(Exception):
    """Every part serves, but the app says that it cannot; the message carries what it said."""


class Looks:
    """Asks the parts of one stack over HTTP."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.http = httpx.AsyncClient(timeout=_ANSWERS_WITHIN_SECONDS, trust_env=False)

    async def close(self) -> None:
        """Hang up."""
        await self.http.aclose()

    async def answers(self, part: Part) -> bool:
        """Whether a part answers at its health address as it should."""
        with contextlib.suppress(httpx.HTTPError):
            return (await self.http.get(part.health_url or "")).status_code == part.healthy
        return False

    async def health_of(self, part: PartProcess) -> str:
        """`ok`, `down` (no process), or `silent` (a process that does not answer)."""
        if part.pid is None:
            return "down"
        if part.part.health_url is not None:
            return "ok" if await self.answers(part.part) else "silent"
        with contextlib.suppress(OSError, TimeoutError):
            _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", part.part.port), 1.0)
            writer.close()
            return "ok"
        return "silent"

    async def app_health(self) -> dict[str, Any] | None:
        """What the app says in health/ready, or None where it says nothing sensible."""
        with contextlib.suppress(httpx.HTTPError, ValueError):
            said = (await self.http.get(f"{self._plan.api_url}/health/ready")).json()
            if isinstance(said, dict):
                return said
        return None

    async def until_app_is_ready(self) -> None:
        """Return when the app says that it is ready. Raises NotReadyError."""
        deadline = time.monotonic() + _APP_READY_WITHIN_SECONDS
        said = "it does not answer"
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                answer = await self.http.get(f"{self._plan.api_url}/health/ready")
                # Another app than ours has no such route, and is ready when its host is.
                if answer.status_code in (200, 404):
                    return
                said = f"{answer.status_code} {answer.text[:2000]}"
            await asyncio.sleep(0.1)
        log = mongod.log_tail(self._plan.directory.log("host"))
        raise NotReadyError(f"the app does not become ready: {said}\nthe host's log ends:\n{log}")
