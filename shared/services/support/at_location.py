"""What needs a person at one location: its entries in `attention`, and its flagged checkouts and payments (rules 8)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from shared.api import attention as api
from shared.app import App
from shared.documents.attention import AttentionEntry
from shared.documents.checkouts import Checkout
from shared.documents.payments import Payment
from shared.domain.refunds import refused
from shared.errors import ATTENTION_NOT_FOUND, Problem
from shared.ids import object_id, stored_id
from shared.services.support.attention import GIVING_BACK_FOR, UNKNOWN_FOR, WITHOUT_ORDER_FOR, stands_since
from shared.store import checkouts, payments
from shared.store.support import attention, attention_entries

REFUSALS = (ATTENTION_NOT_FOUND,)

LOOKED_UP = frozenset({"sent", "unknown", "voiding", "refunding"})
"""Payments in these states are looked up at the gateway again."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that needs a person: exactly one of these is there."""

    entry: AttentionEntry | None = None
    checkout: Checkout | None = None
    payment: Payment | None = None

    @property
    def preview_id(self) -> ObjectId | None:
        """The preview that it is about, if it is about money."""
        if self.checkout is not None:
            return self.checkout.id
        return self.payment.preview_id if self.payment is not None else None


async def listed(app: App, restaurant_id: str, location_id: str) -> list[api.AttentionItem]:
    """All that needs a person there, at most 200 of each kind: money first."""
    here = restaurant_id, stored_id(location_id)
    flagged, attempts, moving, entries = await asyncio.gather(
        attention.checkouts_of(app.db, *here),
        attention.payments_of(app.db, *here),
        attention.payments_not_at_rest_of(app.db, *here),
        attention_entries.of_location(app.db, *here),
    )
    now = app.clock.now()
    for_long = [one for one in moving if one.needs_attention is None and takes_long(one, now)]
    return [
        *[_checkout(one) for one in flagged],
        *[_payment(one, now) for one in (*attempts, *for_long)],
        *[_entry(one) for one in entries],
    ]


def takes_long(payment: Payment, now: datetime) -> str:
    """Why a payment that nobody flagged needs a person: it has stood as it does for too long. "" where it does not."""
    stood = now - stands_since(payment)
    match payment.state:
        case "approved" if stood > WITHOUT_ORDER_FOR:
            return "paid, and not an order for long"
        case "unknown" if stood > UNKNOWN_FOR:
            return "unknown for long"
        case "voiding" | "refunding" if stood > GIVING_BACK_FOR:
            return "not given back for long"
    return ""


async def find(app: App, restaurant_id: str, location_id: str, entry_id: str) -> Found:
    """The thing with this id. Raises Problem (REFUSALS), alike for what is not there, is over, or is another
    location's."""
    here = restaurant_id, stored_id(location_id)
    kind, _, target = entry_id.partition(":")
    found: Checkout | Payment | AttentionEntry | None = None
    if kind == "checkout":
        key = object_id(target)
        found = await checkouts.get(app.db, key) if key is not None else None
    elif kind == "payment":
        found = await payments.get(app.db, target)
    else:
        found = await attention_entries.one(app.db, entry_id)
    if found is None or (found.restaurant_id, found.location_id) != here or not _goes_on(found, app.clock.now()):
        raise Problem(ATTENTION_NOT_FOUND)
    match found:
        case Checkout():
            return Found(checkout=found)
        case Payment():
            return Found(payment=found)
        case AttentionEntry():
            return Found(entry=found)


def _goes_on(one: Checkout | Payment | AttentionEntry, now: datetime) -> bool:
    match one:
        case AttentionEntry():
            return one.ended_at is None
        case Payment():
            return one.needs_attention is not None or bool(takes_long(one, now))
        case Checkout():
            return one.needs_attention is not None


def _checkout(one: Checkout) -> api.AttentionItem:
    acts: list[api.Act] = ["advance", "void", "dismiss"] if one.state == "claimed" else ["dismiss"]
    at = one.claim.at if one.claim is not None else None
    return api.AttentionItem(
        id=f"checkout:{one.id}",
        kind="checkout",
        target_id=str(one.id),
        reason=one.needs_attention or "",
        count=1,
        at=at,
        state=one.state,
        amount_cents=None,
        acts=acts,
    )


def _payment(one: Payment, now: datetime) -> api.AttentionItem:
    acts: list[api.Act] = []
    if one.state in ("approved", "sent", "unknown"):
        acts.append("advance")
    if one.state == "approved":
        acts.append("void")
    if refused(one) or one.state in LOOKED_UP:
        acts.append("retry")
    if one.needs_attention is not None:
        acts.append("dismiss")
    return api.AttentionItem(
        id=f"payment:{one.id}",
        kind="payment",
        target_id=one.id,
        reason=one.needs_attention or takes_long(one, now),
        count=1,
        at=one.history[-1].at if one.history else one.began_at,
        state=one.state,
        amount_cents=one.amount_cents,
        acts=acts,
    )


def _entry(one: AttentionEntry) -> api.AttentionItem:
    return api.AttentionItem(
        id=one.id,
        kind=one.kind,
        target_id=one.id.partition(":")[2],
        reason=one.reason,
        count=one.count,
        at=one.at,
        state="",
        amount_cents=None,
        acts=["dismiss"],
    )
