"""A location's stations: the list, and a new one (contract 32, 33)."""

from __future__ import annotations

from shared.api import kitchen as api
from shared.app import App
from shared.domain.roles import Actor
from shared.errors import TOO_MANY_OF_THEM, Problem
from shared.ids import new_id, stored_id
from shared.services.menu import catalog
from shared.services.trail import writing as trail
from shared.store import stations
from shared.store.mongo.client import Session

CREATE_REFUSALS = (TOO_MANY_OF_THEM,)


async def listed(app: App, restaurant_id: str, location_id: str) -> list[api.Station]:
    """A location's stations, the oldest first; [] where there is none (contract V8)."""
    found = await stations.of_location(app.db, restaurant_id, stored_id(location_id))
    return [
        api.Station(
            _id=str(one.id),
            restaurant_id=one.restaurant_id,
            location_id=str(one.location_id),
            name=one.name,
            tags=one.tags,
        )
        for one in found
    ]


async def create(app: App, actor: Actor, wanted: api.NewStation, *, request_id: str) -> api.Station:
    """Make a station. Orders that are placed from now on are routed to it. Raises Problem (CREATE_REFUSALS)."""
    restaurant_id, here = wanted.restaurant_id, stored_id(wanted.location_id)
    tags = list(dict.fromkeys(wanted.tags))
    document = {
        "_id": new_id(),
        "restaurantId": restaurant_id,
        "locationId": here,
        "name": wanted.name,
        "tags": tags,
    }

    async def body(session: Session) -> None:
        if await stations.count(app.db, restaurant_id, here, session) >= stations.MAX_OF_LOCATION:
            raise Problem(TOO_MANY_OF_THEM)
        await stations.insert(app.db, document, session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here,
            action="station.created",
            target=("station", str(document["_id"])),
            after={"name": wanted.name, "tags": tags},
            request_id=request_id,
        )

    await trail.changing(app, restaurant_id, body)
    catalog.forget(app, restaurant_id, here)
    return api.Station(
        _id=str(document["_id"]), restaurant_id=restaurant_id, location_id=str(here), name=wanted.name, tags=tags
    )
