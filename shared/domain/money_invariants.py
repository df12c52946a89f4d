"""What must be true of every payment, and of what an order was paid with (rules 9, invariants 1, 3, 6 and 7).

Each function takes values, and gives a sentence for each difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Self

from shared.documents.orders import Order
from shared.documents.payments import Payment
from shared.domain import refunds
from shared.domain.invariants import LEGAL_MOVES, MONEY, NO_LOST_PAYMENT, ON_ITS_WAY, Difference
from shared.domain.order_states import CANCELLED, REJECTED
from shared.domain.payment_states import AT_REST, MOVES, TAKEN
from shared.ids import attempt_id

PEOPLE = frozenset({"person", "diner", "restore"})
"""Who may ask for an order's money back. `restore`: a person ran the command that follows a restore."""

BORN = frozenset({"intent", "lost", "declined", "approved"})
"""The states that a history may begin with: `intent`, or what was found at the gateway after a restore."""

_MOVES: Mapping[str, Collection[str]] = dict(MOVES.items())


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """What an order says of its money, in cents; `total` is without the tip.

    `refunded`: what it says is given back; None where it says nothing. `standing`: what its refunds add up to that were
    not declined. `twice`: the ids of units that it gives back more often than it has them. `counter`: what was paid for
    it at the counter.
    """

    order_id: object
    status: str
    total: int
    tip: int
    payment_id: str
    refunded: int | None = None
    standing: int = 0
    twice: tuple[str, ...] = ()
    counter: int | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """The money of a stored order of ours."""
        order = Order.model_validate(stored)
        counting = refunds.standing(order.refunds)
        given = Counter(unit for refund in counting for unit in refund.units)
        twice = given - Counter(item.id for item in order.items)
        return cls(
            order_id=stored["_id"],
            status=str(stored.get("status") or ""),
            total=int(stored.get("totalPriceCents") or 0),
            tip=int(stored.get("tipCents") or 0),
            payment_id=str(stored.get("paymentId") or ""),
            refunded=order.refunded_cents if "refundedCents" in stored else None,
            standing=sum(refund.amount_cents for refund in counting),
            twice=tuple(sorted(twice)),
            counter=None if order.counter is None else order.counter.amount_cents,
        )


@dataclass(frozen=True, slots=True)
class AtGateway:
    """What the gateway has of one payment: how often it was captured, and the cents of each kind."""

    captures: int = 0
    captured: int = 0
    voided: int = 0
    refunded: int = 0

    @property
    def kept(self) -> int:
        """What was not given back."""
        return self.captured - self.voided - self.refunded


def sums(payment: Payment, asked_for: int | None) -> Iterator[Difference]:
    """1: a payment's amounts fit together, and its id at the gateway is that of its attempt.

    `asked_for`: the total of its preview or order, in cents without the tip; None where both are purged.
    """
    what = f"payment {payment.id}"
    key = attempt_id(payment.preview_id, payment.attempt)
    if payment.id != key or payment.external_transaction_id != key:
        yield Difference(MONEY, what, f"is attempt {payment.attempt} of {payment.preview_id}, whose id is {key}")
    restored = payment.history[:1] and payment.history[0].by == "restore"
    if asked_for is not None and not restored and payment.amount_cents != asked_for + payment.tip_cents:
        asked = f"{asked_for} and a tip of {payment.tip_cents} were asked for"
        sentence = f"is of {payment.amount_cents} cents, but {asked}"
        yield Difference(MONEY, what, sentence)
    if payment.state not in TAKEN:
        return
    if payment.gateway_id is None or payment.captured_cents is None:
        yield Difference(MONEY, what, f"is {payment.state}, without what the gateway said of it")
    elif payment.captured_cents != payment.amount_cents:
        sentence = f"is of {payment.amount_cents} cents, but {payment.captured_cents} were captured"
        yield Difference(MONEY, what, sentence)
    if payment.kept_cents < 0:
        yield Difference(MONEY, what, f"was refunded {-payment.kept_cents} cents more than were captured")
    elif payment.left_cents < 0:
        yield Difference(MONEY, what, f"promises {-payment.left_cents} cents more than it keeps")
    numbers = Counter(refund.number for refund in payment.refunds if refund.number is not None)
    for number in sorted(number for number, times in numbers.items() if times > 1):
        yield Difference(MONEY, what, f"has two refunds with the number {number}")
    requests = Counter(refund.request for refund in payment.refunds if refund.request is not None)
    if any(times > 1 for times in requests.values()):
        yield Difference(MONEY, what, "has two refunds of one request")


def balance(payment: Payment, at: AtGateway) -> Iterator[Difference]:
    """1: it was captured once at most; and once it is at rest, the gateway keeps what its document says."""
    what = f"payment {payment.id}"
    if at.captures > 1:
        yield Difference(MONEY, what, f"was captured {at.captures} times at the gateway")
    if payment.state in AT_REST and at.kept != payment.kept_cents:
        gateway = f"{at.kept} cents at the gateway ({at.captured} - {at.voided} - {at.refunded})"
        yield Difference(MONEY, what, f"keeps {gateway}, but {payment.kept_cents} by its document ({payment.state})")


