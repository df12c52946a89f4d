"""Payments: one document per attempt to pay for a preview (rules 2 and 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from bson import ObjectId
from pydantic import BeforeValidator, Field

from shared.documents.base import Document, Flag, Moment, StoredId, TextOrNone, WholeOrNone
from shared.ids import external_id, refund_id

PaymentState = Literal[
    "intent",
    "sent",
    "approved",
    "declined",
    "unknown",
    "lost",
    "cancelled",
    "ordered",
    "voiding",
    "voided",
    "refunding",
    "part_refunded",
    "refunded",
]
PaymentKind = Literal["card", "wallet"]
RefundState = Literal["owed", "intent", "sent", "done", "declined", "unknown", "covered"]
TO_COME: frozenset[RefundState] = frozenset({"owed", "intent", "sent", "unknown"})
"""Refunds in these states are promised, and not made yet."""


class Outcome(Document):
    """What came of the attempt: the words with which its token is answered for ever."""

    code: str
    result_status: str
    result_message: str
    at: datetime


class Step(Document):
    """One move in a payment's history: where to, when, and who moved it."""

    state: str
    at: datetime
    by: str


class Refund(Document):
    """One refund. Each time that it is sent it has a number of its own, and is called only once, like a charge.

    `owed`: to be sent once the capture is settled. `covered`: given back by the void of the whole capture instead.
    `number`: the one that it was sent with last; none before, and none on refunds of older releases, whose `id` is the
    gateway's. `request`: a digest of who asked for it with which key. `tried_at`: when the gateway last refused it as
    not settled. `said`: why it declined it. `told`: a person was told so. `again`: another was made in its place.
    """

    id: str = Field(alias="_id")
    state: RefundState
    amount_cents: int
    at: datetime
    by: str
    number: WholeOrNone = None
    request: TextOrNone = None
    tried_at: Moment = None
    said: TextOrNone = None
    told: Flag = False
    again: Flag = False
    deadline_at: Moment = None
    not_found_since: Moment = None


class Payment(Document):
    """One attempt to pay.

    - `began_at`: when the diner asked for it.
    - `version`: each move adds 1, and each change of a refund. Older releases counted none: absent is 0.
    - `amount_cents`: the whole sum. `tip_cents` and `tax_cents` are parts of it.
    - `captured_cents`: what the gateway says it took.
    - `merchant_oid`: whom it was to pay, whoever the location pays now.
    - `not_found_since`: since when each look-up was answered "not found".
    - `asked_from`: a digest of the diner's client address, kept only until the gateway has spoken.
    - `needs_attention`: why a person must look at it.
    """

    id: str = Field(alias="_id")
    preview_id: ObjectId
    restaurant_id: str
    location_id: StoredId
    merchant_oid: str
    attempt: int
    began_at: datetime
    kind: PaymentKind
    token_hash: str
    sealed_token: str | None = None
    asked_from: str | None = None
    state: PaymentState
    version: Annotated[int, BeforeValidator(lambda stored: stored or 0)] = 0
    amount_cents: int
    tip_cents: int = 0
    tax_cents: int = 0
    external_transaction_id: str
    gateway_id: str | None = None
    card_tail: str | None = None
    brand: str | None = None
    captured_cents: int | None = None
    deadline_at: Moment = None
    not_found_since: Moment = None
    next_look_at: Moment = None
    looks: int = 0
    outcome: Outcome | None = None
    history: list[Step] = Field(default_factory=list)
    refunds: list[Refund] = Field(default_factory=list)
    needs_attention: str | None = None

    @property
    def void_id(self) -> str:
        """The external id under which the gateway knows this payment's void."""
        return external_id(f"{self.id}:void")

    @property
    def became_order(self) -> bool:
        """Whether an order was placed on it, whatever became of its money since."""
        return any(step.state == "ordered" for step in self.history)

    @property
    def drawn(self) -> int:
        """The highest number that a refund of it was sent with; 0 for none. Those of older releases are in order."""
        return max((self._number(at, refund) for at, refund in enumerate(self.refunds, start=1)), default=0)

    def _number(self, at: int, refund: Refund) -> int:
        if refund.number is not None:
            return refund.number
        return 0 if refund.state in ("owed", "covered") else at

    def refund_key(self, refund: Refund) -> str:
        """The external id under which the gateway knows a refund that was sent."""
        return refund.id if refund.number is None else refund_id(self.id, refund.number)

    def moved(self, to: PaymentState) -> Self:
        """The payment as it stands after its next move, for a way of several moves in one transaction."""
        return self.model_copy(update={"state": to, "version": self.version + 1})

    @property
    def kept_cents(self) -> int:
        """What of the capture is not given back."""
        if self.captured_cents is None or self.state == "voided":
            return 0
        return self.captured_cents - sum(refund.amount_cents for refund in self.refunds if refund.state == "done")

    @property
    def left_cents(self) -> int:
        """What can still be given back: neither given back yet, nor promised. A payment in `voiding` owes all."""
        if self.state in ("voiding", "voided", "refunded"):
            return 0
        return self.kept_cents - sum(refund.amount_cents for refund in self.refunds if refund.state in TO_COME)

    @property
    def promised_cents(self) -> int:
        """What of the capture is given back, or will be."""
        return (self.captured_cents or 0) - self.left_cents

    @property
    def sent_nothing_back(self) -> bool:
        """Whether none of its refunds was ever sent."""
        return all(one.state in ("owed", "covered") and one.number is None for one in self.refunds)


class PaymentToken(Document):
    """The merchant (`oid`) that a card's token was started for, kept until `purge_at`. `id`: the token's hash."""

    id: str = Field(alias="_id")
    oid: str
    purge_at: datetime


class PaymentSum(Document):
    """The attempts of one location in one state, summed up for a day."""

    restaurant_id: str
    location_id: StoredId
    state: PaymentState
    payments: int
    amount_cents: int
    tip_cents: int


class PaymentDay(Document):
    """The daily list of payments.

    `id`: the day (UTC), such as 2026-11-24. `not_at_rest`: payments that were still being taken, looked up or given
    back when the list was written.
    """

    id: str = Field(alias="_id")
    written_at: datetime
    sums: list[PaymentSum]
    not_at_rest: list[dict[str, Any]]
