"""The calls of a stand-in that speaks as its vendor does: each is recorded, read, meets its fault, and is answered.

`Conduct` does the same for stand-ins whose calls are all JSON and all answered alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.standin.faults import PLAIN_MODES, Ended, Fault, FaultMode, Faults, meet
from local.standin.received import Received, ReceivedCall
from local.standin.server import MAX_BODY_BYTES, CutLine, read_body
from local.standin.switches import Do, Show, Switches

TOLD_TO_FAIL = "The stand-in was told to fail this call."

Refuse = Callable[[int, str], Response]
"""How a service says no: its answer with this status, for this reason."""

Value = TypeVar("Value")


def plainly(status: int, message: str) -> Response:
    """How a service without words of its own says no."""
    return JSONResponse({"message": message}, status)


@dataclass(frozen=True, slots=True)
class Read(Generic[Value]):
    """A body as its service reads it.

    `shown`: what of it is kept in the record of calls. `about`: what a fault's match may name, beside the method and
    the path.
    """

    value: Value
    shown: Any = None
    about: str = ""


class Calls:
    """The calls of one service, and its `/_local`."""

    def __init__(
        self,
        stopping: asyncio.Event,
        refuse: Refuse = plainly,
        *,
        modes: Collection[FaultMode] = PLAIN_MODES,
        shows: Mapping[str, Show],
        does: Mapping[str, Do],
    ) -> None:
        """`modes`, `shows` and `does` are those of the switches."""
        self.received = Received()
        self._faults = Faults()
        self._stopping = stopping
        self._refuse = refuse
        self.switches = Switches(self._faults, self.received, modes=modes, shows=shows, does=does)

    def route(
        self,
        path: str,
        read: Callable[[Request, bytes], Read[Value]],
        act: Callable[[Request, Value], Awaitable[Response]],
        *,
        refuse: Refuse | None = None,
        most_bytes: int = MAX_BODY_BYTES,
    ) -> BaseRoute:
        """The route of a POST. `read` and `act` may raise HTTPException: `refuse` has the words, else the service's.

        What `act` answers below 400 counts as done.
        """
        words = refuse or self._refuse

        async def answer(request: Request, call: ReceivedCall) -> Response:
            came = read(request, await read_body(request, most_bytes))
            call.body, subject = came.shown, f"POST {request.url.path} {came.about}"
            fault = self._faults.take(subject)
            ended = await before(fault, self._faults, request, subject, stopping=self._stopping, refuse=words)
            return ended or after(fault, await act(request, came.value))

        async def endpoint(request: Request) -> Response:
            call = self.received.add("POST", request.url.path, request.headers.items())
            try:
                response = await answer(request, call)
            except HTTPException as error:
                response = words(error.status_code, error.detail)
            call.answered = None if isinstance(response, CutLine) else response.status_code
            return response

        return Route(path, endpoint, methods=["POST"])


async def before(
    fault: Fault | None, faults: Faults, request: Request, subject: str, *, stopping: asyncio.Event, refuse: Refuse
) -> Response | None:
    """The fault's part before the work: what goes out in the place of the service's answer; None to go on."""
    with faults.letting_go(subject) as let_go:
        ended = await meet(fault, stopping, request.is_disconnected, let_go)
    if ended is Ended.FAILED and fault is not None:
        return refuse(fault.status, TOLD_TO_FAIL)
    return None if ended is None else CutLine()


def after(fault: Fault | None, response: Response) -> Response:
    """The fault's part after the work: what goes out in the place of an answer that says it is done."""
    if fault is None or response.status_code >= 400:
        return response
    if fault.mode is FaultMode.DROP_AFTER:
        return CutLine()
    if fault.mode is FaultMode.GARBLE:
        whole = bytes(response.body)
        return Response(whole[: len(whole) // 2], response.status_code, media_type="application/json")
    return response
