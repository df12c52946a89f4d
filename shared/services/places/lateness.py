"""When an order in a location's kitchen is late, as its managers say it (rules 23)."""

from __future__ import annotations

from typing import Any

from shared.api import kitchen as api
from shared.app import App
from shared.documents.places import Ageing, StoredLocation
from shared.domain import ageing, field_faults
from shared.domain.field_faults import wrong
from shared.domain.roles import Actor
from shared.services.places import changing

REFUSALS = (*field_faults.REFUSALS, *changing.REFUSALS)


async def change(
    app: App,
    actor: Actor,
    place: tuple[str, str],
    sent: api.AgeingChange,
    *,
    if_match: int | None,
    request_id: str,
) -> StoredLocation:
    """Replace a location's limits. Raises Problem (REFUSALS)."""
    kinds = [one.type for one in sent.by_origin]
    for index, one in enumerate(sent.by_origin):
        if one.type in kinds[:index]:
            raise wrong(f"byOrigin.{index}.type", "This type is there twice.")
    for where, limits in (("", sent), *((f"byOrigin.{index}.", one) for index, one in enumerate(sent.by_origin))):
        if limits.warn_minutes >= limits.late_minutes:
            raise wrong(f"{where}lateMinutes", "An order is late after it is to be hurried.")
    fields: dict[str, Any] = {"ageing": sent.model_dump(by_alias=True)}
    return await changing.change(
        app,
        actor,
        *place,
        changing.always(fields),
        action="ageing_changed",
        if_match=if_match,
        request_id=request_id,
    )


def shown(stored: Ageing | None) -> api.AgeingSettings:
    """The limits that hold, also where the location has never said any."""
    of_all = ageing.of_location(stored)
    return api.AgeingSettings(
        warn_minutes=of_all.warn_minutes,
        late_minutes=of_all.late_minutes,
        by_origin=[
            api.AgeingOfOrigin(type=one.type, warn_minutes=one.warn_minutes, late_minutes=one.late_minutes)
            for one in ageing.by_origin(stored)
        ],
    )
