"""What stands beside the gateway's own API: the hosted fields, and `_local` for tests and the console."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.saas.emergepay import masks, wire
from local.saas.emergepay.books import Books
from local.saas.emergepay.cards import CARDS, Tied
from local.standin.faults import FaultMode, Faults, InvalidFaultError, parse_fault
from local.standin.received import Received
from local.standin.server import read_object

_MAX_SECONDS = 600


class Switches:
    """Lets a diner's browser give its card, and tests see and break what the gateway does."""

    def __init__(self, books: Books, faults: Faults, received: Received) -> None:
        self._books = books
        self._faults = faults
        self._received = received

    def routes(self) -> list[BaseRoute]:
        """Every route, below the service's path."""
        return [
            Route("/hosted-fields/{token}", self.hosted_fields, methods=["POST"]),
            Route("/_local/received", self.received),
            Route("/_local/fault", self.fault, methods=["POST"]),
            Route("/_local/ledger", self.ledger),
        ]

    async def hosted_fields(self, request: Request) -> Response:
        """POST {"cardNumber", "seconds"?}: ties a test card to a token."""
        call = self._received.add("POST", masks.path(request.url.path), request.headers.items())
        try:
            body = await read_object(request)
            call.body = masks.body(body)
            self._tie(request.path_params["token"], body)
        except HTTPException as error:
            call.answered = error.status_code
            raise
        await self._books.written()
        call.answered = 200
        return JSONResponse({"status": "ok"})

    def _tie(self, token: str, body: dict[str, Any]) -> None:
        number, seconds = body.get("cardNumber"), body.get("seconds")
        if self._books.owner_of(token) is None:
            raise HTTPException(404, "The transaction token is unknown")
        if not isinstance(number, str) or number not in CARDS:
            raise HTTPException(400, f"cardNumber must be one of {', '.join(CARDS)}")
        if seconds is not None and not (type(seconds) in (int, float) and 0 <= seconds <= _MAX_SECONDS):
            raise HTTPException(400, f"seconds must be a number from 0 to {_MAX_SECONDS}")
        self._books.tie(token, Tied(number, seconds))

    async def received(self, _request: Request) -> Response:
        """GET: the last 1,000 calls, newest last, secrets masked."""
        return JSONResponse(self._received.describe())

    async def fault(self, request: Request) -> Response:
        """POST: what goes wrong with the next calls; or settles what was captured so far."""
        try:
            fault = parse_fault(await read_object(request))
            if fault.mode is FaultMode.SETTLE:
                settled = self._books.settle(fault.match or "")
                await self._books.written()
                return JSONResponse({"status": "ok", "settled": settled})
            self._faults.set(fault)
        except InvalidFaultError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse({"status": "ok"})

    async def ledger(self, _request: Request) -> Response:
        """GET: every capture, void and refund that really happened, oldest first."""
        rows = [wire.ledger_row(each) for each in self._books.done()]
        await self._books.written()
        return JSONResponse(rows)
