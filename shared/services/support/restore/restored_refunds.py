"""The refunds of a payment after a restore: what is stored, and what the gateway made (rules 14)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from shared.documents.payments import Payment
from shared.services.support.gateway_books import Standing
from shared.store import refunds

BY = "restore"


def found(stands: Standing, at: datetime, known: Collection[str] = ()) -> list[dict[str, Any]]:
    """The refunds that the gateway made, but those that are `known` by its ids."""
    return [
        {"_id": key, "state": "done", "number": number, "amountCents": cents, "at": at, "by": BY}
        for number, key, cents in stands.refunds
        if key not in known
    ]


def brought_up(stands: Standing, payment: Payment, at: datetime) -> list[dict[str, Any]]:
    """The stored refunds, and those that the gateway made, as done.

    What was owed, and was sent after the moment of the copy, is told by its sum: refunds are sent in their order.
    """
    made = {key: (number, cents) for number, key, cents in stands.refunds}
    kept = []
    for refund, stored in zip(payment.refunds, refunds.stored(payment), strict=True):
        key = payment.refund_key(refund) if refund.number is not None or refund.state != "owed" else ""
        if key not in made and refund.state == "owed":
            later = (key for key, (number, cents) in made.items() if number > payment.drawn)
            key = next((key for key in later if made[key][1] == refund.amount_cents), "")
        if key in made:
            number, cents = made.pop(key)
            kept.append({**stored, "state": "done", "number": number, "amountCents": cents})
        else:
            kept.append(stored)
    return kept + found(stands, at, known=[key for _, key, _ in stands.refunds if key not in made])
