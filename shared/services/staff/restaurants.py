"""A person's restaurants: which they are, and making a new one (contract 17, 18)."""

from __future__ import annotations

import secrets
from datetime import datetime, time, timedelta

from pymongo.errors import DuplicateKeyError

from shared.api import people as api
from shared.api.base import iso
from shared.app import App
from shared.domain.roles import Actor
from shared.errors import FORBIDDEN, TOO_MANY_RESTAURANTS, UNAVAILABLE, Problem
from shared.services.staff import login, people, signing_in
from shared.services.staff.people import By
from shared.services.trail import writing as trail
from shared.store import limits, places, users
from shared.store.mongo.client import Session, transaction
from shared.store.mongo.duplicates import index_of

CREATE_REFUSALS = (FORBIDDEN, TOO_MANY_RESTAURANTS)

A_DAY = 5
"""How many restaurants one person may make on a day (UTC)."""

MAX_LISTED = 1000
_TRIES = 10


async def of_person(app: App, user_id: str) -> list[api.MyRestaurant]:
    """The restaurants to which a person belongs now; one of which nothing is stored is left out (contract 17)."""
    user = await users.by_user_id(app.db, user_id)
    mine = users.memberships(user) if user is not None else {}
    return [
        api.MyRestaurant(_id=one.id, name=one.name, concept=one.concept, logo=one.logo or "", role=mine[one.id].role)
        for one in await places.restaurants(app.db, list(mine)[:MAX_LISTED])
    ]


async def create(app: App, by: By) -> api.Created:
    """A new restaurant, of which the caller is the owner (contract 18). Raises Problem (CREATE_REFUSALS)."""
    user_id, now = by.person.user_id, app.clock.now()
    # A session outlives its account by some minutes.
    await login.must_be_stored(app, user_id)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    counter = f"restaurants:{user_id}:{now:%Y%m%d}"
    made = {
        "name": "New Restaurant",
        "concept": "Default Concept",
        "logo": "",
        # Texts, as the original stores them.
        "createdAt": iso(now),
        "updatedAt": iso(now),
    }

    async def body(session: Session) -> dict[str, str]:
        if await users.by_user_id(app.db, user_id, session) is None:
            raise Problem(FORBIDDEN)
        if await limits.count_in(app.db, counter, purge_at=tomorrow + timedelta(days=1), session=session) > A_DAY:
            raise Problem(TOO_MANY_RESTAURANTS, retry_after=max(1, int((tomorrow - now).total_seconds())))
        document = {"_id": _an_id(user_id), **made}
        await places.insert_restaurant(app.db, document, session)
        restaurant_id = document["_id"]
        await users.put_membership(app.db, user_id, restaurant_id, people.OWNER, now=now, session=session)
        await trail.leave(
            app,
            session,
            Actor("user", user_id, "owner"),
            restaurant_id=restaurant_id,
            action="restaurant.created",
            target=("restaurant", restaurant_id),
            after={"name": made["name"], "concept": made["concept"]},
            request_id=by.request_id,
        )
        return document

    for _ in range(_TRIES):
        try:
            document = await transaction(app.db, body)
        except DuplicateKeyError as error:
            if index_of(error)[0] != "restaurants":
                raise
        else:
            signing_in.outdate_person(app, user_id)
            return api.Created(restaurant=api.CreatedRestaurant.model_validate(document))
    raise Problem(UNAVAILABLE, retry_after=1)


def _an_id(user_id: str) -> str:
    """An id as the original makes it: readable, and seldom taken."""
    return f"store-{user_id[:8]}-{1000 + secrets.randbelow(9000)}"
