"""What an order's change leaves to be done later."""

from __future__ import annotations

from bson import ObjectId
from pydantic import Field

from shared.documents.base import Document, Moment, Text, Whole


class OrderDuty(Document):
    """One thing to do for an order at `next_at`, or, once somebody has claimed it, to be tried again then.

    `id`: `<kind>:<order>`. `state`: due, claimed, done, or dropped, where there is nothing left to be done. `next_at`
    and `purge_at` are absent where they do not hold.
    """

    id: str = Field(alias="_id")
    order_id: ObjectId
    kind: Text = ""
    state: Text = ""
    tries: Whole = 0
    claimed_at: Moment = None
    next_at: Moment = None
    purge_at: Moment = None


OPEN_STATES = ("due", "claimed")
"""The states of a duty that is still to be done."""
