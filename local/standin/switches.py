"""`/_local` of a stand-in: where tests and the console look at it, and tell it what to do wrong."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from local.standin.faults import PLAIN_MODES, Fault, FaultMode, Faults, InvalidFaultError, parse_fault
from local.standin.received import Received

PREFIX = "/_local"

Show = Callable[[], Awaitable[Any]]
Act = Callable[[Fault], Awaitable[dict[str, Any]]]
Do = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


class Switches:
    """The calls below `/_local`: `health`, `received`, `fault`, and what a stand-in adds.

    `modes` are the faults that the stand-in knows. `shows` are further things to look at, by name. `acts` are modes
    that are no fault but something done at once; what an act returns is added to the answer. `does` are further things
    to do, by name, each with a JSON object; it raises ValueError to refuse one.
    """

    def __init__(
        self,
        faults: Faults,
        received: Received,
        *,
        modes: Collection[FaultMode] = PLAIN_MODES,
        shows: Mapping[str, Show] | None = None,
        acts: Mapping[FaultMode, Act] | None = None,
        does: Mapping[str, Do] | None = None,
    ) -> None:
        self._faults = faults
        self._received = received
        self._modes = modes
        self._shows = shows or {}
        self._acts = acts or {}
        self._does = does or {}

    async def answer(self, method: str, name: str, body: bytes) -> tuple[int, Any]:
        """The status and the JSON value that answer a call of `/_local/{name}`."""
        if (method, name) == ("POST", "fault"):
            return await self._fault(body)
        if method == "POST" and name in self._does:
            return await _done(self._does[name], body)
        if method not in ("GET", "HEAD"):
            return 404, {"message": "there is nothing here"}
        return await self._show(name)

    async def _show(self, name: str) -> tuple[int, Any]:
        if name == "health":
            return 200, {"status": "ok"}
        if name == "received":
            return 200, self._received.describe()
        if name in self._shows:
            return 200, await self._shows[name]()
        return 404, {"message": "there is nothing here"}

    async def _fault(self, body: bytes) -> tuple[int, Any]:
        try:
            fault = parse_fault(json.loads(body), self._modes)
            act = self._acts.get(fault.mode)
            if act is not None:
                return 200, {"status": "ok", **await act(fault)}
            let_go = self._faults.set(fault)
        except InvalidFaultError as error:
            return 400, {"message": str(error)}
        except (ValueError, RecursionError):
            return 400, {"message": "the body is not JSON"}
        return 200, {"status": "ok"} | ({"letGo": let_go} if let_go else {})


async def _done(do: Do, body: bytes) -> tuple[int, Any]:
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return 400, {"message": "the body is not JSON"}
    if not isinstance(value, dict):
        return 400, {"message": "the body must be a JSON object"}
    try:
        return 200, {"status": "ok", **await do(value)}
    except ValueError as error:
        return 400, {"message": str(error)}
