"""What is true after a cell: the database and the gateway's ledger, held against what the callers were told."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from shared.domain import payment_states
from shared.ids import external_id
from tests.faults.callers import Caller, Party

AT_REST = ("declined", "cancelled", "lost", "ordered", "voided", "part_refunded")
_ENDED_WITHOUT_MONEY = {
    "PAYMENT_DECLINED": ("declined",),
    "PAYMENT_CANCELLED": ("cancelled",),
    "PAYMENT_LOST": ("lost", "voided"),
}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ledger:
    """The gateway's own books."""

    rows: Sequence[Row]

    def captures(self, payment_id: str) -> int:
        """How often it was charged."""
        return sum(row["kind"] == "capture" and row["externalTransactionId"] == payment_id for row in self.rows)

    def kept(self, payment_id: str) -> int:
        """Cents that were captured and not given back."""
        return self.by_payment().get(payment_id, 0)

    def refunded(self, payment_id: str) -> int:
        """Cents that went back as refunds."""
        refunds = [row for row in self.rows if row["kind"] == "refund" and row["ofExternalTransactionId"] == payment_id]
        return sum(row["amountCents"] for row in refunds)

    def by_payment(self) -> dict[str, int]:
        """Cents kept, by the external id of the capture."""
        kept: dict[str, int] = defaultdict(int)
        for row in self.rows:
            if row["kind"] == "capture":
                kept[row["externalTransactionId"]] += row["amountCents"]
            else:
                kept[row["ofExternalTransactionId"]] -= row["amountCents"]
        return kept


@dataclass(frozen=True)
class Found:
    """What the database holds of one cell's preview."""

    checkout: Row
    payments: Sequence[Row]
    orders: Sequence[Row]
    rows: Sequence[Row]

    @property
    def order(self) -> Row | None:
        """The order, if there is one."""
        return self.orders[0] if self.orders else None


def not_at_rest(found: Found) -> list[str]:
    """What is still under way, in words."""
    left = [
        f"attempt {one['attempt']} is {one['state']}"
        for one in found.payments
        if one["state"] not in (*AT_REST, "refunding")
    ]
    checkout = found.checkout
    used_up = payment_states.used_up((checkout.get("refusal") or {}).get("attempt", 0), checkout.get("neverLeft", 0))
    if checkout["state"] == "claimed" or (checkout["state"] == "open" and used_up):
        left.append(f"the checkout is {checkout['state']}")
    left += [f"row {row['_id']} is not published" for row in found.rows if row["publishedAt"] is None]
    return left


def was_taken(step: str, found: Found, attempts: Sequence[str], heard: Sequence[Row]) -> bool:
    """Whether a step of this preview was taken, as can be seen from outside: whoever took it kills at once."""
    match step:
        case "claim":
            return bool(found.payments)
        case "placed":
            return bool(found.orders)
        case "published":
            return bool(found.rows) and all(row["publishedAt"] is not None for row in found.rows)
        case "expired":
            return bool(found.checkout["state"] == "expired")
        case "owed" | "refund-sent" | "refund-done":
            refunds = [one for payment in found.payments for one in payment["refunds"]]
            return any(step == "owed" or "number" in one for one in refunds)
        case "refund":
            return any("tokenizedRefund" in call["path"] for call in heard)
        case "part-refunded":
            return any(one["state"] == "part_refunded" for one in found.payments)
        case "call" | "look-up" | "void":
            return any(_is_of(step, call, str(found.checkout["_id"]), attempts) for call in heard)
        case _:
            return any(step == one["state"] for payment in found.payments for one in payment["history"])


def _is_of(step: str, call: Row, preview_id: str, attempts: Sequence[str]) -> bool:
    if step == "look-up":
        return call["method"] == "GET" and call["path"].rpartition("/")[2] in attempts
    if step == "void":
        voids = {external_id(f"{one}:void") for one in attempts}
        return any(void in json.dumps(call["body"]) for void in voids)
    return call["method"] in ("PUT", "POST") and preview_id in json.dumps(call["body"])


def owed(found: Found, ledger: Ledger) -> list[str]:
    """Lost attempts that were charged after all, and whose money is still to be given back."""
    return [one["_id"] for one in found.payments if one["state"] == "lost" and ledger.kept(one["_id"])]


