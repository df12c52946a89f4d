"""Days of a restaurant as they may be: orders of every kind, paid and given back in every way, as they are stored; and
what a bookkeeper would add up from the bare documents."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st

from shared.app import App
from shared.ids import attempt_id
from tests.integration.world import World

FIRST = datetime(2026, 10, 30, 12, tzinfo=UTC)
GIVEN_UP = ("CANCELLED", "REJECTED")


@dataclass(frozen=True)
class Given:
    """A refund. `after`: hours after the order. `share`: percent of what is left."""

    after: int
    share: int
    declined: bool


@dataclass(frozen=True)
class Sale:
    """One order. `hours` after the first moment."""

    hours: int
    prices: tuple[int, ...]
    rate: str
    discount: int
    tip: int
    how: str
    status: str
    refunds: tuple[Given, ...]


_REFUND = st.builds(Given, st.integers(0, 60), st.integers(1, 100), st.booleans())
SALE = st.builds(
    Sale,
    hours=st.integers(0, 96),
    prices=st.lists(st.integers(0, 5000), min_size=1, max_size=4).map(tuple),
    rate=st.sampled_from(["0", "8.875", "10.25"]),
    discount=st.integers(0, 800),
    tip=st.integers(0, 900),
    how=st.sampled_from(
        ["card", "wallet", "older card", "cash", "card_at_counter", "unpaid", "diner unpaid", "original"]
    ),
    status=st.sampled_from(["CREATED", "ACCEPTED", "PICKED_UP", "PICKED_UP", "CANCELLED", "REJECTED"]),
    refunds=st.lists(_REFUND, max_size=3).map(tuple),
)
DAYS = st.lists(SALE, max_size=25)


@dataclass
class Ledger:
    """What the documents say, in cents."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)

    async def store(self, app: App) -> None:
        if self.orders:
            await app.db.orders.insert_many(self.orders)
        if self.payments:
            await app.db.payments.insert_many(self.payments)

    def refunds(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Each order's refunds that count."""
        return [(order, one) for order in self.orders for one in order["refunds"] if not one.get("declined")]

    def taken(self, order: dict[str, Any]) -> int:
        """What was really taken for an order."""
        captured = sum(one["capturedCents"] for one in self.payments if one["previewId"] == order["_id"])
        if captured or not order.get("paymentId"):
            counter = order.get("counter") or {}
            return captured or (0 if counter.get("kind") in (None, "unpaid") else counter["amountCents"])
        return int(order["totalPriceCents"] + order["tipCents"])


def ledger_of(world: World, sales: list[Sale]) -> Ledger:
    """The documents of these sales."""
    ledger = Ledger()
    for number, sale in enumerate(sales):
        _add(ledger, world, sale, number)
    return ledger


def _add(ledger: Ledger, world: World, sale: Sale, number: int) -> None:
    here = {"restaurantId": world.restaurant_id, "locationId": world.location_id}
    key, at = ObjectId(), FIRST + timedelta(hours=sale.hours, seconds=number)
    gross = sum(sale.prices)
    tax = round(gross * float(sale.rate) / 100)
    discount = min(sale.discount, gross + tax)
    counter = sale.how in ("cash", "card_at_counter", "unpaid")
    tip = 0 if counter or sale.how == "diner unpaid" else sale.tip
    total = gross + tax - discount
    paid = sale.how not in ("unpaid", "diner unpaid")
    refunds, left = [], total + tip if paid else 0
    for index, given in enumerate(sale.refunds):
        cents = left * given.share // 100
        if cents:
            refund = {"_id": f"{key}.{index}", "amountCents": cents, "tipCents": 0, "units": [], "reason": "=cold"}
            refund |= {"by": "user:ann", "at": at + timedelta(hours=given.after)}
            refunds.append(refund | ({"declined": True} if given.declined else {}))
            left -= 0 if given.declined else cents
    order: dict[str, Any] = {
        "_id": key,
        **here,
        "orderCode": f"X{number}",
        "status": sale.status,
        "startedAt": at,
        "items": [
            {"id": f"u{at_}", "menuItemId": f"dish {price % 3}", "name": "Dish", "priceCents": price}
            for at_, price in enumerate(sale.prices)
        ],
        "totalPriceCents": total,
        "tipCents": tip,
        "refunds": refunds,
        "refundedCents": sum(one["amountCents"] for one in refunds if not one.get("declined")),
    }
    if sale.how == "original":
        order["paymentId"] = f"token-{key}"
        order["discount"] = {"name": "D", "amountCents": discount}
    else:
        order |= {"subtotalCents": gross, "taxCents": tax, "taxPercent": sale.rate, "discountCents": discount}
    if counter:
        history = [{"kind": sale.how, "at": at, "by": "user:ann"}]
        order["counter"] = {"kind": sale.how, "amountCents": total, "history": history, "refunds": []}
    elif sale.how in ("card", "wallet", "older card"):
        payment = _payment(order, "wallet" if sale.how == "wallet" else "card", at)
        ledger.payments.append(payment)
        order["paymentId"] = payment["_id"]
        if sale.how != "older card":
            order["paidWith"] = payment["kind"]
    ledger.orders.append(order)


def _payment(order: dict[str, Any], kind: str, at: datetime) -> dict[str, Any]:
    """The payment that became an order: half of its refunds are made, the others owed."""
    states = {0: "done", 1: "owed"}
    refunds = [
        {
            "_id": one["_id"],
            "state": "declined" if one.get("declined") else states[number % 2],
            "amountCents": one["amountCents"],
            "at": one["at"],
            "by": one["by"],
        }
        for number, one in enumerate(order["refunds"])
    ]
    cents = order["totalPriceCents"] + order["tipCents"]
    return {
        "_id": attempt_id(order["_id"], 1),
        "previewId": order["_id"],
        "restaurantId": order["restaurantId"],
        "locationId": order["locationId"],
        "merchantOid": "oid",
        "attempt": 1,
        "beganAt": at,
        "kind": kind,
        "tokenHash": str(order["_id"]),
        "state": "refunding" if refunds else "ordered",
        "amountCents": cents,
        "capturedCents": cents,
        "externalTransactionId": attempt_id(order["_id"], 1),
        "history": [{"state": "ordered", "at": at, "by": "driver"}],
        "refunds": refunds,
        "nextLookAt": None,
    }


def sums(ledger: Ledger, first: datetime, until: datetime) -> Counter[str]:
    """What a bookkeeper adds up for the moments from `first` on, before `until`."""
    found: Counter[str] = Counter()
    for order in ledger.orders:
        if not first <= order["startedAt"] < until:
            continue
        total, tip = order["totalPriceCents"], order["tipCents"]
        if order["status"] in GIVEN_UP:
            found.update({"voids": 1, "voided": total, "void taken": ledger.taken(order)})
        else:
            gross = sum(item["priceCents"] for item in order["items"])
            taken = ledger.taken(order)
            found.update({"orders": 1, "gross": gross, "total": total, "tip": tip, "taken": taken})
            found["unpaid"] += total + tip - taken
            found["units"] += len(order["items"])
        found["captured"] += ledger.taken(order)
    for order, refund in ledger.refunds():
        if first <= refund["at"] < until:
            found["void returned" if order["status"] in GIVEN_UP else "refunded"] += refund["amountCents"]
            found["refunds"] += 1
    return found
