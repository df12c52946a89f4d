"""The checkout: how far a preview is on its way to an order (rules 2 and 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bson import ObjectId
from pydantic import Field

from shared.documents.base import Document, Moment, StoredId
from shared.documents.places import Kitchen

State = Literal["open", "claimed", "placed", "abandoned", "expired"]
Kind = Literal["none", "card", "wallet"]


class ClaimedAtCounter(Document):
    """How staff say that an order is paid at the counter: cash, card_at_counter or unpaid; and who says it."""

    kind: str
    by: str


class Claim(Document):
    """A caller's wish, for good, that the preview becomes an order.

    `attempt`: the number of the try to pay, from 1; 0 where nothing is to be paid. `kitchen`: how the location handled
    orders at the moment of the claim, so that placing needs to read nothing else; None in documents of older releases.
    `counter`: for an order that staff take.
    """

    kind: Kind
    attempt: int
    request_id: str
    at: datetime
    kitchen: Kitchen | None = None
    counter: ClaimedAtCounter | None = None


class Refusal(Document):
    """Why the last claim ended without an order."""

    attempt: int
    code: str
    message: str
    at: datetime


class Decision(Document):
    """A person's decision to void the checkout: who, why and when. The diner never sees it."""

    by: str
    reason: str
    at: datetime


class Duty(Document):
    """Something to do after the order is placed: a text, an alert, a push, an e-mail."""

    kind: str
    state: str
    tries: int = 0
    claimed_at: Moment = None
    next_at: Moment = None


class TakenPortions(Document):
    """Portions of one dish that a claim took. `id`: of the count in `stock`. `many`: how many."""

    id: str
    many: int


class Taken(Document):
    """What a claim took, and what is given back where no order comes of it. Absent where it took nothing.

    `phone_use`: of the count of the diner's phone number, where the campaign has such a limit.
    """

    portions: list[TakenPortions] = Field(default_factory=list)
    campaign_id: StoredId | None = None
    phone_use: str | None = None


class Checkout(Document):
    """One checkout. `cart_key` and `held_lines` are absent where they do not hold, never null. `never_left` counts the
    attempts to pay whose call surely never left for the gateway; absent is 0. `trace`: the trace of the diner's visit,
    as a `traceparent`; absent where nobody listens. `instance_look_at`: when it is looked at whether the orchestration
    of a checkout at rest has ended; absent before it rests, and once that was seen."""

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
    never_left: int = 0
    decision: Decision | None = None
    duties: list[Duty] = Field(default_factory=list)
    next_wake_at: Moment = None
    wakes: int = 0
    woken_version: int | None = None
    needs_attention: str | None = None
    trace: str | None = None
    purge_at: Moment = None
    instance_look_at: Moment = None
