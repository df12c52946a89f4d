"""One call of a stand-in, from its record to its answer. The service itself brings only the work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.standin.calls import after, before, plainly
from local.standin.faults import Declining, Fault, FaultMode, Faults
from local.standin.received import Received, ReceivedCall
from local.standin.server import CutLine, read_object


class Masks(Protocol):
    """What may be seen of a service's calls afterwards."""

    def path(self, raw: str) -> str:
        """A path without its secrets."""
        ...

    def body(self, value: Any) -> Any:
        """A body without its secrets."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A call. `subject` is what a fault's match is looked for in; `refusal` is the text to decline with, if any."""

    request: Request
    body: Mapping[str, Any]
    subject: str
    refusal: str | None

    @property
    def path(self) -> Mapping[str, str]:
        """The names in the path, by the route's own names for them."""
        return self.request.path_params


@dataclass(frozen=True, slots=True)
class Work:
    """What a valid call is going to do.

    `do`: does it, and returns the answer. None where nothing is done, and the caller's line is cut.
    `fault`: what the call itself makes go wrong on the way, such as a test card.
    """

    do: Callable[[], Any] | None
    fault: Fault | None = None


class Conduct:
    """What happens around every call of one service: it is recorded, meets its fault, is checked, done, and answered.

    `written` returns once everything that was done is on the disk: no answer goes out before.
    `names` returns what a fault's match may find in a body. It may find the method and the path in any case.
    """

    def __init__(
        self,
        faults: Faults,
        received: Received,
        *,
        stopping: asyncio.Event,
        masks: Masks,
        written: Callable[[], Awaitable[None]],
        names: Callable[[Mapping[str, Any]], str] = lambda _body: "",
    ) -> None:
        self.faults = faults
        self.received = received
        received.mask_path = masks.path
        self._stopping = stopping
        self._masks = masks
        self._written = written
        self._names = names

    def route(
        self, method: str, path: str, act: Callable[[Asked], Work], *, declining: Declining = "never"
    ) -> BaseRoute:
        """The route of a call. `act` checks the call and returns its work, or raises HTTPException to refuse it."""

        async def endpoint(request: Request) -> Response:
            call = self.received.add(method, self._masks.path(request.url.path), request.headers.items())
            try:
                response = await self._answer(request, call, act, declining)
            except HTTPException as error:
                response = plainly(error.status_code, error.detail)
            call.answered = None if isinstance(response, CutLine) else response.status_code
            return response

        return Route(path, endpoint, methods=[method], name=act.__name__)

    async def _answer(
        self, request: Request, call: ReceivedCall, act: Callable[[Asked], Work], declining: Declining
    ) -> Response:
        body = await read_object(request)
        call.body = self._masks.body(body)
        subject = f"{request.method} {request.url.path} {self._names(body)}"
        fault = self.faults.take(subject, declining)
        ended = await self._before(fault, request, subject)
        if ended is not None:
            return ended
        refusal = fault.message if fault is not None and fault.mode is FaultMode.DECLINE else None
        work = act(Asked(request, body, subject, refusal))
        ended = await self._before(work.fault, request, subject)
        if ended is not None:
            return ended
        if work.do is None:
            return CutLine()
        answer = JSONResponse(work.do())
        await self._written()
        told = after(fault, answer)
        return told if told is not answer else after(work.fault, answer)

    async def _before(self, fault: Fault | None, request: Request, subject: str) -> Response | None:
        return await before(fault, self.faults, request, subject, stopping=self._stopping, refuse=plainly)