def paid(order: OrderMoney, payments: Sequence[Payment], *, promised: bool) -> Iterator[Difference]:
    """1: the payment that an order names paid its total and tip; other attempts keep nothing.

    `promised`: the claim that became this order was a paid one.
    """
    what = f"order {order.order_id}"
    own = [payment for payment in payments if payment.became_order]
    if len(own) > 1:
        yield Difference(MONEY, what, f"was paid by {len(own)} payments: {', '.join(one.id for one in own)}")
    if order.payment_id not in {payment.id for payment in own} and (order.payment_id or own or promised):
        named = f"payment {order.payment_id}" if order.payment_id else "no payment"
        paying = ", ".join(one.id for one in own) or "none"
        yield Difference(MONEY, what, f"names {named}, but what became its order is {paying}")
    for payment in payments:
        if not payment.became_order:
            if payment.state in AT_REST and payment.kept_cents:
                sentence = f"keeps {payment.kept_cents} cents of payment {payment.id}, which is not its own"
                yield Difference(MONEY, what, sentence)
        elif payment.amount_cents != order.total + order.tip:
            sentence = f"is {order.total} and a tip of {order.tip}, but was paid {payment.amount_cents}"
            yield Difference(MONEY, what, sentence)


def given_back(order: OrderMoney, payments: Sequence[Payment]) -> Iterator[Difference]:
    """1: an order says that so much is given back as its payment has given back or promises to, and no unit twice.

    Orders that were given back before orders said so say nothing.
    """
    what = f"order {order.order_id}"
    if order.refunded is not None and order.refunded != order.standing:
        yield Difference(
            MONEY, what, f"says that {order.refunded} cents are given back, by refunds of {order.standing}"
        )
    if order.counter is not None and order.standing > order.counter:
        sentence = f"gives {order.standing} cents back, and {order.counter} were paid at the counter"
        yield Difference(MONEY, what, sentence)
    for unit in order.twice:
        yield Difference(MONEY, what, f"gives item {unit} back twice")
    for payment in payments:
        if not payment.became_order or payment.captured_cents is None:
            continue
        promised = payment.promised_cents
        by_staff = any(refund.by.startswith("user:") for refund in payment.refunds)
        if promised != (order.refunded or 0) and (order.refunded is not None or by_staff):
            said = order.refunded or 0
            sentence = f"says that {said} cents are given back, but its payment gives back {promised}"
            yield Difference(MONEY, what, sentence)


def standing(order: OrderMoney, payments: Sequence[Payment]) -> Iterator[Difference]:
    """3: an order whose payment was given back is cancelled, unless a person asked; a cancelled one keeps no money."""
    what = f"order {order.order_id}"
    for payment in payments:
        if payment.state == "approved":
            yield Difference(NO_LOST_PAYMENT, what, f"is placed, but its payment {payment.id} is only approved")
        if not payment.became_order:
            continue
        declined = any(refund.state == "declined" for refund in payment.refunds)
        if order.status in (CANCELLED, REJECTED) and payment.state == "ordered" and not declined:
            yield Difference(NO_LOST_PAYMENT, what, f"is {order.status.lower()}, but keeps payment {payment.id}")
        if order.status in (CANCELLED, REJECTED):
            continue
        asked = {step.by for before, step in pairwise(payment.history) if before.state == "ordered"}
        asked = {by for by in asked if not by.startswith("user:")}
        if asked - PEOPLE and payment.state not in ("ordered", "part_refunded"):
            by = ", ".join(sorted(asked - PEOPLE))
            yield Difference(NO_LOST_PAYMENT, what, f"stands, but its payment {payment.id} was given back by {by}")


def without_order(payment: Payment, now: datetime) -> Iterator[Difference]:
    """3: a payment without an order is not `ordered`; an `approved` one may wait some seconds for its order."""
    what = f"payment {payment.id}"
    if payment.state == "ordered":
        yield Difference(NO_LOST_PAYMENT, what, "is ordered, without an order")
    if payment.state == "approved" and not (payment.history and now - payment.history[-1].at < ON_ITS_WAY):
        yield Difference(NO_LOST_PAYMENT, what, "is approved, without an order")


def stepping(payment: Payment) -> Iterator[Difference]:
    """6: a payment moved only as the table allows, and stands where its history ends.

    It holds no token any more once it was sent. Who found that its one call never left is who made it. Its version
    counts no move that is not in its history: fewer are those of releases that counted none.
    """
    what = f"payment {payment.id}"
    states = [step.state for step in payment.history]
    if not states or states[-1] != payment.state:
        ends = f"ends with {states[-1]}" if states else "is empty"
        yield Difference(LEGAL_MOVES, what, f"is {payment.state}, but its history {ends}")
    if states and (states[0] not in BORN or (states[0] != "intent" and payment.history[0].by != "restore")):
        yield Difference(LEGAL_MOVES, what, f"begins with {states[0]}")
    for before, step in pairwise(payment.history):
        if step.state not in _MOVES.get(before.state, ()):
            yield Difference(LEGAL_MOVES, what, f"went from {before.state} to {step.state}")
        if (before.state, step.state) == ("sent", "cancelled") and step.by != "driver":
            yield Difference(LEGAL_MOVES, what, f"never left for the gateway, says {step.by}, who did not call it")
    if payment.version > len(states) and not payment.refunds:
        yield Difference(LEGAL_MOVES, what, f"has version {payment.version}, but a history of {len(states)} moves")
    if payment.sealed_token is not None and payment.state != "intent":
        yield Difference(LEGAL_MOVES, what, f"is {payment.state}, but still holds its token")
