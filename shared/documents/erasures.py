"""What is written down of an erasure: that it was, and nothing of whom (rules 24.6)."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from shared.documents.base import Document, Moment, StoredId, Text, Texts, Whole


class Erasure(Document):
    """One diner's data was erased. `digests`: keyed digests of the number and the address. `restaurant_id`: where only
    one restaurant's data was to go, else "". `ended_at`: absent while it is not finished."""

    id: str = Field(alias="_id")
    digests: Texts = Field(default_factory=list)
    restaurant_id: Text = ""
    at: datetime
    orders: Whole = 0
    previews: Whole = 0
    restaurants: Whole = 0
    ended_at: Moment = None


class SeenTo(Document):
    """How far the orders of a location have lost what is not kept for ever (collection `retention`). `id`: the
    location's. `up_to`: of their diners; `history_up_to`: of their histories."""

    id: StoredId = Field(alias="_id")
    up_to: Moment = None
    history_up_to: Moment = None
