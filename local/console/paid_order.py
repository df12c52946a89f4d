"""A demo order that is paid for with a test card, as a diner's phone and the gateway's fields in it would do it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from local.console.app import AppError, call
from local.console.demo_order import preview, visit

CARDS = {
    "approved": "4111111111111111",
    "declined": "4000000000000002",
    "insufficient": "4000000000009995",
    "unknown": "4000000000000093",
}
"""Test cards by what comes of them. `unknown` is charged, but for a while the gateway's look-ups find nothing."""

_SEEN_WITHIN_SECONDS = 4.0
"""Less than a page waits for an answer."""

_LOOK_EVERY_SECONDS = 0.1

Outcome = Literal["placed", "declined", "checking"]


@dataclass(frozen=True)
class Paid:
    """What became of the payment within a few seconds. `message` is what a diner is told of a payment that failed."""

    order_id: str
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True)
class Card:
    """One of CARDS by its name. `seconds` is how long look-ups find nothing; None: as long as the card says."""

    name: str
    seconds: float | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """What is typed into the gateway's fields."""
        return {"cardNumber": CARDS[self.name], **({} if self.seconds is None else {"seconds": self.seconds})}


async def pay(http: httpx.AsyncClient, api_url: str, gateway_url: str, location: dict[str, Any], card: Card) -> Paid:
    """Order a random basket and pay for it. Raises AppError.

    `gateway_url` is where the gateway's stand-in answers.
    """
    of_visit = visit()
    order_id = await preview(http, api_url, location, of_visit)
    payments = f"{api_url}/payments"
    start = f"{payments}/start-transaction/{location['restaurantId']}"
    started = await call(http, "POST", start, {"previewOrderId": order_id}, of_visit)
    token = started["transactionToken"]
    await _type_in(http, f"{gateway_url}/hosted-fields/{token}", card)
    completed = await call(
        http,
        "POST",
        f"{payments}/complete-transaction",
        {"previewOrderId": order_id, "transactionToken": token},
        {"prefer": "respond-async", **of_visit},
    )
    return _completed(order_id, completed) or await _seen(http, api_url, order_id)


async def _type_in(http: httpx.AsyncClient, fields_url: str, card: Card) -> None:
    try:
        await call(http, "POST", fields_url, card.fields)
    except AppError:
        # What it says has the token in it.
        raise AppError("the gateway's stand-in did not take the card: is it this API's gateway?") from None


def _completed(order_id: str, answer: dict[str, Any]) -> Paid | None:
    """What the answer says; None where the payment is on its way."""
    transaction = answer.get("transaction")
    if transaction is None:
        return None
    if transaction.get("resultStatus") == "true":
        return Paid(order_id, "placed")
    return Paid(order_id, "declined", str(transaction.get("resultMessage", "")))


async def _seen(http: httpx.AsyncClient, api_url: str, order_id: str) -> Paid:
    """What the diner's page sees of the payment within _SEEN_WITHIN_SECONDS."""
    until = time.monotonic() + _SEEN_WITHIN_SECONDS
    while time.monotonic() < until:
        now = await call(http, "GET", f"{api_url}/order-app/orders/{order_id}/status")
        refusal = now.get("refusal")
        if refusal:
            return Paid(order_id, "declined", str(refusal.get("message", "")))
        if now["status"] not in ("CHECKING_PAYMENT", "OPEN"):
            return Paid(order_id, "placed")
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    return Paid(order_id, "checking")
