"""A location's stations: the list, a new one (contract 32, 33), changing and deleting one (rules 17)."""

from __future__ import annotations

from typing import Any

from shared.api import kitchen as api
from shared.app import App
from shared.documents.people import StoredDevice
from shared.documents.places import Station
from shared.domain.roles import Actor
from shared.errors import STATION_IN_USE, STATION_NOT_FOUND, TOO_MANY_OF_THEM, Problem
from shared.ids import new_id, stored_id
from shared.services.menu import catalog
from shared.services.staff import signing_in
from shared.services.trail import writing as trail
from shared.store import devices, locations, stations
from shared.store.mongo.client import Session

CREATE_REFUSALS = (TOO_MANY_OF_THEM,)
CHANGE_REFUSALS = (STATION_NOT_FOUND,)
DELETE_REFUSALS = (STATION_NOT_FOUND, STATION_IN_USE)

_NAMED = 5
"""How many of the screens that hold a station are named."""


async def listed(app: App, restaurant_id: str, location_id: str) -> list[api.Station]:
    """A location's stations, the oldest first; [] where there is none (contract V8)."""
    found = await stations.of_location(app.db, restaurant_id, stored_id(location_id))
    return [_shown(one) for one in found]


def _shown(station: Station) -> api.Station:
    return api.Station(
        _id=str(station.id),
        restaurant_id=station.restaurant_id,
        location_id=str(station.location_id),
        name=station.name,
        tags=station.tags,
    )


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


async def change(
    app: App,
    actor: Actor,
    place: tuple[str, str],
    station_id: str,
    wanted: api.StationChange,
    *,
    request_id: str,
) -> api.Station:
    """Give a station another name or other tags. Open orders show at once where their items' tags lead by now, and
    where they were routed. Raises Problem (CHANGE_REFUSALS)."""
    restaurant_id, here = place[0], (place[0], stored_id(place[1]))
    fields: dict[str, Any] = {} if wanted.name is None else {"name": wanted.name}
    if wanted.tags is not None:
        fields["tags"] = list(dict.fromkeys(wanted.tags))

    async def body(session: Session) -> Station:
        found = await stations.one(app.db, *here, stored_id(station_id), session)
        if found is None:
            raise Problem(STATION_NOT_FOUND)
        was = found.model_dump(by_alias=True)
        changed = {name: value for name, value in fields.items() if value != was[name]}
        if not changed:
            return found
        await stations.change(app.db, *here, found.id, fields=changed, session=session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here[1],
            action="station.changed",
            target=("station", found.id),
            before={name: was[name] for name in changed},
            after=changed,
            request_id=request_id,
        )
        return Station.model_validate(was | changed)

    station = await trail.changing(app, restaurant_id, body)
    catalog.forget(app, *here)
    return _shown(station)


async def delete(
    app: App, actor: Actor, restaurant_id: str, location_id: str, station_id: str, *, request_id: str
) -> None:
    """Delete a station. Items of open orders that no other station cooks are in every screen's lane for those then.
    Screens and printers that name it beside others lose it.

    Raises Problem (DELETE_REFUSALS): STATION_IN_USE where a kitchen's screen or a printer has this one alone.
    """
    here = (restaurant_id, stored_id(location_id))

    async def body(session: Session) -> list[StoredDevice]:
        found = await stations.one(app.db, *here, stored_id(station_id), session)
        if found is None:
            raise Problem(STATION_NOT_FOUND)
        key = str(found.id)
        screens = [one for one in await devices.of_location(app.db, *here, session) if key in one.station_ids]
        rows = await locations.printers(app.db, *here, session) or []
        printing = [one for one in rows if key in one.station_ids]
        alone = [one.name for one in screens if one.role == "kitchen" and one.station_ids == [key]]
        alone += [one.name for one in printing if one.station_ids == [key]]
        if alone:
            raise Problem(STATION_IN_USE, f"{STATION_IN_USE.message} ({', '.join(alone[:_NAMED])})")
        await devices.take_station(app.db, [one.id for one in screens], key, session)
        if printing:
            await stations.take_from_printers(app.db, *here, key, session)
        await stations.delete(app.db, *here, found.id, session)
        await trail.leave(
            app,
            session,
            actor,
            restaurant_id=restaurant_id,
            location_id=here[1],
            action="station.deleted",
            target=("station", key),
            before={"name": found.name, "tags": found.tags, "devices": [one.name for one in screens]},
            request_id=request_id,
        )
        return screens

    changed = await trail.changing(app, restaurant_id, body)
    catalog.forget(app, *here)
    for screen in changed:
        signing_in.outdate_device(app, screen.token_hashes)
