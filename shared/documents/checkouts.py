"""The checkout: how far a preview is on its way to an order (checkout rules 2 and 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bson import ObjectId
from pydantic import Field

from shared.documents.base import Document, Moment, StoredId
from shared.documents.places import Kitchen

State = Literal["open", "claimed", "placed", "abandoned", "expired"]
Kind = Literal["none", "card", "wallet"]


class Claim(Document):
    """Somebody's wish to place the preview. `attempt` numbers the tries to pay, from 1; 0 where none is needed.

    `kitchen` is that of the moment of the claim, so that placing needs to know nothing else; None only in documents of
    before that was kept.
    """

    kind: Kind
    attempt: int
    request_id: str
    at: datetime
    kitchen: Kitchen | None = None


class Refusal(Document):
    """Why the last claim ended without an order."""

    attempt: int
    code: str
    message: str
    at: datetime


class Decision(Document):
    """A person's decision to abandon it: who, why and when. The diner is never shown it."""

    by: str
    reason: str
    at: datetime


class Duty(Document):
    """What is still to be done after the commit: a text, an alert, a push, an e-mail."""

    kind: str
    state: str
    tries: int = 0
    claimed_at: Moment = None
    next_at: Moment = None


class TakenPortions(Document):
    """Portions that a claim took of one dish: the count's id in `stock`, and how many."""

    id: str
    many: int


class Taken(Document):
    """What a claim took and an order that does not come about gives back; absent where it took nothing."""

    portions: list[TakenPortions] = Field(default_factory=list)
    campaign_id: StoredId | None = None


class Checkout(Document):
    """One checkout. `cart_key` and `held_lines` are absent where they do not hold, never null."""

    id: ObjectId = Field(alias="_id")
    restaurant_id: str
    location_id: StoredId
    state: State
    version: int
    expires_at: datetime
    cart_key: str | None = None
    held_lines: list[str] | None = None
    placed_at: Moment = None
    claim: Claim | None = None
    taken: Taken | None = None
    refusal: Refusal | None = None
    decision: Decision | None = None
    duties: list[Duty] = Field(default_factory=list)
    next_wake_at: Moment = None
    wakes: int = 0
    woken_version: int | None = None
    needs_attention: str | None = None
    purge_at: Moment = None
