"""The one way into the trail: a row in the transaction of the change that it tells of (rules 15)."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from bson import ObjectId

from shared.app import App
from shared.documents.trail import TrailActor, TrailEntry, TrailTarget
from shared.domain import trail as rules
from shared.domain.roles import Actor
from shared.errors import UNAVAILABLE, Problem
from shared.ids import stored_id
from shared.memory.slots import Slot
from shared.memory.turns import CrowdedError, Turns
from shared.store import trail
from shared.store.mongo.client import Session, transaction

MOST_WAITING = 100
"""How many changes of one restaurant may have the turn or wait for it in a process: a host sends no more at once."""

LONGEST_WAIT_SECONDS = 8.0
_SALT_BYTES = 16

TURNS: Slot[Turns] = Slot(lambda: Turns(MOST_WAITING, LONGEST_WAIT_SECONDS))

T = TypeVar("T")


async def changing(app: App, restaurant_id: str, body: Callable[[Session], Awaitable[T]]) -> T:
    """Run a change that leaves a row in the restaurant's trail, as one transaction.

    In a process they take turns: of transactions that add to one chain at once, all but one are in vain. Raises what
    `body` raises, and Problem UNAVAILABLE where the turn does not come.
    """
    try:
        async with app.memory[TURNS].turn(restaurant_id):
            return await transaction(app.db, body)
    except CrowdedError:
        raise Problem(UNAVAILABLE, retry_after=1) from None


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