def differences(party: Party, found: Found, ledger: Ledger) -> list[str]:
    """Everything that is not as it must be, in words."""
    return [
        *_money(party, found, ledger),
        *_documents(found),
        *(f"caller {at}: {said}" for at, one in enumerate(party.callers) for said in _told(one, found, ledger)),
    ]


def _money(party: Party, found: Found, ledger: Ledger) -> Iterator[str]:
    order = found.order
    if len(found.orders) > 1 or (order is not None and str(order["_id"]) != party.preview_id):
        yield f"the cart is in the orders {[str(one['_id']) for one in found.orders]}"
    for payment in found.payments:
        captures, kept = ledger.captures(payment["_id"]), ledger.kept(payment["_id"])
        if captures > 1:
            yield f"attempt {payment['attempt']} was charged {captures} times"
        paid = order is not None and payment["_id"] == order["paymentId"]
        should = order["totalPriceCents"] + order["tipCents"] if order is not None and paid else 0
        kept += ledger.refunded(payment["_id"])
        if kept != should:
            yield f"of attempt {payment['attempt']} ({payment['state']}) {kept} cents are kept instead of {should}"
        if paid != (payment["state"] in ("ordered", "refunding", "part_refunded")):
            named = order and order["paymentId"]
            yield f"attempt {payment['attempt']} is {payment['state']}, and the order names {named}"
    if order is not None and order["paymentId"] not in {one["_id"] for one in found.payments}:
        yield f"the order names a payment that is not there: {order['paymentId']}"


def _documents(found: Found) -> Iterator[str]:
    state, order = found.checkout["state"], found.order
    if (state == "placed") != (order is not None):
        yield f"the checkout is {state}, and there are {len(found.orders)} orders"
    if order is not None and [row["seq"] for row in found.rows] != list(range(1, order["version"] + 1)):
        yield f"the order's rows are {[row['seq'] for row in found.rows]}, its version is {order['version']}"
    for one in (found.checkout, *found.payments):
        if one.get("needsAttention") and one.get("state") != "refunding":
            yield f"{one['_id']} needs a person: {one['needsAttention']}"
    for payment in found.payments:
        states = [step["state"] for step in payment["history"]]
        if "sealedToken" in payment:
            yield f"attempt {payment['attempt']} ({payment['state']}) still holds its token"
        if ("voiding", "voided") in pairwise(states) and "lost" not in states:
            yield f"attempt {payment['attempt']} was voided although nobody gave it up: {states}"


def _told(caller: Caller, found: Found, ledger: Ledger) -> Iterator[str]:
    if caller.said is None:
        yield f"was never answered: {caller.answers[-5:]}"
        return
    status, body = caller.said
    if status == 410 and body.get("code") == "PREVIEW_EXPIRED":
        if found.checkout["state"] != "expired":
            yield f"was told that it expired, but it is {found.checkout['state']}"
        return
    if status != 200:
        yield f"was answered {status} {body}"
        return
    transaction = body["transaction"]
    transaction = transaction.get("transactionResponse", transaction)
    if transaction["resultStatus"] == "true":
        yield from _told_of_order(body["orderId"], transaction, found)
    else:
        yield from _told_of_no_order(caller, body["orderId"], transaction, found, ledger)


def _told_of_order(order_id: str, transaction: Row, found: Found) -> Iterator[str]:
    order = found.order
    if transaction["resultMessage"] != "Approved":
        yield f"was told {transaction['resultMessage']} of a payment that went through"
    if order is None or order_id != str(order["_id"]):
        yield f"was told of the order {order_id}, which is not there"
        return
    paid = f"{(order['totalPriceCents'] + order['tipCents']) / 100:.2f}"
    if transaction["amountProcessed"] != paid:
        yield f"was told of {transaction['amountProcessed']}, but {paid} were paid"


def _told_of_no_order(caller: Caller, order_id: str, transaction: Row, found: Found, ledger: Ledger) -> Iterator[str]:
    own = [one for one in found.payments if one["tokenHash"] == caller.token_hash]
    code = transaction.get("code")
    if order_id:
        yield f"was told {code} together with the order {order_id}"
    if len(own) != 1:
        yield f"was told {code}, but its token has {len(own)} attempts"
        return
    if own[0]["state"] not in _ENDED_WITHOUT_MONEY.get(str(code), ()):
        yield f"was told {code}, but its attempt is {own[0]['state']}"
    if ledger.kept(own[0]["_id"]):
        yield f"was told {code}, but {ledger.kept(own[0]['_id'])} cents of it are kept"
