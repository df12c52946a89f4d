"""What stands beside the gateway's own API: the hosted fields of a diner's browser, the ledger, and settling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from local.saas.emergepay import masks, wire
from local.saas.emergepay.books import Books
from local.saas.emergepay.cards import CARDS, Tied
from local.standin.faults import Fault, FaultMode, Faults
from local.standin.received import Received
from local.standin.server import read_object
from local.standin.switches import Switches

_MAX_SECONDS = 86_400
_FIELDS = Path(__file__).parent / "fields"
"""The script that a page loads in the gateway's place, and the frames that it opens."""


class GatewaySwitches:
    """Lets a diner's browser give its card, and tests see and break what the gateway does."""

    def __init__(self, books: Books, faults: Faults, received: Received) -> None:
        self._books = books
        self._received = received
        self.switches = Switches(
            faults,
            received,
            modes=tuple(FaultMode),
            shows={"ledger": self._ledger},
            acts={FaultMode.SETTLE: self._settle},
        )

    def routes(self) -> list[BaseRoute]:
        """The hosted fields, below the service's path: their script, and what a field sends."""
        return [
            Route("/hosted-fields/{token}", self._hosted_fields, methods=["POST"]),
            Mount("/assets", StaticFiles(directory=_FIELDS)),
        ]

    async def _hosted_fields(self, request: Request) -> Response:
        """POST {"cardNumber", "seconds"?}: tie a test card to a token."""
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

    async def _ledger(self) -> list[dict[str, Any]]:
        """Every capture, void and refund that really happened, oldest first."""
        rows = [wire.ledger_row(each) for each in self._books.done()]
        await self._books.written()
        return rows

    async def _settle(self, fault: Fault) -> dict[str, Any]:
        """Settle what was captured so far, and say how much that was."""
        settled = self._books.settle(fault.match or "")
        await self._books.written()
        return {"settled": settled}
