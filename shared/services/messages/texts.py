"""Texts to diners and to a location's alert numbers, each at most once (rules 24.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from shared.app import App
from shared.documents.duties import Duty
from shared.documents.orders import Order
from shared.documents.places import StoredLocation
from shared.domain import texts as words
from shared.domain.order_states import ACCEPTED, CREATED
from shared.domain.reaching import ALERT, TEXT
from shared.domain.screens import NOT_DRAWN
from shared.integrations.delivery import NotTaken, Refused
from shared.integrations.sms import OptedOut
from shared.services.duties.seeing import Kinds
from shared.services.messages import numbers, sending, text_budget
from shared.services.messages.links import order_page
from shared.store import locations, opt_outs, orders, restaurants
from shared.store.duties import Ended

NO_NUMBER = "no phone number that texts go to"
STOPPED = Ended("given_up", "opted out")
"""Nobody need look at it: it is what whoever has the number wants."""

NO_LONGER_SO = Ended("dropped", "what it would tell holds no more")


@dataclass(frozen=True, slots=True)
class _Text:
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class _About:
    """What a text tells of, as it is now."""

    order: Order
    location: StoredLocation
    restaurant: str


class _NotSentError(Exception):
    """The text does not go out, and that is as it should be."""

    def __init__(self, end: Ended) -> None:
        super().__init__(end.outcome)
        self.end = end


async def to_diner(app: App, duty: Duty) -> Ended | datetime:
    """Text the diner of an order."""
    return await _deliver(app, duty, _diners)


async def to_staff(app: App, duty: Duty) -> Ended | datetime:
    """Text one of a location's alert numbers."""
    return await _deliver(app, duty, _alert)


KINDS: Kinds = {TEXT: to_diner, ALERT: to_staff}
"""The duties of texts, and what sends each."""


async def _deliver(app: App, duty: Duty, write: Callable[[App, Duty], Awaitable[_Text]]) -> Ended | datetime:
    async def send() -> str:
        made = await write(app, duty)
        if await opt_outs.is_stopped(app.db, numbers.key(app, made.number)):
            raise _NotSentError(STOPPED)
        spent = await text_budget.spend(app, duty.kind, made.number, duty.location_id or "")
        try:
            return await app.sms.send(made.number, made.text)
        except OptedOut:
            await opt_outs.stop(app.db, numbers.key(app, made.number), app.clock.now())
            raise _NotSentError(STOPPED) from None
        except NotTaken:
            await text_budget.give_back(app, spent)
            raise

    try:
        return await sending.deliver(app, duty, "texts", send, once=True)
    except _NotSentError as as_it_should_be:
        return as_it_should_be.end


async def _diners(app: App, duty: Duty) -> _Text:
    """What the diner is told. Raises _NotSentError, Refused and PyMongoError."""
    about = await _look(app, duty)
    order = about.order
    back = sum(one.amount_cents for one in order.refunds if one.at == duty.since and not one.declined)
    answered = duty.about == "order_waiting" and order.status != CREATED
    recalled = duty.about == "ready" and order.status == ACCEPTED
    declined = duty.about == "refunded" and not back
    if answered or recalled or declined:
        raise _NotSentError(NO_LONGER_SO)
    said = words.ToDiner(
        about=duty.about,
        restaurant=about.restaurant,
        code=order.order_code,
        language=order.language,
        link=order_page(app, order),
        cents=back,
        reason=order.end_reason if duty.about in ("rejected", "cancelled") else "",
    )
    return _Text(_number(app, order.customer.phone, about.location), words.to_diner(said))


async def _alert(app: App, duty: Duty) -> _Text:
    """What an alert number is told. Raises _NotSentError, Refused and PyMongoError."""
    about = await _look(app, duty)
    order, location = about.order, about.location
    found = next((one.phone_number for one in location.alert_numbers if str(one.id) == duty.to), "")
    answered = duty.about == "order_waiting" and order.status != CREATED
    shown = duty.about == NOT_DRAWN and order.not_drawn_since is None
    if not found or answered or shown:
        raise _NotSentError(NO_LONGER_SO)
    said = words.ToStaff(
        about=duty.about,
        restaurant=about.restaurant,
        location=location.name,
        code=order.order_code,
        language=location.staff_language,
        cents=order.total_price_cents + order.tip_cents,
    )
    return _Text(_number(app, found, location), words.to_staff(said))


async def _look(app: App, duty: Duty) -> _About:
    assert duty.order_id is not None
    order, location, restaurant = await asyncio.gather(
        orders.get(app.db, duty.order_id),
        locations.one(app.db, duty.restaurant_id, duty.location_id or ""),
        restaurants.one(app.db, duty.restaurant_id),
    )
    if order is None or location is None:
        raise _NotSentError(NO_LONGER_SO)
    return _About(order, location, restaurant.name if restaurant is not None else "")


def _number(app: App, typed: str, location: StoredLocation) -> str:
    number = numbers.read(app, typed, location.timezone)
    if number is None:
        raise Refused(NO_NUMBER, NO_NUMBER)
    return number
