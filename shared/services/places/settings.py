"""A location's settings: all of them to read, and what its managers and owners change of them (contract 45, 46; rules
17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import location_settings as api
from shared.api import places as places_api
from shared.app import App
from shared.documents.places import StoredLocation
from shared.domain import field_faults, hours_writing, location_changes
from shared.domain.field_faults import wrong
from shared.domain.roles import LADDER, Actor, Role
from shared.errors import LOCATION_NOT_FOUND, Problem
from shared.ids import stored_id
from shared.services.places import changing, lateness
from shared.store import locations
from shared.store.mongo.client import Session

READ_REFUSALS = (LOCATION_NOT_FOUND,)
REFUSALS = (*location_changes.REFUSALS, *changing.REFUSALS)
DETAILS_REFUSALS = (*field_faults.REFUSALS, *REFUSALS)


async def read(app: App, role: Role, restaurant_id: str, location_id: str) -> tuple[api.LocationSettings, int]:
    """A location's settings as this role reads them, and its version. Raises Problem (READ_REFUSALS)."""
    found = await locations.one(app.db, restaurant_id, stored_id(location_id))
    if found is None:
        raise Problem(LOCATION_NOT_FOUND)
    return shown(found, role), found.version


async def change(
    app: App,
    actor: Actor,
    restaurant_id: str,
    location_id: str,
    sent: api.LocationSettingsChange,
    *,
    if_match: int | None,
    request_id: str,
) -> StoredLocation:
    """Change the settings that the existing app knows. Raises Problem (REFUSALS)."""
    location_changes.same_place(sent, restaurant_id, location_id)

    async def make(stored: StoredLocation, raw: Mapping[str, Any], _: Session) -> Mapping[str, Any]:
        return location_changes.of_settings(sent, stored, raw)

    return await changing.change(
        app,
        actor,
        restaurant_id,
        location_id,
        make,
        action="settings_changed",
        if_match=if_match,
        request_id=request_id,
    )


async def change_details(
    app: App,
    actor: Actor,
    restaurant_id: str,
    location_id: str,
    sent: api.LocationDetailsChange,
    *,
    if_match: int | None,
    request_id: str,
) -> StoredLocation:
    """Change what a location is: its names, its languages, its business day. Raises Problem (DETAILS_REFUSALS)."""
    fields = location_changes.of_details(sent)

    async def make(stored: StoredLocation, _: Mapping[str, Any], session: Session) -> Mapping[str, Any]:
        slug = sent.location_slug
        if slug is not None and slug != stored.location_slug:
            await refuse_taken(app, restaurant_id, slug, session)
        return fields

    return await changing.change(
        app, actor, restaurant_id, location_id, make, action="details_changed", if_match=if_match, request_id=request_id
    )


async def change_activity(
    app: App,
    actor: Actor,
    restaurant_id: str,
    location_id: str,
    sent: api.ActivityChange,
    *,
    if_match: int | None,
    request_id: str,
) -> StoredLocation:
    """Close a location, or open it again: nobody places an order at one that is closed, and open orders go on.

    Raises Problem (changing.REFUSALS).
    """
    return await changing.change(
        app,
        actor,
        restaurant_id,
        location_id,
        changing.always({"isActive": sent.is_active}),
        action="opened" if sent.is_active else "closed",
        if_match=if_match,
        request_id=request_id,
    )


async def refuse_taken(app: App, restaurant_id: str, slug: str, session: Session) -> None:
    """Raises Problem INVALID_REQUEST where a location of the restaurant has this slug."""
    if await locations.has_slug(app.db, restaurant_id, slug, session):
        raise wrong("locationSlug", "Another location of this restaurant has it.")


def shown(location: StoredLocation, role: Role) -> api.LocationSettings:
    """The settings as this role reads them: below manager without alert numbers and the contact's address."""
    in_full = LADDER.index(role) >= LADDER.index("manager")
    return api.LocationSettings(
        _id=str(location.id),
        restaurant_id=location.restaurant_id,
        name=location.name,
        location_slug=location.location_slug,
        address=location.address,
        timezone=location.timezone,
        working_hours=[hours_writing.shown(day) for day in location.working_hours],
        order_timing=api.OrderTiming(
            accept_orders_after_minutes=location.order_timing.accept_orders_after_minutes,
            stop_orders_before_minutes=location.order_timing.stop_orders_before_minutes,
        ),
        alert_numbers=alert_numbers(location) if in_full else [],
        auto_accept_order=location.auto_accept_order,
        contact=places_api.Contact(email=location.contact.email if in_full else ""),
        is_active=location.is_active,
        is_mobile=location.is_mobile,
        supported_languages=location.supported_languages,
        staff_language=location.staff_language,
        accept_within_minutes=location.accept_within_minutes,
        ready_when_all_done=location.ready_when_all_done,
        ageing=lateness.shown(location.ageing),
        business_day_starts_at=location.business_day_starts_at or "00:00",
        daily_summary=location.daily_summary,
        accept_payment=location.payment.accept_payment,
        emergepay_wallets_public_id=location.payment.emergepay_wallets_public_id,
    )


def alert_numbers(location: StoredLocation) -> list[places_api.AlertNumber]:
    """The phones that are told of orders nobody accepts."""
    return [places_api.AlertNumber(_id=str(one.id), phone_number=one.phone_number) for one in location.alert_numbers]
