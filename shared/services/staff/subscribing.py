"""Wanting pushes, and wanting none any more: people with their phones, and screens (rules 24.3, contract 58)."""

from __future__ import annotations

from shared.api import pushes as api
from shared.app import App
from shared.documents.pushes import PushScreen
from shared.domain.roles import Device, Person
from shared.domain.webhook_addresses import AddressError, parsed
from shared.errors import INVALID_REQUEST, Problem
from shared.ids import stored_id
from shared.store import push_screens, push_tokens

SCREEN_REFUSALS = (INVALID_REQUEST,)


async def subscribe(app: App, person: Person, wanted: api.Subscribe) -> None:
    """The person's phone gets the restaurant's pushes. A token of the original's is nobody's any more then."""
    await push_tokens.put(
        app.db,
        wanted.token,
        user_id=person.user_id,
        platform=wanted.platform,
        restaurant_id=wanted.restaurant_id,
        now=app.clock.now(),
    )
    await push_tokens.forget_old(app.db, wanted.restaurant_id, [wanted.token])


async def unsubscribe(app: App, person: Person, token: str) -> bool:
    """The person's phone gets no pushes any more; False where it is none of the person's. What the original kept of it
    goes in the person's restaurants."""
    is_theirs = await push_tokens.forget_of_person(app.db, token, person.user_id)
    for restaurant_id in person.memberships:
        await push_tokens.forget_old(app.db, restaurant_id, [token])
    return is_theirs


async def of_screen(app: App, device: Device) -> api.ScreenPushes:
    """What a screen needs to know to subscribe, and what it has subscribed."""
    found = await push_screens.of_device(app.db, stored_id(device.id))
    public_key = app.settings.vapid_public_key if app.web_push.is_set_up else None
    return api.ScreenPushes(public_key=public_key, endpoint=found.endpoint if found else None)


async def subscribe_screen(app: App, device: Device, wanted: api.SubscribeScreen) -> None:
    """The screen's browser gets the location's pushes. Raises Problem (SCREEN_REFUSALS)."""
    try:
        parsed(wanted.endpoint, this_machine=app.settings.webhooks_to_this_machine)
    except AddressError:
        message = "This is no address of a push service."
        detail = [{"field": "endpoint", "message": message}]
        raise Problem(INVALID_REQUEST, f"endpoint: {message}", detail=detail) from None
    screen = PushScreen(
        id=stored_id(device.id),
        restaurant_id=device.restaurant_id,
        location_id=stored_id(device.location_id),
        endpoint=wanted.endpoint,
        p256dh=wanted.keys.p256dh,
        auth=wanted.keys.auth,
    )
    await push_screens.put(app.db, screen, app.clock.now())


async def unsubscribe_screen(app: App, device: Device) -> None:
    """The screen gets no pushes any more."""
    await push_screens.forget(app.db, stored_id(device.id))
