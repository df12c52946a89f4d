"""The refunds of a payment: each is one entry in it, and every change adds 1 to the payment's version (rules 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.documents.payments import Payment, Refund
from shared.store.mongo.client import Database, MovedError, Session, piece


def stored(payment: Payment) -> list[dict[str, Any]]:
    """The documents of a payment's refunds as they were seen."""
    return [refund.model_dump(by_alias=True, exclude_defaults=True) for refund in payment.refunds]


async def change(
    db: Database,
    payment: Payment,
    refund_id: str,
    seen: str,
    fields: Mapping[str, Any],
    *,
    look_at: datetime | None,
    session: Session | None = None,
) -> bool:
    """Move one refund of a payment in `refunding` from the state it was seen in; False where somebody else did.

    Its own state guards it, so whoever changes another refund of the payment does not stand against it.
    """
    query = {
        "_id": payment.id,
        "state": "refunding",
        "refunds": {"$elemMatch": {"_id": refund_id, "state": seen}},
    }
    update = {
        "$set": {**{f"refunds.$.{name}": value for name, value in fields.items()}, "nextLookAt": look_at},
        "$inc": {"version": 1},
    }
    with piece():
        result = await db.payments.update_one(query, update, session=session)
    return result.modified_count == 1


async def send(db: Database, payment: Payment, refund: Refund, *, number: int | None, deadline: datetime) -> bool:
    """owed | intent -> sent; only its winner may call the gateway. False where the payment moved since it was seen.

    `number`: the next one that the payment has not drawn; None for a refund that has it already. The payment's version
    guards it: no two refunds are sent with one number.
    """
    query = {
        "_id": payment.id,
        "state": "refunding",
        "version": payment.version or {"$in": [0, None]},
        "refunds": {"$elemMatch": {"_id": refund.id, "state": refund.state}},
    }
    sent: dict[str, Any] = {"state": "sent", "deadlineAt": deadline, "notFoundSince": None}
    if number is not None:
        sent["number"] = number
    update = {
        "$set": {**{f"refunds.$.{name}": value for name, value in sent.items()}, "nextLookAt": deadline},
        "$inc": {"version": 1},
    }
    with piece():
        result = await db.payments.update_one(query, update)
    return result.modified_count == 1


async def must_replace(
    db: Database, payment: Payment, rows: Sequence[Mapping[str, Any]], *, look_at: datetime, session: Session
) -> None:
    """Keep these refunds of a payment in `refunding` in the place of what it was seen with. Its flag goes.

    Raises MovedError where it moved since.
    """
    query = {"_id": payment.id, "state": "refunding", "version": payment.version or {"$in": [0, None]}}
    fields = {"refunds": list(rows), "nextLookAt": look_at}
    update = {"$set": fields, "$unset": {"needsAttention": ""}, "$inc": {"version": 1}}
    with piece():
        result = await db.payments.update_one(query, update, session=session)
    if result.modified_count != 1:
        raise MovedError
