"""The gateway's own API: from the merchant's key to the charge, with everything that can go wrong in between."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.saas.emergepay import masks, wire
from local.saas.emergepay.books import Books, Charge, Transaction
from local.saas.emergepay.cards import Tied, in_wallet
from local.standin.faults import Declining, Fault, FaultMode, Faults
from local.standin.received import Received, ReceivedCall
from local.standin.server import CutLine, read_object


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of a merchant who showed the right key. `refusal` is the text to decline with, as a fault wants it."""

    oid: str
    path: Mapping[str, str]
    body: Mapping[str, Any]
    subject: str
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Work:
    """What a valid call is going to do, and the card that it does it with."""

    do: Callable[[], dict[str, Any]]
    tied: Tied | None = None


class Gateway:
    """Every call of the gateway: recorded, met by faults, checked, done, kept, answered."""

    def __init__(self, books: Books, faults: Faults, received: Received, stopping: asyncio.Event) -> None:
        self._books = books
        self._faults = faults
        self._received = received
        self._stopping = stopping

    def routes(self) -> list[BaseRoute]:
        """Every route, below the service's path."""
        return [
            self._route("POST", "start", self._start),
            self._route("PUT", "checkout/{token}", self._checkout, "always"),
            self._route("POST", "wallets", self._wallet, "always"),
            self._route("PUT", "void", self._void, "if matched"),
            self._route("PUT", "tokenizedRefund", self._refund, "if matched"),
            self._route("PUT", "acknowledgements/{external_id}", self._acknowledge),
            self._route("GET", "{external_id}", self._look_up),
        ]

    # What each call does

    def _start(self, asked: Asked) -> Work:
        data = wire.transaction_data(asked.body)
        if data.get("transactionType") != "CreditSale" or data.get("method") != "hostedFields":
            raise HTTPException(400, "transactionType must be CreditSale, and method hostedFields")
        return Work(lambda: {"transactionToken": self._books.new_token(asked.oid)})

    def _checkout(self, asked: Asked) -> Work:
        token = asked.path["token"]
        if self._books.owner_of(token) != asked.oid:
            raise HTTPException(404, "The transaction token is unknown")
        return self._charge(asked, wire.charge(wire.transaction_data(asked.body)), self._books.card_of(token))

    def _wallet(self, asked: Asked) -> Work:
        data = wire.transaction_data(asked.body)
        token = data.get("token")
        if not isinstance(token, Mapping) or not token.get("data"):
            raise HTTPException(400, "token.data is required")
        return self._charge(asked, wire.charge(data), in_wallet(token["data"]))

    def _charge(self, asked: Asked, charge: Charge, tied: Tied) -> Work:
        refusal = asked.refusal or tied.card.refusal
        return Work(lambda: wire.sale(self._books.charge(asked.oid, charge, tied, refusal)), tied)

    def _void(self, asked: Asked) -> Work:
        data = wire.transaction_data(asked.body)
        external_id, capture = wire.text(data, "externalTransactionId"), self._capture(asked, data)
        return Work(lambda: wire.sale(self._books.void(capture, external_id, asked.refusal)))

    def _refund(self, asked: Asked) -> Work:
        data = wire.transaction_data(asked.body)
        external_id, cents = wire.text(data, "externalTransactionId"), wire.amount(data, "amount")
        capture = self._capture(asked, data)
        return Work(lambda: wire.sale(self._books.refund(capture, external_id, cents, asked.refusal)))

    def _acknowledge(self, asked: Asked) -> Work:
        self._found(asked)
        return Work(lambda: {"message": "Acknowledged"})

    def _look_up(self, asked: Asked) -> Work:
        if self._faults.hides(asked.subject):
            raise HTTPException(404, "The transaction was not found")
        found = self._found(asked)
        condition = self._books.condition_of(found) if found.approved and found.kind == "capture" else None
        return Work(lambda: wire.sale(found, condition))

    def _found(self, asked: Asked) -> Transaction:
        found = self._books.find(asked.oid, asked.path["external_id"])
        if found is None:
            raise HTTPException(404, "The transaction was not found")
        return found

    def _capture(self, asked: Asked, data: Mapping[str, Any]) -> Transaction:
        found = self._books.capture(asked.oid, wire.text(data, "uniqueTransId"))
        if found is None:
            raise HTTPException(404, "The transaction was not found")
        return found

    # What is the same for all

    def _route(self, method: str, path: str, act: Callable[[Asked], Work], declining: Declining = "never") -> BaseRoute:
        async def endpoint(request: Request) -> Response:
            call = self._received.add(method, masks.path(request.url.path), request.headers.items())
            try:
                response = await self._answer(request, call, act, declining)
            except HTTPException as error:
                response = JSONResponse({"message": error.detail}, error.status_code)
            call.answered = None if isinstance(response, CutLine) else response.status_code
            return response

        return Route(f"/v1/orgs/{{oid}}/transactions/{path}", endpoint, methods=[method], name=act.__name__)

    async def _answer(
        self, request: Request, call: ReceivedCall, act: Callable[[Asked], Work], declining: Declining
    ) -> Response:
        body = await read_object(request)
        call.body = masks.body(body)
        subject = _subject(request, body)
        fault = self._faults.take(subject, declining)
        ended = await self._before(fault, request)
        if ended is not None:
            return ended
        oid = _merchant(request)
        refusal = fault.message if fault is not None and fault.mode is FaultMode.DECLINE else None
        work = act(Asked(oid, request.path_params, body, subject, refusal))
        ended = await self._meet_card(work.tied, request)
        if ended is not None:
            return ended
        answer = work.do()
        await self._books.written()
        return _after(fault) or _after(work.tied.fault if work.tied else None) or JSONResponse(answer)

    async def _meet_card(self, tied: Tied | None, request: Request) -> Response | None:
        if tied is None:
            return None
        ended = await self._before(tied.fault, request)
        return ended if tied.card.charges else CutLine()

    async def _before(self, fault: Fault | None, request: Request) -> Response | None:
        """The fault's part before the work: a response that ends the call, or None to go on."""
        if fault is None:
            return None
        if fault.mode is FaultMode.ERROR:
            return JSONResponse({"message": "The gateway was told to fail this call."}, fault.status)
        if fault.mode is FaultMode.DROP_BEFORE:
            return CutLine()
        if fault.holds:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), fault.hold_seconds)
            gone = fault.mode is FaultMode.STALL and await request.is_disconnected()
            if gone or self._stopping.is_set():
                return CutLine()
        return None


def _after(fault: Fault | None) -> Response | None:
    """The fault's part after the work: what goes out in the place of the answer."""
    if fault is not None and fault.mode is FaultMode.DROP_AFTER:
        return CutLine()
    if fault is not None and fault.mode is FaultMode.GARBLE:
        return Response('{"transactionResponse": {"resultSta', media_type="application/json")
    return None


def _subject(request: Request, body: Mapping[str, Any]) -> str:
    """What a fault's match is looked for in."""
    data = body.get("transactionData")
    external_id = data.get("externalTransactionId") if isinstance(data, Mapping) else None
    return f"{request.method} {request.url.path} {external_id or ''}"


def _merchant(request: Request) -> str:
    """The merchant in the path, who must show his key. Raises HTTPException 401."""
    oid = str(request.path_params["oid"])
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer test-key-{oid}".encode()):
        raise HTTPException(401, "The key is not this merchant's")
    return oid
