"""The stack's clock: who freezes and moves it, and the parts that follow it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.clock import Moved
from local.standin.server import read_object

_HELD_SECONDS = 20.0
_HEARD_WITHIN_SECONDS = 3.0
_GONE_AFTER_SECONDS = 5.0
_MOST_SECONDS = 20 * 366 * 86400.0
_IDLE_WITHIN_SECONDS = 10.0
_LOOK_SECONDS = 0.1
_JUST_AFTER = timedelta(milliseconds=1)
_DEEDS = ("freeze", "run", "step", "jump", "next", "real")


class ClockKeeper:
    """Keeps the time. `keep` is called with it once it was moved; `begin` is the time of an earlier run."""

    def __init__(self, begin: Mapping[str, Any], keep: Callable[[dict[str, Any]], None]) -> None:
        self.moved = Moved.of(dict(begin))
        self._keep = keep
        self._version = 0
        self._changed = asyncio.Condition()
        self._closed = False
        self._heard: dict[str, tuple[int, float]] = {}

    def describe(self) -> dict[str, Any]:
        """The time as JSON."""
        moved = self.moved
        return {
            "version": self._version,
            "virtual": moved.virtual,
            "frozen": moved.frozen is not None,
            "now": datetime.fromtimestamp(moved.now(), UTC).isoformat(timespec="milliseconds"),
            "moved": moved.to_json(),
        }

    async def wait(self, who: str, after: int) -> dict[str, Any]:
        """The time as soon as its version is another than `after`; at the latest in 20 s."""
        async with self._changed:
            self._heard[who] = (after, time.monotonic() + _HELD_SECONDS)
            self._changed.notify_all()
            try:
                async with asyncio.timeout(_HELD_SECONDS):
                    await self._changed.wait_for(lambda: self._closed or after != self._version)
            except TimeoutError:
                pass
            finally:
                # Whoever does not ask again soon is gone.
                if who in self._heard:
                    self._heard[who] = (after, time.monotonic() + _GONE_AFTER_SECONDS)
        return self.describe()

    async def move(self, moved: Moved) -> dict[str, Any]:
        """Go by another time, and return once all who follow know."""
        self._keep(moved.to_json())
        async with self._changed:
            self.moved = moved
            self._version += 1
            self._changed.notify_all()
            try:
                async with asyncio.timeout(_HEARD_WITHIN_SECONDS):
                    await self._changed.wait_for(self._all_know)
            except TimeoutError:
                pass
            late = [who for who in self._following() if self._heard[who][0] != self._version]
        return {**self.describe(), "heard": [who for who in self._following() if who not in late], "late": late}

    def forget(self) -> None:
        """Nobody follows any more: the parts have ended, and will ask anew."""
        self._heard.clear()

    async def close(self) -> None:
        """Let go whoever waits."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _all_know(self) -> bool:
        return all(self._heard[who][0] == self._version for who in self._following())

    def _following(self) -> list[str]:
        now = time.monotonic()
        self._heard = {who: heard for who, heard in self._heard.items() if heard[1] > now}
        return list(self._heard)


def after(moved: Moved, deed: str, seconds: float | None, to: str | None) -> Moved:
    """The time after a deed. Raises ValueError.

    `freeze` lets it stand, `step` moves on by `seconds` and lets it stand there, `jump` moves by `seconds` or `to` a
    moment and lets it stand or run as it did, `run` lets it run on from where it is, and `real` is the machine's time.
    """
    now = moved.now()
    if deed == "real":
        return Moved()
    if deed == "run":
        return _running(now)
    if deed == "freeze":
        return Moved(0.0, now)
    if deed == "step":
        return Moved(0.0, _bounded(now + (60.0 if seconds is None else seconds)))
    if deed != "jump" or (seconds is None) == (to is None):
        raise ValueError(f"do is one of {', '.join(_DEEDS)}; jump takes seconds, or the moment to jump to")
    if to is not None:
        target = datetime.fromisoformat(to)
        if target.tzinfo is None:
            raise ValueError("the moment needs a zone, such as 2030-01-01T04:00:00Z")
        aim = target.timestamp()
    else:
        aim = now + (seconds or 0.0)
    return _running(_bounded(aim)) if moved.frozen is None else Moved(0.0, _bounded(aim))


def _running(at: float) -> Moved:
    return Moved(_bounded(at) - time.time())


def _bounded(at: float) -> float:
    if abs(at - time.time()) > _MOST_SECONDS:
        raise ValueError("the clock goes 20 years either way at most")
    return at


class ClockApi:
    """GET and POST /api/clock. `waits` asks the engine whether it works (`works`), and when what waits is `due`."""

    def __init__(self, keeper: ClockKeeper, waits: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        self._keeper = keeper
        self._waits = waits

    def routes(self) -> list[BaseRoute]:
        """The clock's routes."""
        return [Route("/api/clock", self.tell), Route("/api/clock", self.move, methods=["POST"])]

    async def tell(self, request: Request) -> Response:
        """GET: the time; with `who` and `after` (a version), as soon as it is another one."""
        who, version = request.query_params.get("who"), request.query_params.get("after")
        if who is None or version is None:
            return JSONResponse(self._keeper.describe())
        try:
            return JSONResponse(await self._keeper.wait(who[:100], int(version)))
        except ValueError:
            raise HTTPException(400, "after is a version's number") from None

    async def move(self, request: Request) -> Response:
        """POST {"do": "freeze" | "run" | "step" | "jump" | "next" | "real", "seconds"?, "to"?}.

        `next` jumps to when the next workflow that waits goes on, once nothing is done for any.
        """
        asked = await read_object(request)
        if asked.get("do") == "next":
            asked = {"do": "jump", "to": await self._next_due()}
        seconds, to = asked.get("seconds"), asked.get("to")
        if not (seconds is None or type(seconds) in (int, float)) or not isinstance(to, str | None):
            raise HTTPException(400, "seconds is a number, and to a moment")
        try:
            moved = after(self._keeper.moved, str(asked.get("do")), seconds, to)
        except (ValueError, OverflowError) as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse(await self._keeper.move(moved))

    async def _next_due(self) -> str:
        """The moment just after the next timer of a workflow is due. Raises HTTPException 409 where there is none."""
        until = time.monotonic() + _IDLE_WITHIN_SECONDS
        while True:
            told = await self._waits()
            due = datetime.fromisoformat(told["due"]) if told["due"] else None
            if not told["works"] and due is None:
                raise HTTPException(409, "No workflow waits for a time.")
            # What is due already rings now.
            if not told["works"] and due is not None and due.timestamp() > self._keeper.moved.now():
                return (due + _JUST_AFTER).isoformat()
            if time.monotonic() > until:
                raise HTTPException(409, "A workflow is at work: the clock goes on to what is next once none is.")
            await asyncio.sleep(_LOOK_SECONDS)
