"""`orderbuddy checkout attention`: what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bson import ObjectId

from cli.checkout import resolved
from cli.connection import clock_of, fail, with_database
from cli.output import say, say_json
from shared.documents.checkouts import Checkout
from shared.documents.payments import Payment
from shared.money import dollars
from shared.services.support.attention import Attention, needing
from shared.settings import Settings
from shared.store.mongo.client import Database
from shared.store.support import attention


def list_attention(*, as_json: bool) -> None:
    """Print the checkouts and payments that need a person, with why."""
    found = with_database(lambda db, _: _needing(db))
    if as_json:
        say_json(_as_json(found))
        return
    for line in _lines(found):
        say(line)
    say(f"{found.count:,} need a person." if found.count else "Nothing needs a person.")


def dismiss_attention(text: str) -> None:
    """Take a checkout and its payments off the list, because a person has seen to it."""

    async def work(db: Database) -> tuple[ObjectId, int]:
        key = await resolved(db, text)
        return key, await attention.dismiss(db, key)

    key, many = with_database(lambda db, _: work(db))
    if not many:
        fail(f"Checkout {key} is not flagged. What only takes long goes off the list when it is done.")
    say(f"Checkout {key} needs nobody any more, until it is flagged again.")


async def _needing(db: Database) -> Attention:
    clock = await clock_of(db, Settings.read())
    return await needing(db, clock)


def _reasons(found: Attention) -> Iterator[tuple[Payment, str]]:
    yield from ((payment, payment.needs_attention or "") for payment in found.payments)
    yield from ((payment, "paid, and not an order for long") for payment in found.without_order_for_long)
    yield from ((payment, "unknown for long") for payment in found.unknown_for_long)
    yield from ((payment, "not given back for long") for payment in found.given_back_for_long)


def _lines(found: Attention) -> Iterator[str]:
    for checkout in found.checkouts:
        yield f"checkout  {checkout.id}, {checkout.state}: {checkout.needs_attention}"
    for payment, reason in _reasons(found):
        of = f"{dollars(payment.amount_cents)} of checkout {payment.preview_id}"
        since = payment.history[-1].at.isoformat(timespec="seconds") if payment.history else "?"
        yield f"payment   {payment.id}, {of}, {payment.state} since {since}: {reason}"


def _as_json(found: Attention) -> dict[str, Any]:
    return {
        "count": found.count,
        "checkouts": [_checkout(one) for one in found.checkouts],
        "payments": [_payment(one, reason) for one, reason in _reasons(found)],
    }


def _place(one: Checkout | Payment) -> dict[str, str]:
    return {"restaurantId": one.restaurant_id, "locationId": str(one.location_id)}


def _checkout(one: Checkout) -> dict[str, Any]:
    return {"previewOrderId": str(one.id), **_place(one), "state": one.state, "reason": one.needs_attention}


def _payment(one: Payment, reason: str) -> dict[str, Any]:
    return {
        "paymentId": one.id,
        "previewOrderId": str(one.preview_id),
        **_place(one),
        "state": one.state,
        "amountCents": one.amount_cents,
        "since": one.history[-1].at.isoformat() if one.history else None,
        "reason": reason,
    }
