"""The gateway's books: tokens with their cards, and every transaction that it made or refused, kept in a journal."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import Any, Literal

from local import clock
from local.saas.emergepay.cards import Tied
from local.standin.books import BooksOnDisk
from local.standin.journal import Journal

Kind = Literal["capture", "void", "refund"]
Condition = Literal["Open", "Settled", "Void"]

APPROVED = "Approved"

SETTLES_AFTER_SECONDS = 24 * 3600.0
"""A capture is settled by itself a day later, by the stack's clock."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """Something that the gateway did, or refused to do.

    `cents`: the whole sum; the tip and the tax are parts of it.
    `message`: why it was refused, or APPROVED.
    `of`, `of_external_id`: the capture that a void or refund belongs to.
    `hidden_until`: look-ups find nothing before (seconds since the epoch).

    Whether a capture is open, settled or void changes with time, and is kept beside it.
    """

    kind: Kind
    oid: str
    external_id: str
    unique_id: str
    cents: int
    at: float
    approved: bool
    message: str
    tip_cents: int = 0
    tax_cents: int = 0
    of: str | None = None
    of_external_id: str | None = None
    card: str = ""
    brand: str = ""
    approval: str = ""
    reference: str = ""
    hidden_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Charge:
    """What a charge is asked for, in cents."""

    external_id: str
    cents: int
    tip_cents: int
    tax_cents: int
    reference: str


class Books(BooksOnDisk):
    """Everything that the gateway remembers. Each act goes into the journal."""

    def __init__(self, journal: Journal) -> None:
        """Read what earlier runs did. Raises JournalError."""
        self._tokens: dict[str, str] = {}
        self._cards: dict[str, Tied] = {}
        self._by_external: dict[tuple[str, str], list[Transaction]] = {}
        self._captures: dict[str, Transaction] = {}
        self._conditions: dict[str, Condition] = {}
        self._refunded: dict[str, int] = {}
        self._done: list[Transaction] = []
        super().__init__(journal)

    # Tokens

    def new_token(self, oid: str) -> str:
        """A token for hosted fields; it belongs to its merchant."""
        token = secrets.token_hex(20)
        self._record({"event": "token", "token": token, "oid": oid})
        return token

    def owner_of(self, token: str) -> str | None:
        """The merchant that a token belongs to, None for an unknown one."""
        return self._tokens.get(token)

    def tie(self, token: str, tied: Tied) -> None:
        """Tie a card to a token, as the hosted fields in the diner's browser do."""
        self._record({"event": "card", "token": token, **asdict(tied)})

    def card_of(self, token: str) -> Tied:
        """The card that is tied to a token. Without one, a card that is approved."""
        return self._cards.get(token, Tied())

    # Acts

    def charge(self, oid: str, asked: Charge, tied: Tied, refusal: str | None) -> Transaction:
        """Charge a card, each time it is called; or keep the refusal."""
        now = clock.seconds()
        return self._done_as(
            Transaction(
                kind="capture",
                oid=oid,
                external_id=asked.external_id,
                unique_id=_unique_id(),
                cents=asked.cents,
                at=now,
                approved=refusal is None,
                message=refusal or APPROVED,
                tip_cents=asked.tip_cents,
                tax_cents=asked.tax_cents,
                card=tied.masked,
                brand=tied.brand,
                approval="" if refusal else secrets.token_hex(3).upper(),
                reference=asked.reference,
                hidden_until=now + tied.lasts_seconds if tied.card.hidden else 0.0,
            )
        )

    def void(self, capture: Transaction, external_id: str, refusal: str | None) -> Transaction:
        """Void a capture that is not settled yet."""
        condition = self.condition_of(capture)
        if condition != "Open":
            refusal = f"Transaction already {'voided' if condition == 'Void' else 'settled'}"
        return self._done_as(_returning("void", capture, external_id, capture.cents, refusal))

    def refund(self, capture: Transaction, external_id: str, cents: int, refusal: str | None) -> Transaction:
        """Refund a settled capture, or a part of what is left of it, each time it is called."""
        condition = self.condition_of(capture)
        if condition != "Settled":
            refusal = "Transaction already voided" if condition == "Void" else "Transaction not settled"
        elif cents > capture.cents - self._refunded.get(capture.unique_id, 0):
            refusal = "Amount exceeds what is left of the transaction"
        return self._done_as(_returning("refund", capture, external_id, cents, refusal))

    def settle(self, match: str) -> int:
        """Settle the open captures whose external id contains `match`. Returns how many there were."""
        found = [
            unique_id
            for unique_id, condition in self._conditions.items()
            if condition == "Open" and match in self._captures[unique_id].external_id
        ]
        if found:
            self._record({"event": "settle", "uniqueIds": found})
        return len(found)

    # Look-ups

    def capture(self, oid: str, unique_id: str) -> Transaction | None:
        """A merchant's capture by the gateway's own id."""
        found = self._captures.get(unique_id)
        return found if found is not None and found.oid == oid else None

    def find(self, oid: str, external_id: str) -> Transaction | None:
        """What became of an external id: the first approval, else the last refusal. None for nothing yet, or hidden."""
        now = clock.seconds()
        seen = [each for each in self._by_external.get((oid, external_id), ()) if each.hidden_until <= now]
        return next((each for each in seen if each.approved), seen[-1] if seen else None)

    def condition_of(self, capture: Transaction) -> Condition:
        """Whether a capture is open, settled or void."""
        known = self._conditions[capture.unique_id]
        settled = known == "Open" and clock.seconds() >= capture.at + SETTLES_AFTER_SECONDS
        return "Settled" if settled else known

    def done(self) -> tuple[Transaction, ...]:
        """Every capture, void and refund that really happened, oldest first."""
        return tuple(self._done)

    def _done_as(self, transaction: Transaction) -> Transaction:
        self._record({"event": "transaction", **asdict(transaction)})
        return transaction

    def _apply(self, event: dict[str, Any]) -> None:
        fields = {name: value for name, value in event.items() if name != "event"}
        match event["event"]:
            case "token":
                self._tokens[fields["token"]] = fields["oid"]
            case "card":
                token = fields.pop("token")
                self._cards[token] = Tied(**fields)
            case "settle":
                self._conditions.update(dict.fromkeys(fields["uniqueIds"], "Settled"))
            case "transaction":
                self._enter(Transaction(**fields))

    def _enter(self, transaction: Transaction) -> None:
        self._by_external.setdefault((transaction.oid, transaction.external_id), []).append(transaction)
        if not transaction.approved:
            return
        self._done.append(transaction)
        if transaction.kind == "capture":
            self._captures[transaction.unique_id] = transaction
            self._conditions[transaction.unique_id] = "Open"
        elif transaction.of is not None and transaction.kind == "void":
            self._conditions[transaction.of] = "Void"
        elif transaction.of is not None:
            self._refunded[transaction.of] = self._refunded.get(transaction.of, 0) + transaction.cents


def _returning(kind: Kind, capture: Transaction, external_id: str, cents: int, refusal: str | None) -> Transaction:
    return Transaction(
        kind=kind,
        oid=capture.oid,
        external_id=external_id,
        unique_id=_unique_id(),
        cents=cents,
        at=clock.seconds(),
        approved=refusal is None,
        message=refusal or APPROVED,
        of=capture.unique_id,
        of_external_id=capture.external_id,
        card=capture.card,
        brand=capture.brand,
        reference=capture.reference,
    )


def _unique_id() -> str:
    return f"ep-{secrets.token_hex(12)}"
