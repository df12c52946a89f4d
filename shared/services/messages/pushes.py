"""Pushes to the phones of a location's people and to its kitchen screens (rules 24.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from shared.app import App
from shared.documents.duties import Duty
from shared.documents.orders import Order
from shared.documents.people import StoredDevice
from shared.domain.reaching import PUSH, WEB_PUSH
from shared.integrations.push import Subscription
from shared.services.duties.seeing import Kinds
from shared.services.messages.pushing import Means, push
from shared.store import devices, push_screens, push_tokens, users
from shared.store.duties import Ended


async def wanted(app: App, restaurant_id: str, location_id: ObjectId | str) -> tuple[bool, bool]:
    """Whether any phone and any screen wants pushes of a location's orders: else nobody needs to see to it."""
    return (
        app.push.is_set_up and await push_tokens.any_of_restaurant(app.db, restaurant_id),
        app.web_push.is_set_up and await push_screens.any_of_location(app.db, restaurant_id, location_id),
    )


async def to_phones(app: App, duty: Duty) -> Ended | datetime:
    """Push to the phones of the people who work at the location, whoever they are now."""

    async def phones(order: Order) -> Means[str]:
        restaurant_id = order.restaurant_id
        old = {push_tokens.token_id(each): each for each in await push_tokens.old_of_restaurant(app.db, restaurant_id)}
        kept = await push_tokens.of_restaurant(app.db, restaurant_id)
        people = await _people(app, order) if kept else frozenset()

        async def forget(ids: Sequence[str]) -> None:
            await push_tokens.forget(app.db, ids)
            if old_ones := [old[key] for key in ids if key in old]:
                await push_tokens.forget_old(app.db, restaurant_id, old_ones)

        return Means(app.push, {**old, **{one.id: one.token for one in kept if one.user_id in people}}, forget)

    return await push(app, duty, phones)


async def to_screens(app: App, duty: Duty) -> Ended | datetime:
    """Push to the location's screens: those of the whole location, and those of stations that have some of it."""

    async def screens(order: Order) -> Means[Subscription]:
        paired = await devices.of_location(app.db, order.restaurant_id, order.location_id)
        there = {str(one.id) for one in paired if one.claimed_at is not None and _shows(one, order)}
        found = await push_screens.of_location(app.db, order.restaurant_id, order.location_id)
        reached_by = {
            str(one.id): Subscription(one.endpoint, one.p256dh, one.auth) for one in found if str(one.id) in there
        }
        by_id = {str(one.id): one for one in found}

        async def forget(ids: Sequence[str]) -> None:
            gone = [by_id[key] for key in ids]
            await push_screens.forget_endpoints(app.db, [one.id for one in gone], [one.endpoint for one in gone])

        return Means(app.web_push, reached_by, forget)

    return await push(app, duty, screens)


def _shows(screen: StoredDevice, order: Order) -> bool:
    """Whether a screen has something of an order. An order of the original's was never routed, so any station may have
    it; and all have dishes of no station."""
    cooking = {route.station_id for route in order.routing}
    everywhere = screen.role == "expo" or not cooking or bool(order.unrouted)
    return everywhere or not cooking.isdisjoint(screen.station_ids)


async def _people(app: App, order: Order) -> frozenset[str]:
    """The ids of those who work at an order's location."""
    found = await users.of_restaurant(app.db, order.restaurant_id)
    theirs = ((user.user_id, users.memberships(user).get(order.restaurant_id)) for user in found)
    place = str(order.location_id)
    return frozenset(user_id for user_id, one in theirs if one is not None and one.reaches(place))


KINDS: Kinds = {PUSH: to_phones, WEB_PUSH: to_screens}
"""The duties of pushes, and what sends each."""
