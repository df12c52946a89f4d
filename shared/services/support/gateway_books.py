"""What the gateway has of a payment: by look-ups, or from a ledger of everything that it did."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bson import ObjectId
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.documents.payments import Payment
from shared.domain.money_invariants import AtGateway
from shared.ids import external_id, refund_id
from shared.integrations.pay import Declined, Merchant, NotFound, Pay, Sale, Unknown
from shared.sealing import Sealer
from shared.services.paying import merchants
from shared.store.mongo.client import Database

MAX_REFUNDS = 50
REFRESH_SECONDS = 1.0


class NoAnswerError(Exception):
    """The gateway could not be asked, or did not answer. The message says why."""


class OutOfReachError(Exception):
    """Nobody can ask the gateway about it any more. The message says why."""


class Books(Protocol):
    """A source that tells what the gateway has."""

    async def open(self) -> None:
        """Get ready, before the first payment is read. Raises NoAnswerError."""
        ...

    async def refresh(self) -> None:
        """From now on, answer with nothing older than this moment. Raises NoAnswerError."""
        ...

    async def of(self, payment: Payment) -> AtGateway:
        """What the gateway has of a payment. Raises NoAnswerError, OutOfReachError."""
        ...

    def strangers(self) -> Sequence[str]:
        """Sentences about what the gateway has and no payment knows; none where this source cannot tell."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How a charge stands at the gateway.

    `sale`: what the gateway took, None for nothing. `declined`: it said no. `is_void`: the charge was voided.
    `refunds`: the number, the id and the cents of each refund.
    """

    sale: Sale | None = None
    declined: bool = False
    is_void: bool = False
    refunds: tuple[tuple[int, str, int], ...] = ()

    @property
    def refunded(self) -> int:
        """Cents that were refunded."""
        return sum(cents for _, _, cents in self.refunds)


class LookUps:
    """Asks the gateway, with the credentials of each payment's location."""

    def __init__(self, db: Database, sealer: Sealer, pay: Pay) -> None:
        self._db = db
        self._sealer = sealer
        self._pay = pay
        self._merchants: dict[tuple[str, ObjectId | str], Merchant | None] = {}

    async def open(self) -> None:
        """Nothing to do: each answer is new."""

    async def refresh(self) -> None:
        """Nothing to do: each answer is new."""

    async def of(self, payment: Payment) -> AtGateway:
        merchant = await self.merchant(payment.restaurant_id, payment.location_id)
        if merchant.oid != payment.merchant_oid:
            raise OutOfReachError("its location is paid through another merchant by now")
        stands = await self.standing(merchant, payment.external_transaction_id, payment.drawn)
        if stands.sale is None:
            return AtGateway()
        captured = stands.sale.approved.amount_cents
        voided = captured if stands.is_void else 0
        return AtGateway(captures=1, captured=captured, voided=voided, refunded=stands.refunded)

    def strangers(self) -> Sequence[str]:
        return ()

    async def standing(self, merchant: Merchant, payment_id: str, known_refunds: int) -> Standing:
        """How the charge with this id stands. Raises NoAnswerError.

        `known_refunds`: how many its document knows to be sent. Further ones are asked for until there is none.
        """
        found = await self._found(merchant, payment_id)
        if not isinstance(found, Sale):
            return Standing(declined=isinstance(found, Declined))
        is_void = found.condition == "void"
        if found.condition == "unsaid":
            is_void = isinstance(await self._found(merchant, external_id(f"{payment_id}:void")), Sale)
        # What is void or open cannot have been refunded; a document that says so is asked about all the same.
        ended = is_void or (found.condition == "open" and not known_refunds)
        refunds = () if ended else await self._refunds(merchant, payment_id, known_refunds)
        return Standing(found, is_void=is_void, refunds=refunds)

    async def merchant(self, restaurant_id: str, location_id: ObjectId | str) -> Merchant:
        """The merchant of a location, whether or not it takes payment. Raises NoAnswerError."""
        where = (restaurant_id, location_id)
        if where not in self._merchants:
            self._merchants[where] = await merchants.of_location(self._db, self._sealer, *where, even_if_off=True)
        merchant = self._merchants[where]
        if merchant is None:
            raise NoAnswerError("its location's credentials cannot be read")
        return merchant

    async def _refunds(self, merchant: Merchant, payment_id: str, known: int) -> tuple[tuple[int, str, int], ...]:
        made = []
        for number in range(1, MAX_REFUNDS + 1):
            key = refund_id(payment_id, number)
            found = await self._found(merchant, key)
            if isinstance(found, Sale):
                made.append((number, key, found.approved.amount_cents))
            elif number > known and isinstance(found, NotFound):
                break
        return tuple(made)

    async def _found(self, merchant: Merchant, key: str) -> Sale | Declined | NotFound:
        found = await self._pay.look_up(merchant, key)
        if isinstance(found, Unknown):
            raise NoAnswerError(found.reason)
        return found


class LedgerRow(BaseModel):
    """One thing that the gateway did. `of_external_transaction_id`: the capture that a void or a refund belongs to."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    external_transaction_id: str
    kind: Literal["capture", "void", "refund"]
    amount_cents: int
    oid: str
    of_external_transaction_id: str | None = None


class Ledger:
    """A list of everything that the gateway did; the local stack's stand-in keeps one.

    It shows what look-ups cannot show, such as two captures under one id.
    """

    def __init__(self, load: Callable[[], Awaitable[Sequence[LedgerRow]]], oids: Collection[str]) -> None:
        """`load` reads the list. `oids`: the merchants of this database, since the ledger may serve others, too.

        The list is read before the first payment: so each capture in it has its payment.
        """
        self._load = load
        self._oids = oids
        self._loaded_at = 0.0
        self._rows: dict[str, list[LedgerRow]] = {}
        self._at_first: dict[str, list[LedgerRow]] = {}
        self._asked: set[str] = set()

    async def open(self) -> None:
        self._rows = self._at_first = await self._read()

    async def refresh(self) -> None:
        if time.monotonic() - self._loaded_at > REFRESH_SECONDS:
            self._rows = await self._read()

    async def of(self, payment: Payment) -> AtGateway:
        key = payment.external_transaction_id
        self._asked.add(key)
        rows = self._rows.get(key, [])
        captures = [row.amount_cents for row in rows if row.kind == "capture"]
        return AtGateway(
            captures=len(captures),
            captured=sum(captures),
            voided=sum(row.amount_cents for row in rows if row.kind == "void"),
            refunded=sum(row.amount_cents for row in rows if row.kind == "refund"),
        )

    def strangers(self) -> Sequence[str]:
        found = []
        for key, rows in self._at_first.items():
            if key not in self._asked and rows[0].oid in self._oids:
                done = ", ".join(f"{row.kind} of {row.amount_cents} cents" for row in rows)
                found.append(f"has {done} that no payment knows: {key}")
        return found

    async def _read(self) -> dict[str, list[LedgerRow]]:
        self._loaded_at = time.monotonic()
        read: dict[str, list[LedgerRow]] = defaultdict(list)
        for row in await self._load():
            capture = row.external_transaction_id if row.kind == "capture" else row.of_external_transaction_id
            read[capture or row.external_transaction_id].append(row)
        return dict(read)
