"""How a location handles orders now: pausing and wait time, the kitchen's; answering and finishing, the managers'
(rules 13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.api import pace as api
from shared.app import App
from shared.documents.places import StoredLocation
from shared.domain import field_faults, location_changes
from shared.domain.field_faults import wrong
from shared.domain.roles import Actor
from shared.services.places import changing
from shared.services.telling import pace_changes
from shared.store.mongo.client import Session

REFUSALS = (*field_faults.REFUSALS, *changing.REFUSALS)

LONGEST_PAUSE = timedelta(days=31)


async def change_pace(
    app: App, actor: Actor, restaurant_id: str, location_id: str, change: api.PaceChange, *, request_id: str
) -> api.Pace:
    """Pause diners' orders until a time, go on with them (null), or say how much longer they take.

    Raises Problem (REFUSALS).
    """
    until = change.paused_until
    if until is not None and until > app.clock.now() + LONGEST_PAUSE:
        raise wrong("pausedUntil", "A pause is at most 31 days long.")
    fields: dict[str, Any] = {}
    if "paused_until" in change.model_fields_set:
        fields["pausedUntil"] = until
    if "wait_minutes" in change.model_fields_set:
        fields["waitMinutes"] = change.wait_minutes
    make = _some(fields)

    async def and_tell(stored: StoredLocation, raw: Mapping[str, Any], session: Session) -> Mapping[str, Any]:
        if location_changes.differing(fields, raw):
            await pace_changes.leave(app, session, (restaurant_id, stored.id))
        return await make(stored, raw, session)

    location = await changing.change(
        app, actor, restaurant_id, location_id, and_tell, action="pace_changed", request_id=request_id
    )
    pace_changes.soon(app, location.id)
    return api.Pace(paused_until=location.paused_until, wait_minutes=location.wait_minutes)


async def change_acceptance(
    app: App,
    actor: Actor,
    restaurant_id: str,
    location_id: str,
    change: api.AcceptanceChange,
    *,
    if_match: int | None = None,
    request_id: str,
) -> tuple[api.Acceptance, int]:
    """Say after how many minutes its people are told of an order that nobody accepts (null: never), and whether an
    order is ready with its last item. Returns the location's version, too. Raises Problem (REFUSALS)."""
    fields: dict[str, Any] = {}
    if "accept_within_minutes" in change.model_fields_set:
        fields["acceptWithinMinutes"] = change.accept_within_minutes
    if "ready_when_all_done" in change.model_fields_set:
        fields["readyWhenAllDone"] = change.ready_when_all_done
    location = await changing.change(
        app,
        actor,
        restaurant_id,
        location_id,
        _some(fields),
        action="acceptance_changed",
        if_match=if_match,
        request_id=request_id,
    )
    shown = api.Acceptance(
        accept_within_minutes=location.accept_within_minutes, ready_when_all_done=location.ready_when_all_done
    )
    return shown, location.version


def _some(fields: dict[str, Any]) -> changing.Make:
    if not fields:
        raise wrong("", "Say what is to change.")
    return changing.always(fields)
