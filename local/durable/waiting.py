"""Starts and restarts that wait for the result: `timeout` and `pollingInterval` in the query, in seconds."""

from __future__ import annotations

import asyncio
import math

from local.durable.instance import Status
from local.durable.requests import Reply, Request, failure
from local.durable.status import status_text
from local.durable.store import Store

_LEAST_INTERVAL = 0.01
"""How often the disk is looked at, at most, in seconds."""
_LONGEST = 230.0
"""How long a request may wait, in seconds: in Azure the load balancer gives up then."""


async def waited(request: Request, store: Store, id_: str, usual: Reply) -> Reply:
    """The result of an instance, where it comes in time; else `usual`, also where the query asks for no waiting."""
    timeout, interval = _seconds(request, "timeout"), _seconds(request, "pollinginterval")
    if timeout is None or interval is None:
        return usual
    if interval < 0 or timeout < interval:
        why = f"Total timeout {timeout:g} should be bigger than retry timeout {interval:g}"
        return failure(400, why, why, "System.ArgumentException")
    loop = asyncio.get_running_loop()
    until = loop.time() + min(timeout, _LONGEST)
    while not (found := store.find(id_)) or not found.status.ended:
        left = until - loop.time()
        if left <= 0:
            return usual
        await asyncio.sleep(min(max(interval, _LEAST_INTERVAL), left))
    return Reply(200, (found.output or "null") if found.status is Status.COMPLETED else status_text(found))


def _seconds(request: Request, name: str) -> float | None:
    try:
        seconds = float(request.last(name) or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None
