"""The one way to change a location: what differs, if its version is the one that the caller saw, with a row in the
trail (rules 15, 16)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from shared.app import App
from shared.documents.places import StoredLocation
from shared.domain import location_changes, versions
from shared.domain.roles import Actor
from shared.errors import LOCATION_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.trail import writing as trail
from shared.store import locations
from shared.store.mongo.client import Session

REFUSALS = (LOCATION_NOT_FOUND, *versions.REFUSALS)

Make = Callable[[StoredLocation, Mapping[str, Any], Session], Awaitable[Mapping[str, Any]]]
"""What is to be stored, by the names in the database, of a location and its document as it is stored."""


async def change(
    app: App,
    actor: Actor,
    restaurant_id: str,
    location_id: str,
    make: Make,
    *,
    action: str,
    if_match: int | None = None,
    request_id: str,
) -> StoredLocation:
    """Store what `make` gives, and return the location as it is then.

    Where nothing differs, nothing is written and the version stays. `action`: what the trail calls it. `if_match`: the
    version that the caller saw; None: any. Raises Problem (REFUSALS), and what `make` raises.
    """
    here = stored_id(location_id)

    async def body(session: Session) -> StoredLocation:
        raw = await locations.as_stored(app.db, restaurant_id, here, session)
        if raw is None:
            raise Problem(LOCATION_NOT_FOUND)
        stored = StoredLocation.model_validate(raw)
        versions.hold(stored.version, if_match)
        fields = location_changes.differing(await make(stored, raw, session), raw)
        if not fields:
            return stored
        changed = await locations.change(app.db, restaurant_id, here, fields, at=app.clock.now(), session=session)
        if changed is None:
            raise Problem(LOCATION_NOT_FOUND)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here,
            action=f"location.{action}",
            target=("location", here),
            before={name: location_changes.value_at(raw, name) for name in fields},
            after=fields,
            request_id=request_id,
        )
        return changed

    return await trail.changing(app, restaurant_id, body)


def always(fields: Mapping[str, Any]) -> Make:
    """For `change`: these fields, whatever is stored."""

    async def make(_: StoredLocation, __: Mapping[str, Any], ___: Session) -> Mapping[str, Any]:
        return fields

    return make
