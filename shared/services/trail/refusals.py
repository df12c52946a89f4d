"""What staff were refused, kept outside the chain and bounded: else a stranger could fill a restaurant's trail."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.trail import TrailRefusal
from shared.domain.roles import Caller
from shared.errors import ErrorCode
from shared.memory.recent import Recent
from shared.memory.slots import Slot
from shared.store import trail

log = logging.getLogger("orderbuddy.trail")

KEPT = frozenset({403, 409})
"""The statuses of answers that are kept."""

MAX_ACTORS = 2000
MAX_ID = 128


@dataclass(slots=True)
class _OfMinute:
    """How many refusals of an actor this process has written in one minute."""

    minute: int
    n: int = 0


WRITTEN: Slot[Recent[str, _OfMinute]] = Slot(lambda: Recent(MAX_ACTORS))


async def keep(
    app: App, caller: Caller, code: ErrorCode, *, route: str, restaurant_id: str, location_id: str, request_id: str
) -> None:
    """Keep that a caller was refused, without the body. The answer does not depend on it: what fails is only logged.

    `restaurant_id` and `location_id`: as the request named them, "" where it did not.
    """
    now = app.clock.now()
    actor = caller.actor_in(restaurant_id)
    if code.status not in KEPT or not _may_write(app, actor.by, int(now.timestamp()) // 60):
        return
    refusal = TrailRefusal(
        at=now,
        status=code.status,
        code=code.code,
        route=route,
        restaurant_id=restaurant_id[:MAX_ID],
        location_id=location_id[:MAX_ID],
        request_id=request_id,
    )
    try:
        await trail.keep_refusal(app.db, actor, refusal)
    except PyMongoError as error:
        log.warning("a refusal is not kept: %s request=%s", type(error).__name__, request_id)


def _may_write(app: App, by: str, minute: int) -> bool:
    written = app.memory[WRITTEN].made(by, lambda: _OfMinute(minute))
    if written.minute != minute:
        written.minute, written.n = minute, 0
    written.n += 1
    return written.n <= trail.MAX_REFUSED
