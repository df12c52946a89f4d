"""`/_local` of a stand-in: where tests and the console look at it, and tell it what to do wrong."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from local.standin import again
from local.standin.faults import PLAIN_MODES, Fault, FaultMode, Faults, InvalidFaultError, parse_fault
from local.standin.received import RawBody, Received, WholeCall

PREFIX = "/_local"

Show = Callable[[], Awaitable[Any]]
Act = Callable[[Fault], Awaitable[dict[str, Any]]]
Do = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]
Repeat = Callable[[WholeCall], Awaitable[tuple[int, bytes]]]


class Switches:
    """The calls below `/_local`: `health`, `received`, `fault`, `faults`, `rerun`, and what a stand-in adds.

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
        self.faults = faults
        self.received = received
        self.repeat: Repeat | None = None
        """Makes a call again, as if it came in anew; set by whoever brings calls to the service."""
        self._modes = modes
        self._shows = shows or {}
        self._acts = acts or {}
        self._does = does or {}

    async def answer(self, method: str, name: str, body: bytes) -> tuple[int, Any]:
        """The status and the JSON value that answer a call of `/_local/{name}`."""
        if (method, name) == ("POST", "fault"):
            return await self._fault(body)
        if (method, name) == ("POST", "rerun"):
            return await _done(self._rerun, body)
        if method == "POST" and name in self._does:
            return await _done(self._does[name], body)
        if method not in ("GET", "HEAD"):
            return 404, {"message": "there is nothing here"}
        return await self._show(name)

    async def _show(self, name: str) -> tuple[int, Any]:
        if name == "health":
            return 200, {"status": "ok"}
        if name == "received":
            return 200, self.received.describe()
        if name == "faults":
            return 200, {"modes": [mode.value for mode in self._modes], "standing": self.faults.describe()}
        if name in self._shows:
            return 200, await self._shows[name]()
        return 404, {"message": "there is nothing here"}

    async def _fault(self, body: bytes) -> tuple[int, Any]:
        try:
            fault = parse_fault(json.loads(body), self._modes)
            act = self._acts.get(fault.mode)
            if act is not None:
                return 200, {"status": "ok", **await act(fault)}
            let_go = self.faults.set(fault)
        except InvalidFaultError as error:
            return 400, {"message": str(error)}
        except (ValueError, RecursionError):
            return 400, {"message": "the body is not JSON"}
        seed = {} if fault.seed is None else {"seed": fault.seed}
        return 200, {"status": "ok"} | ({"letGo": let_go} if let_go else {}) | seed

    async def _rerun(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """{"number", "body"?}: make a recorded call again, with another body where one is given."""
        number = asked.get("number")
        if set(asked) - {"number", "body"} or type(number) is not int:
            raise ValueError("give the call's number, and a body where it is to have another")
        call = self.received.find(number)
        if call is None or call.whole is None or self.repeat is None:
            raise ValueError("this call cannot be made again: it is too long ago, or was too large to keep")
        whole = call.whole if "body" not in asked else again.with_body(call.whole, asked["body"])
        status, body = await self.repeat(whole)
        return {"answered": status, "body": RawBody(body).readable()}


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
