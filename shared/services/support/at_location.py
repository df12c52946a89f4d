"""What needs a person at one location: its entries in `attention`, and its flagged checkouts and payments (rules 8)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bson import ObjectId

from shared.api import attention as api
from shared.app import App
from shared.documents.attention import AttentionEntry
from shared.documents.checkouts import Checkout
from shared.documents.payments import Payment
from shared.errors import ATTENTION_NOT_FOUND, Problem
from shared.ids import object_id, stored_id
from shared.services.support.voiding import stray
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
    flagged, attempts, entries = await asyncio.gather(
        attention.checkouts_of(app.db, *here),
        attention.payments_of(app.db, *here),
        attention_entries.of_location(app.db, *here),
    )
    return [
        *[_checkout(one) for one in flagged],
        *[_payment(one, is_stray=await _is_stray(app, one)) for one in attempts],
        *[_entry(one) for one in entries],
    ]


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
    if found is None or (found.restaurant_id, found.location_id) != here or not _goes_on(found):
        raise Problem(ATTENTION_NOT_FOUND)
    match found:
        case Checkout():
            return Found(checkout=found)
        case Payment():
            return Found(payment=found)
        case AttentionEntry():
            return Found(entry=found)


def _goes_on(one: Checkout | Payment | AttentionEntry) -> bool:
    return one.ended_at is None if isinstance(one, AttentionEntry) else one.needs_attention is not None


def declined(payment: Payment) -> bool:
    """Whether a refund of it was declined, and no other made in its place."""
    return any(one.state == "declined" and not one.again for one in payment.refunds)


async def _is_stray(app: App, payment: Payment) -> bool:
    found = await stray(app, payment.preview_id) if payment.state == "approved" else None
    return found is not None and found.id == payment.id


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


def _payment(one: Payment, *, is_stray: bool) -> api.AttentionItem:
    acts: list[api.Act] = ["dismiss"]
    if declined(one) or one.state in LOOKED_UP:
        acts.insert(0, "retry")
    if is_stray:
        acts.insert(0, "void")
    return api.AttentionItem(
        id=f"payment:{one.id}",
        kind="payment",
        target_id=one.id,
        reason=one.needs_attention or "",
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
