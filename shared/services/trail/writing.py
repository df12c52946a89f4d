"""The one way into the trail: a row in the transaction of the change that it tells of (rules 15)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from shared.app import App
from shared.documents.trail import TrailActor, TrailEntry, TrailTarget
from shared.domain import trail as rules
from shared.domain.roles import Actor
from shared.ids import stored_id
from shared.store import trail
from shared.store.mongo.client import Session

_SALT_BYTES = 16


async def leave(
    app: App,
    session: Session,
    actor: Actor,
    *,
    restaurant_id: str,
    location_id: ObjectId | str | None = None,
    action: str,
    target: tuple[str, ObjectId | str],
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
    request_id: str,
) -> None:
    """Add one row to the restaurant's trail, in the change's own transaction.

    `action` is dotted, such as `station.created`. `target`: the kind and the id of what changed. `before`, `after`: its
    fields by their stored names; None for what was made or deleted. Only those that differ are kept, e-mail addresses
    and phone numbers masked, long texts cut. `location_id` None: a change of the restaurant itself.

    Of two transactions that add to one chain at once, MongoDB runs one again: call it last in the transaction. One that
    adds to several chains goes through the restaurants in the order of their ids.
    """
    now = app.clock.now()
    head = await trail.head(app.db, restaurant_id, session)
    day, seq = rules.next_place(head, f"{now:%Y-%m-%d}")
    was, becomes = rules.changed(before, after)
    salt = secrets.token_hex(_SALT_BYTES)
    entry = TrailEntry(
        id=f"{restaurant_id}:{day}:{seq}",
        at=now,
        day=day,
        seq=seq,
        actor=TrailActor(kind=actor.kind, id=actor.id, role=actor.role),
        restaurant_id=restaurant_id,
        location_id=stored_id(location_id) if isinstance(location_id, str) else location_id,
        action=action,
        target=TrailTarget(kind=target[0], id=str(target[1])),
        before=was,
        after=becomes,
        reason=reason,
        request_id=request_id,
        salt=salt,
        digest=rules.digest_of(salt, was, becomes, reason),
        prev_hash=head.hash if head else "",
    )
    await trail.append(app.db, entry.model_copy(update={"hash": rules.hash_of(entry)}), session)
