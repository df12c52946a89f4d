"""Running and ended orchestrations, read over the durable part's HTTP API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
from starlette.exceptions import HTTPException

NEWEST = 100
_ENOUGH = 50
_PAGE = 1000
_WINDOWS = (timedelta(seconds=10), timedelta(minutes=2), timedelta(hours=1), timedelta(days=1), None)
"""How far back to look: the first, and the next one while too few are found. The API lists by id."""

_INSTANCE_ID = re.compile(r"[A-Za-z0-9._:-][A-Za-z0-9@._:-]{0,99}")


class Orchestrations:
    """Reads instances for the start page. Raises httpx.HTTPError, and ValueError where no JSON comes; HTTPException for
    what the engine refuses."""

    def __init__(self, http: httpx.AsyncClient, durable_url: str) -> None:
        self._http = http
        self._waits = f"{durable_url}/_local/waits"
        self._instances = f"{durable_url}/runtime/webhooks/durabletask/instances"

    async def newest(self) -> list[dict[str, Any]]:
        """The instances that began last, newest first, at most 100."""
        found: list[dict[str, Any]] = []
        for window in _WINDOWS:
            wider = await self._began_within(window)
            if len(wider) >= _PAGE and found:
                break
            found = wider
            if len(found) >= _ENOUGH:
                break
        # Times are cut to the second; the ids of checkouts grow.
        found.sort(key=lambda one: (str(one.get("createdTime", "")), str(one.get("instanceId", ""))), reverse=True)
        return found[:NEWEST]

    async def one(self, instance_id: str) -> dict[str, Any] | None:
        """One instance with its input, output and history; None where there is none."""
        # "." and ".." would be taken for folders of the address.
        if not _INSTANCE_ID.fullmatch(instance_id) or not instance_id.strip("."):
            return None
        shown = {"showInput": "True", "showHistory": "True", "showHistoryOutput": "True"}
        answer = await self._http.get(f"{self._instances}/{quote(instance_id)}", params=shown)
        found = answer.json() if answer.content and answer.status_code != 404 else None
        return found | {"input": _value(found.get("input"))} if isinstance(found, dict) else None

    async def restarted(self, instance_id: str, asked: Mapping[str, Any]) -> str | None:
        """Begin an instance again, with its own input or `asked["input"]`; its id, or with `copy` a new one.

        With `asked["from"]` it begins at the last activity of this name, and what came before stays done. A workflow
        that reads its id, as a checkout does, means nothing under another.
        """
        if await self.one(instance_id) is None:
            return None
        given = asked.get("input")
        # The input of an instance is what the SDK sends, a JSON text in a JSON string; an activity's is the value.
        body: dict[str, Any] = {"json": given if asked.get("from") else json.dumps(given)} if "input" in asked else {}
        anew = {"restartWithNewInstanceId": str(asked.get("copy") is True).lower()}
        anew |= {"fromActivity": str(asked["from"])} if asked.get("from") else {}
        answer = await self._http.post(f"{self._instances}/{quote(instance_id)}/restart", params=anew, **body)
        if answer.status_code in (400, 409):
            said = answer.json()
            why = said if isinstance(said, str) else said.get("ExceptionMessage") or said["Message"]
            raise HTTPException(answer.status_code, why)
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def waits(self) -> dict[str, Any]:
        """Whether the engine works for an instance now (`works`), and when the next one that waits is `due`."""
        answer = await self._http.get(self._waits)
        answer.raise_for_status()
        return dict(answer.json())

    async def _began_within(self, window: timedelta | None) -> list[dict[str, Any]]:
        query = {"top": str(_PAGE), "showInput": "True"}
        if window is not None:
            query["createdTimeFrom"] = (datetime.now(UTC) - window).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        answer = await self._http.get(f"{self._instances}/", params=query)
        answer.raise_for_status()
        found = answer.json()
        return found if isinstance(found, list) else []


def _value(given: Any) -> Any:
    """An input as the orchestrator gets it: the SDK sends JSON in a JSON string."""
    try:
        return json.loads(given) if isinstance(given, str) else given
    except ValueError:
        return given
