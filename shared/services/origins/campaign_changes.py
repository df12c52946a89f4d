"""Changing and deleting a campaign (rules 18)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.api import campaigns as api
from shared.app import App
from shared.documents.places import StoredCampaign
from shared.domain import versions
from shared.domain.roles import Actor
from shared.errors import (
    CAMPAIGN_NOT_FOUND,
    CAMPAIGN_USED,
    CAMPAIGN_WITHOUT_CODE,
    LOCATION_NOT_FOUND,
    Problem,
)
from shared.ids import stored_id
from shared.services.menu import catalog
from shared.services.origins.campaigns import (
    LIMIT_REFUSALS,
    days,
    refuse_backwards,
    refuse_too_many_running,
    show,
    wrong,
)
from shared.services.origins.making import Here
from shared.services.trail import writing as trail
from shared.store import campaigns, origins
from shared.store.mongo.client import Session

CHANGE_REFUSALS = (
    CAMPAIGN_NOT_FOUND,
    CAMPAIGN_WITHOUT_CODE,
    LOCATION_NOT_FOUND,
    *LIMIT_REFUSALS,
)
DELETE_REFUSALS = (CAMPAIGN_NOT_FOUND, CAMPAIGN_USED)

_STORED = {"name": "name", "is_active": "isActive", "max_uses": "maxUses", "per_phone": "perPhone"}
_NEVER_NULL = ("name", "is_active")


@dataclass(frozen=True, slots=True)
class Target:
    """Which campaign of which location is to change. `seen`: the version that the caller saw, where it says one."""

    restaurant_id: str
    location_id: str
    campaign_id: str
    seen: int | None = None

    @property
    def here(self) -> Here:
        """The restaurant's and the location's id, as they are stored."""
        return self.restaurant_id, stored_id(self.location_id)


@dataclass(frozen=True, slots=True)
class Changed:
    """A campaign after a change, and its version."""

    campaign: api.Campaign
    version: int


async def change(app: App, actor: Actor, at: Target, wanted: api.CampaignChange, *, request_id: str) -> Changed:
    """Change a campaign's name, its limits, or whether it is on. Carts are priced by it within a second.

    Raises Problem (CHANGE_REFUSALS).
    """
    place = await origins.styled(app.db, *at.here)
    if place is None:
        raise Problem(LOCATION_NOT_FOUND)
    fields = _fields(wanted, place.timezone)
    if not fields:
        raise wrong("", "Say what is to change.")

    async def body(session: Session) -> StoredCampaign:
        found = await _found(app, at, session)
        before = {name: value for name, value in found.model_dump(by_alias=True).items() if name in fields}
        changed = {name: value for name, value in fields.items() if value != before[name]}
        if not changed:
            return found
        both = {"startsAt": found.starts_at, "endsAt": found.ends_at} | fields
        refuse_backwards(both["startsAt"], both["endsAt"])
        if changed.get("isActive"):
            await _refuse_start(app, at, found, session)
        after = await campaigns.change(app.db, found.id, changed, app.clock.now(), session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=at.restaurant_id,
            location_id=at.here[1],
            action="campaign.changed",
            target=("campaign", found.id),
            before=before,
            after=fields,
            request_id=request_id,
        )
        return after

    changed = await trail.changing(app, at.restaurant_id, body)
    catalog.forget(app, *at.here)
    return Changed(show(changed), changed.version)


async def delete(app: App, actor: Actor, at: Target, *, request_id: str) -> None:
    """Delete a campaign that no order had; its code stays, and leads to the menu. Raises Problem (DELETE_REFUSALS)."""

    async def body(session: Session) -> None:
        found = await _found(app, at, session)
        if found.uses > 0:
            raise Problem(CAMPAIGN_USED)
        await campaigns.delete(app.db, found.id, session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=at.restaurant_id,
            location_id=at.here[1],
            action="campaign.deleted",
            target=("campaign", found.id),
            before={"name": found.name, "type": found.type, "originId": str(found.origin_id)},
            request_id=request_id,
        )

    await trail.changing(app, at.restaurant_id, body)
    catalog.forget(app, *at.here)


def _fields(wanted: api.CampaignChange, timezone: str) -> dict[str, Any]:
    """What is sent, by its stored names. A null takes a limit away, and says nothing of a name or a switch."""
    sent = wanted.model_fields_set
    fields = {
        stored: getattr(wanted, name)
        for name, stored in _STORED.items()
        if name in sent and not (name in _NEVER_NULL and getattr(wanted, name) is None)
    }
    if "name" in fields:
        fields["name"] = fields["name"].strip()
    moments = days(wanted.starts_on, wanted.ends_on, timezone)
    for name, stored in (("starts_on", "startsAt"), ("ends_on", "endsAt")):
        if name in sent:
            fields[stored] = moments[stored]
    return fields


async def _refuse_start(app: App, at: Target, campaign: StoredCampaign, session: Session) -> None:
    """Raises Problem for a campaign that cannot be switched on."""
    await refuse_too_many_running(app, at.here, session)
    if await origins.one(app.db, *at.here, campaign.origin_id, session) is None:
        raise Problem(CAMPAIGN_WITHOUT_CODE)


async def _found(app: App, at: Target, session: Session) -> StoredCampaign:
    found = await campaigns.one(app.db, *at.here, stored_id(at.campaign_id), session)
    if found is None:
        raise Problem(CAMPAIGN_NOT_FOUND)
    versions.hold(found.version, at.seen)
    return found
