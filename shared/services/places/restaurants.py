"""A restaurant's own words about itself (contract 30, 31)."""

from __future__ import annotations

from datetime import datetime

from shared.api import places as api
from shared.api.base import iso
from shared.app import App
from shared.domain import contact_texts, field_faults
from shared.domain.roles import Actor
from shared.errors import RESTAURANT_NOT_FOUND, Problem
from shared.services.trail import writing as trail
from shared.store import restaurants
from shared.store.mongo.client import Session

REFUSALS = (RESTAURANT_NOT_FOUND,)
CHANGE_REFUSALS = (*REFUSALS, *field_faults.REFUSALS)


async def details(app: App, restaurant_id: str) -> api.RestaurantDetails:
    """What the restaurant says of itself. Raises Problem (REFUSALS)."""
    found = await restaurants.one(app.db, restaurant_id)
    if found is None:
        raise Problem(RESTAURANT_NOT_FOUND)
    return api.RestaurantDetails(
        _id=found.id,
        name=found.name,
        concept=found.concept,
        logo=found.logo or "",
        tagline=found.tagline,
        website=found.website,
        created_at=_text(found.created_at),
        updated_at=_text(found.updated_at),
    )


def _text(moment: datetime | None) -> str:
    return "" if moment is None else iso(moment)


async def change(app: App, actor: Actor, restaurant_id: str, wanted: api.RestaurantChange, *, request_id: str) -> None:
    """Store what differs from what is there; the rest of the document stays. Raises Problem (CHANGE_REFUSALS)."""
    sent = wanted.model_dump(by_alias=True, exclude_none=True)

    async def body(session: Session) -> None:
        found = await restaurants.one(app.db, restaurant_id, session)
        if found is None:
            raise Problem(RESTAURANT_NOT_FOUND)
        before = {name: value for name, value in found.model_dump(by_alias=True).items() if name in sent}
        changed = {name: value for name, value in sent.items() if value != (before[name] or "")}
        if not changed:
            return
        for field in ("website", "logo"):
            if changed.get(field) and not contact_texts.is_web_address(changed[field]):
                raise field_faults.wrong(field, "This is no address of the web: use one that begins with https://.")
        await restaurants.change(app.db, restaurant_id, changed, iso(app.clock.now()), session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            action="restaurant.changed",
            target=("restaurant", restaurant_id),
            before={name: before[name] for name in changed},
            after=changed,
            request_id=request_id,
        )

    await trail.changing(app, restaurant_id, body)
