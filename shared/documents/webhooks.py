"""Webhooks: where a restaurant's events go, the events, and how each delivery went (rules 21)."""

from __future__ import annotations

from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from shared.documents.base import (
    Document,
    Flag,
    Moment,
    Part,
    Rows,
    StoredId,
    Text,
    TextOrNone,
    TextsOrNone,
    Whole,
    WholeOrNone,
)


class WebhookSecret(Document):
    """A sealed secret. `until`: when it is good no more, because another has taken its place; absent for the newest."""

    sealed: Text = ""
    made_at: Moment = None
    until: Moment = None


class Webhook(Document):
    """An address of a restaurant's own system. `events`, `location_ids`: None for all. `keys`: the secrets
    that sign, the newest first.

    `due_at`: when there is something to send; absent where there is nothing. `queued` counts what was put into its
    queue, so that nobody takes the queue for empty who looked before. `lease` names whoever sends now, until
    `lease_until`. `is_proven`: whether its last turn worked, and quickly; not before its first. `failures`: how many
    tries failed one after the other, since `failing_since`. `paused_at`: when it was paused because it had failed for
    too long.
    """

    id: ObjectId = Field(alias="_id")
    restaurant_id: Text
    url: Text = ""
    events: TextsOrNone = None
    location_ids: TextsOrNone = None
    keys: Annotated[list[WebhookSecret], Rows] = Field(default_factory=list)
    is_active: Flag = False
    made_by: Text = ""
    created_at: Moment = None
    updated_at: Moment = None
    version: Whole = 0
    due_at: Moment = None
    queued: Whole = 0
    lease: Text = ""
    lease_until: Moment = None
    is_proven: Flag = False
    failures: Whole = 0
    failing_since: Moment = None
    paused_at: Moment = None
    last_success_at: Moment = None

    def wants(self, event: WebhookEvent) -> bool:
        """Whether the event is one that it asked for."""
        if self.events is not None and event.type not in self.events:
            return False
        return self.location_ids is None or event.location_id is None or str(event.location_id) in self.location_ids


class WebhookHead(Document):
    """How far a restaurant's events are numbered. It is never deleted, so that numbers only grow.

    `id`: the restaurant's. `has_webhooks`: while there are none, nothing is taken. `since`: rows from before are no
    events. `trail_day`, `trail_seq`: the last row of its trail that was looked at.
    """

    id: Text = Field(alias="_id")
    has_webhooks: Flag = False
    since: Moment = None
    seq: Whole = 0
    trail_day: Text = ""
    trail_seq: Whole = 0


class WebhookEvent(Document):
    """Something that happened in a restaurant; `seq` is its number there, without gaps.

    `told`: what the row said of it. `order_id`, `order_seq`: the order's row that it tells of, if it is one; `trace`:
    as that has it.
    """

    id: str = Field(alias="_id")
    restaurant_id: Text
    location_id: StoredId | None = None
    seq: Whole = 0
    type: Text = ""
    at: Moment = None
    order_id: ObjectId | None = None
    order_seq: WholeOrNone = None
    told: Annotated[dict[str, Any], Part] = Field(default_factory=dict)
    trace: TextOrNone = None
    purge_at: Moment = None


class WebhookDelivery(Document):
    """One event on its way to one webhook. `id`: `<webhook>:<event>`, and for a test one of its own.

    `state`: due, done, or failed. `next_at`: when it is tried (again); absent once it is not. `give_up_at`: no try
    begins after that. Of the last try: `at`, `status` (None where there was no answer), `ms`, `error`, and the
    `answer`, which is cut.
    """

    id: str = Field(alias="_id")
    webhook_id: ObjectId
    restaurant_id: Text
    event: Annotated[WebhookEvent, Part]
    state: Text = ""
    tries: Whole = 0
    created_at: Moment = None
    next_at: Moment = None
    give_up_at: Moment = None
    at: Moment = None
    status: WholeOrNone = None
    ms: Whole = 0
    error: Text = ""
    answer: TextOrNone = None
    purge_at: Moment = None
