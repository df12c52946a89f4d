"""A push to several at once: who has got it, who is to get it still, and who is no more (rules 24.3).

A duty keeps who is still to get it, by ids that are no addresses, so that a second try goes to nobody twice.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from shared.app import App
from shared.documents.duties import Duty
from shared.documents.orders import Order
from shared.domain import push_words
from shared.domain.order_states import CREATED
from shared.integrations.delivery import InDoubt, NotTaken, Refused
from shared.integrations.push import Note, Push
from shared.services.messages.sending import TRIES_IN_DOUBT, deliver
from shared.store import duties, locations, orders
from shared.store.duties import Ended

Where = TypeVar("Where")

log = logging.getLogger("orderbuddy.messages")

NOBODY = Ended("dropped", "nobody wants pushes there")
NOBODY_LEFT = Ended("dropped", "nobody who wanted pushes is there any more")
ANSWERED = Ended("dropped", "the order was answered meanwhile")


@dataclass(frozen=True, slots=True)
class Means(Generic[Where]):
    """One way to push. `reached_by`: by what each is reached, by id. `forget`: those are no more."""

    push: Push[Where]
    reached_by: Mapping[str, Where]
    forget: Callable[[Sequence[str]], Awaitable[None]]


async def push(app: App, duty: Duty, means: Callable[[Order], Awaitable[Means[Where]]]) -> Ended | datetime:
    """Push what a duty tells of; how it ended, or when to try again."""
    order = None if duty.order_id is None else await orders.get(app.db, duty.order_id)
    if order is None:
        return Ended("dropped", "the order is gone")
    if duty.about == "order_waiting" and order.status != CREATED:
        return ANSWERED
    way = await means(order)
    wanted = set(way.reached_by if duty.remaining is None else duty.remaining)
    to = {key: where for key, where in way.reached_by.items() if key in wanted}
    if not to:
        return NOBODY if duty.remaining is None else NOBODY_LEFT
    note = await _note(app, duty, order)
    sent = 0

    async def send() -> str:
        nonlocal sent
        sent = await _send(app, duty, way, to, note)
        return ""

    end = await deliver(app, duty, "pushes", send, once=False)
    nobody = isinstance(end, Ended) and end.state == "sent" and sent == 0 and duty.remaining is None
    return NOBODY_LEFT if nobody else end


async def _send(app: App, duty: Duty, way: Means[Where], to: Mapping[str, Where], note: Note) -> int:
    """Send to these; returns how many got it. Raises NotTaken, InDoubt and Refused where some are to get it still."""
    ids = {where: key for key, where in to.items()}
    came = await way.push.send(list(to.values()), note)
    # What is in doubt is sent three times at most: a device shows it once all the same.
    unsure = came.unsure if duty.tries < TRIES_IN_DOUBT else ()
    left = [ids[one] for one in (*came.again, *unsure)]
    if left:
        # Before all else: whoever has it gets it no second time, whatever fails from here on.
        await duties.narrow(app.db, duty, left)
    if came.gone:
        await way.forget([ids[one] for one in came.gone])
    if came.again:
        raise NotTaken(f"{len(came.again)} of {len(to)} pushes were not taken", came.retry_after)
    if came.unsure:
        raise InDoubt(f"nobody knows of {len(came.unsure)} of {len(to)} pushes whether they went out")
    if came.refused:
        if not came.sent:
            raise Refused("the service refuses the push", came.refused)
        log.warning("some of %d pushes of row %d are refused: %s", len(to), duty.seq, came.refused)
    return came.sent


async def _note(app: App, duty: Duty, order: Order) -> Note:
    location = await locations.one(app.db, order.restaurant_id, order.location_id)
    language = "en" if location is None else location.staff_language
    title, body = push_words.title_and_body(duty.about, order.order_code, language)
    # An order's id opens its diner's page, and Firebase reads what goes through it: the code is enough.
    data = {
        "type": duty.about,
        "orderCode": order.order_code,
        "restaurantId": order.restaurant_id,
        "locationId": str(order.location_id),
    }
    return Note(title, body, tag=push_words.tag(duty.about, order.id), data=data)
