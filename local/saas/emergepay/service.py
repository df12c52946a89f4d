"""The gateway's own API: what each of its calls does, with the merchant's key and the card before it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from local.saas.emergepay import masks, wire
from local.saas.emergepay.books import Books, Charge, Transaction
from local.saas.emergepay.cards import Tied, in_wallet
from local.saas.emergepay.switches import GatewaySwitches
from local.standin.conduct import Asked, Conduct, Work
from local.standin.faults import Declining, Faults
from local.standin.journal import Journal
from local.standin.received import Received
from local.standin.switches import Switches

_TRANSACTIONS = "/v1/orgs/{oid}/transactions"


class EmergePay:
    """The stand-in on its journal."""

    def __init__(self, journal: Journal, stopping: asyncio.Event) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._books = Books(journal)
        self._faults = Faults()
        received = Received()
        self._beside = GatewaySwitches(self._books, self._faults, received)
        self._conduct = Conduct(
            self._faults, received, stopping=stopping, masks=masks, written=self._books.written, names=_external_id
        )

    @property
    def switches(self) -> Switches:
        """`/_local`, with the ledger."""
        return self._beside.switches

    def routes(self) -> list[BaseRoute]:
        """The gateway's calls, and the hosted fields of a diner's browser."""
        return [
            self._route("POST", "start", self._start),
            self._route("PUT", "checkout/{token}", self._checkout, "always"),
            self._route("POST", "wallets", self._wallet, "always"),
            self._route("PUT", "void", self._void, "if matched"),
            self._route("PUT", "tokenizedRefund", self._refund, "if matched"),
            self._route("PUT", "acknowledgements/{external_id}", self._acknowledge),
            self._route("GET", "{external_id}", self._look_up),
            *self._beside.routes(),
        ]

    async def close(self) -> None:
        """Write what is not on the disk yet, and close the journal."""
        self._books.close()

    def _route(
        self, method: str, path: str, act: Callable[[Asked, str], Work], declining: Declining = "never"
    ) -> BaseRoute:
        def with_merchant(asked: Asked) -> Work:
            return act(asked, _merchant(asked))

        return self._conduct.route(method, f"{_TRANSACTIONS}/{path}", with_merchant, declining=declining)

    def _start(self, asked: Asked, oid: str) -> Work:
        data = wire.transaction_data(asked.body)
        if data.get("transactionType") != "CreditSale" or data.get("method") != "hostedFields":
            raise HTTPException(400, "transactionType must be CreditSale, and method hostedFields")
        return Work(lambda: {"transactionToken": self._books.new_token(oid)})

    def _checkout(self, asked: Asked, oid: str) -> Work:
        token = asked.path["token"]
        if self._books.owner_of(token) != oid:
            raise HTTPException(404, "The transaction token is unknown")
        return self._charge(asked, oid, wire.charge(wire.transaction_data(asked.body)), self._books.card_of(token))

    def _wallet(self, asked: Asked, oid: str) -> Work:
        data = wire.transaction_data(asked.body)
        token = data.get("token")
        if not isinstance(token, Mapping) or not token.get("data"):
            raise HTTPException(400, "token.data is required")
        return self._charge(asked, oid, wire.charge(data), in_wallet(token["data"]))

    def _charge(self, asked: Asked, oid: str, charge: Charge, tied: Tied) -> Work:
        refusal = asked.refusal or tied.card.refusal

        def do() -> dict[str, Any]:
            return wire.sale(self._books.charge(oid, charge, tied, refusal))

        return Work(do if tied.card.charges else None, tied.fault)

    def _void(self, asked: Asked, oid: str) -> Work:
        data = wire.transaction_data(asked.body)
        external_id, capture = wire.text(data, "externalTransactionId"), self._capture(oid, data)
        return Work(lambda: wire.sale(self._books.void(capture, external_id, asked.refusal)))

    def _refund(self, asked: Asked, oid: str) -> Work:
        data = wire.transaction_data(asked.body)
        external_id, cents = wire.text(data, "externalTransactionId"), wire.amount(data, "amount")
        capture = self._capture(oid, data)
        return Work(lambda: wire.sale(self._books.refund(capture, external_id, cents, asked.refusal)))

    def _acknowledge(self, asked: Asked, oid: str) -> Work:
        self._found(asked, oid)
        return Work(lambda: {"message": "Acknowledged"})

    def _look_up(self, asked: Asked, oid: str) -> Work:
        if self._faults.hides(asked.subject):
            raise HTTPException(404, "The transaction was not found")
        found = self._found(asked, oid)
        condition = self._books.condition_of(found) if found.approved and found.kind == "capture" else None
        return Work(lambda: wire.sale(found, condition))

    def _found(self, asked: Asked, oid: str) -> Transaction:
        found = self._books.find(oid, asked.path["external_id"])
        if found is None:
            raise HTTPException(404, "The transaction was not found")
        return found

    def _capture(self, oid: str, data: Mapping[str, Any]) -> Transaction:
        found = self._books.capture(oid, wire.text(data, "uniqueTransId"))
        if found is None:
            raise HTTPException(404, "The transaction was not found")
        return found


def _external_id(body: Mapping[str, Any]) -> str:
    """What a fault's match may name beside the method and the path."""
    data = body.get("transactionData")
    external_id = data.get("externalTransactionId") if isinstance(data, Mapping) else None
    return str(external_id or "")


def _merchant(asked: Asked) -> str:
    """The merchant in the path, who must show the key of that merchant. Raises HTTPException 401."""
    oid = asked.path["oid"]
    given = asked.request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer test-key-{oid}".encode()):
        raise HTTPException(401, "The key is not this merchant's")
    return oid
