"""How a location handles orders now: pausing and wait time, the kitchen's; answering and finishing, the managers'
(rules 13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.api import pace as api
from shared.app import App
from shared.documents.places import Location
from shared.domain import versions
from shared.domain.roles import Actor
from shared.errors import INVALID_REQUEST, LOCATION_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.trail import writing as trail
from shared.store import places
from shared.store.mongo.client import Session

REFUSALS = (INVALID_REQUEST, LOCATION_NOT_FOUND)

LONGEST_PAUSE = timedelta(days=31)


async def change_pace(
    app: App, actor: Actor, restaurant_id: str, location_id: str, change: api.PaceChange, *, request_id: str
) -> api.Pace:
    """Pause diners' orders until a time, go on with them (null), or say how much longer they take.

    Raises Problem (REFUSALS).
    """
    until = change.paused_until
    if until is not None and until > app.clock.now() + LONGEST_PAUSE:
        raise _wrong("pausedUntil", "A pause is at most 31 days long.")
    fields: dict[str, Any] = {}
    if "paused_until" in change.model_fields_set:
        fields["pausedUntil"] = until
    if "wait_minutes" in change.model_fields_set:
        fields["waitMinutes"] = change.wait_minutes
    location = await _change(
        app, actor, restaurant_id, location_id, fields, action="pace_changed", request_id=request_id
    )
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
    location = await _change(
        app,
        actor,
        restaurant_id,
        location_id,
        fields,
        action="acceptance_changed",
        if_match=if_match,
        request_id=request_id,
    )
    shown = api.Acceptance(
        accept_within_minutes=location.accept_within_minutes, ready_when_all_done=location.ready_when_all_done
    )
    return shown, location.version


def _wrong(field: str, message: str) -> Problem:
    return Problem(INVALID_REQUEST, f"{field}: {message}", detail=[{"field": field, "message": message}])


async def _change(
    app: App,
    actor: Actor,
    restaurant_id: str,
    location_id: str,
    fields: Mapping[str, Any],
    *,
    action: str,
    if_match: int | None = None,
    request_id: str,
) -> Location:
    """Set these fields of a location, with one row in the trail; returns the location as it is then."""
    if not fields:
        raise _wrong("", "Say what is to change.")
    here = stored_id(location_id)

    async def body(session: Session) -> Location:
        before = await places.change_location(app.db, restaurant_id, here, fields, at=app.clock.now(), session=session)
        if before is None:
            raise Problem(LOCATION_NOT_FOUND)
        was = Location.model_validate(before)
        versions.hold(was.version, if_match)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here,
            action=f"location.{action}",
            target=("location", here),
            before={name: before.get(name) for name in fields},
            after=fields,
            request_id=request_id,
        )
        return Location.model_validate({**before, **fields, "version": was.version + 1})

    return await trail.changing(app, restaurant_id, body)
