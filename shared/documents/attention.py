"""What the people of one location must look at."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.documents.base import Document, Moment, StoredId, Text, Whole

AttentionKind = Literal[
    "declines", "hours", "waiting", "not_drawn", "printer", "ticket", "publication", "webhook", "message"
]
"""Many declined payments; opening hours that cannot be read; an order that nobody accepts; an accepted order that no
kitchen screen has shown; a printer that does not print while tickets wait; a ticket of which nobody knows whether it
was printed; a draft of a menu that could not be published at its time; a webhook that is paused; texts, mails or pushes
that did not go out."""


class AttentionEntry(Document):
    """One thing at a location that a person must look at.

    `id`: `<kind>:<target>`. `count`: how often it came, where that says something. `at`: when it came last. `ended_at`:
    when it was over or seen to; absent while it goes on.
    """

    id: str = Field(alias="_id")
    restaurant_id: Text = ""
    location_id: StoredId = ""
    kind: Text = ""
    reason: Text = ""
    count: Whole = 0
    at: datetime
    ended_at: Moment = None
