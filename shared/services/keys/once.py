"""A request with an `Idempotency-Key` is done once; sent again it is answered alike (rules 14).

A key is kept for 24 hours under the person, the method, the full path and the key. Whoever needs an effect to be made
once for ever keeps `Keyed.digest` with the effect.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pymongo.errors import PyMongoError

from shared.app import App
from shared.documents.keys import KeptKey
from shared.errors import KEY_REUSED, KEY_RUNNING, ErrorCode, Problem
from shared.store import keys

REFUSALS = (KEY_REUSED, KEY_RUNNING)

KEPT_FOR = timedelta(hours=24)
TAKEN_OVER_AFTER = timedelta(seconds=60)
RETRY_SECONDS = 2
KEPT_REFUSALS = frozenset({400, 422})
"""The statuses of refusals that are kept. 403, 409, 429 and 5xx are not: they may be others the next time."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request with a key. `caller`: who sent it, such as `user:<id>`. `path`: with its values in it."""

    caller: str
    method: str
    path: str
    key: str
    body: bytes

    @property
    def id(self) -> str:
        """What the key is kept under."""
        return _digest(self.caller, self.method, self.path, self.key)

    @property
    def digest(self) -> str:
        """What tells an effect of this request again."""
        return _digest(self.caller, self.path, self.key)


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its status and its JSON."""

    status: int
    body: str


async def once(app: App, asked: Keyed, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Do the work, or give the answer that it had before. The caller's rights must be checked already.

    Raises what the work raises, or has raised, and Problem (REFUSALS): KEY_REUSED with another body; KEY_RUNNING while
    the first is at it.
    """
    now = app.clock.now()
    run = uuid.uuid4().hex
    body_hash = hashlib.sha256(asked.body).hexdigest()
    mine = KeptKey(id=asked.id, body_hash=body_hash, state="running", run=run, taken_at=now, purge_at=now + KEPT_FOR)
    there = await keys.take(app.db, mine)
    if there is not None:
        if there.body_hash != body_hash:
            raise Problem(KEY_REUSED)
        if there.state == "done":
            return _again(there)
        if now - there.taken_at < TAKEN_OVER_AFTER or not await keys.take_over(app.db, there, run, now):
            raise Problem(KEY_RUNNING, retry_after=RETRY_SECONDS)
    return await _run(app, asked.id, run, work)


async def _run(app: App, key: str, run: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
    try:
        answer = await work()
    except Problem as problem:
        if problem.code.status in KEPT_REFUSALS:
            await keys.finish(app.db, key, run, {"refusal": _refusal(problem)})
        else:
            await _forget(app, key, run)
        raise
    except Exception:
        await _forget(app, key, run)
        raise
    await keys.finish(app.db, key, run, {"status": answer.status, "answer": answer.body})
    return answer


async def _forget(app: App, key: str, run: str) -> None:
    # Where that fails, the key is taken over in a minute.
    with suppress(PyMongoError):
        await keys.drop(app.db, key, run)


def _refusal(problem: Problem) -> dict[str, Any]:
    code = problem.code
    return {
        "code": {"code": code.code, "status": code.status, "message": code.message},
        "message": problem.message,
        "detail": [dict(row) for row in problem.detail],
        "extra": problem.extra,
    }


def _again(there: KeptKey) -> Answer:
    """The answer that was given. Raises the Problem that it was."""
    if not there.refusal:
        return Answer(there.status, there.answer)
    kept = there.refusal
    raise Problem(ErrorCode(**kept["code"]), kept["message"], detail=kept["detail"], extra=kept["extra"])


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
