"""The trail: who did what in a restaurant, one row a change, in a chain (rules 15)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from shared.documents.base import Document, Moment, Rows, StoredId, Text, TextOrNone, Whole


class TrailActor(Document):
    """Who acted: `kind` is user, device, system or diner; `role` what they were in the restaurant then."""

    kind: Text = ""
    id: Text = ""
    role: Text = ""


class TrailTarget(Document):
    """What was changed."""

    kind: Text = ""
    id: Text = ""


class TrailEntry(Document):
    """One change.

    `id`: `<restaurant>:<day>:<seq>`. `day` is UTC, `2026-11-24`; `seq` runs from 1 in each day. `before` and `after`
    hold the changed fields only, with personal data masked; they, `reason` and `salt` are absent once they were erased.
    `digest` is the salted digest of those values. `prev_hash`: the hash of the restaurant's row before it, "" for the
    very first. `location_id` None: a change of the restaurant itself.
    """

    id: str = Field(alias="_id")
    at: datetime
    day: str
    seq: int
    actor: TrailActor = TrailActor()
    restaurant_id: str
    location_id: StoredId | None = None
    action: Text = ""
    target: TrailTarget = TrailTarget()
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    reason: TextOrNone = None
    request_id: Text = ""
    salt: TextOrNone = None
    digest: Text = ""
    prev_hash: Text = ""
    hash: Text = ""
    erased_at: Moment = None


class TrailHead(Document):
    """The last row of a restaurant's chain. `id`: the restaurant's. Who adds a row moves it, so rows have one order."""

    id: str = Field(alias="_id")
    day: str = ""
    seq: int = 0
    hash: Text = ""


class TrailRefusal(Document):
    """One request that was refused. It holds nothing of a body."""

    at: datetime
    status: Whole = 0
    code: Text = ""
    route: Text = ""
    restaurant_id: Text = ""
    location_id: Text = ""
    request_id: Text = ""


class TrailRefusals(Document):
    """What one actor was refused within one minute, the first of it. `id`: `<actor>:<minute>`. `n`: how many were
    counted."""

    id: str = Field(alias="_id")
    at: datetime
    actor: TrailActor = TrailActor()
    n: Whole = 0
    refused: Annotated[list[TrailRefusal], Rows] = Field(default_factory=list)
    purge_at: Moment = None
