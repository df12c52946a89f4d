"""A restaurant's locations: those of the one who asks, and a new one (contract 19, 20)."""

from __future__ import annotations

from shared.api import places as api
from shared.api.location_settings import NewLocation
from shared.app import App
from shared.documents.places import StoredLocation
from shared.domain import hours_writing, location_changes
from shared.domain.new_locations import new_location
from shared.domain.roles import Actor, Person
from shared.errors import RESTAURANT_NOT_FOUND, TOO_MANY_OF_THEM, Problem
from shared.ids import new_id, stored_id
from shared.services.places.settings import alert_numbers, refuse_taken
from shared.services.trail import writing as trail
from shared.store import locations, restaurants
from shared.store.mongo.client import Session

CREATE_REFUSALS = (RESTAURANT_NOT_FOUND, TOO_MANY_OF_THEM, *location_changes.REFUSALS)


async def of_person(app: App, person: Person, restaurant_id: str) -> list[api.StaffLocation]:
    """The locations of the restaurant that the person belongs to, the oldest first.

    Below manager without alert numbers and the contact's address.
    """
    membership = person.memberships.get(restaurant_id)
    if membership is None:
        return []
    only = None if membership.locations is None else [stored_id(one) for one in sorted(membership.locations)]
    found = await locations.of_restaurant(app.db, restaurant_id, only)
    return [_shown(location, in_full=membership.may("manager")) for location in found]


async def create(
    app: App, actor: Actor, restaurant_id: str, wanted: NewLocation, *, request_id: str
) -> api.CreatedLocation:
    """Make a location with the defaults, but for what is wanted. It takes no payment. Raises Problem
    (CREATE_REFUSALS)."""
    now = app.clock.now()
    document = new_location(new_id(), restaurant_id, now) | location_changes.of_new(wanted)

    async def body(session: Session) -> None:
        if await restaurants.one(app.db, restaurant_id, session) is None:
            raise Problem(RESTAURANT_NOT_FOUND)
        if await locations.count(app.db, restaurant_id, session) >= locations.MAX_OF_RESTAURANT:
            raise Problem(TOO_MANY_OF_THEM)
        if wanted.location_slug is not None:
            await refuse_taken(app, restaurant_id, wanted.location_slug, session)
        await locations.insert(app.db, document, session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=document["_id"],
            action="location.created",
            target=("location", document["_id"]),
            after={name: document[name] for name in ("name", "locationSlug", "timezone", "isActive")},
            request_id=request_id,
        )

    await trail.changing(app, restaurant_id, body)
    stored = StoredLocation.model_validate(document)
    return api.CreatedLocation(
        **_shown(stored, in_full=True).model_dump(by_alias=True),
        restaurant_id=restaurant_id,
        is_active=stored.is_active,
        accept_payment=stored.payment.accept_payment,
        auto_accept_order=stored.auto_accept_order,
        created_at=now,
    )


def _shown(location: StoredLocation, *, in_full: bool) -> api.StaffLocation:
    return api.StaffLocation(
        _id=str(location.id),
        location_slug=location.location_slug,
        name=location.name,
        is_mobile=location.is_mobile,
        address=location.address,
        contact=api.Contact(email=location.contact.email if in_full else ""),
        working_hours=[hours_writing.shown(day) for day in location.working_hours],
        timezone=location.timezone,
        alert_numbers=alert_numbers(location) if in_full else [],
        paused_until=location.paused_until,
        wait_minutes=location.wait_minutes,
    )
