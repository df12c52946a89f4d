"""One call of each function of the store: the kitchen's screens."""

from __future__ import annotations

from datetime import timedelta

from bson import ObjectId

from shared.documents.screens import Screen
from shared.store import closings, connections, orders, places, screens, undrawn
from tests.integration.store.seeded import FAR, NOW, Calls, Seeded, then


def _screen(s: Seeded) -> Screen:
    key = screens.screen_key(s.world.location_id, str(s.world.bar_id), "screen")
    place = {"restaurant_id": s.world.restaurant_id, "location_id": s.world.location_id}
    return Screen(_id=key, **place, station_id=str(s.world.bar_id), screen_id="screen", seen_at=NOW, purge_at=FAR)


async def _undrawn(s: Seeded) -> ObjectId:
    """An order that must be shown and was not."""
    key = ObjectId()
    order = {"_id": key, "restaurantId": s.here[0], "locationId": s.here[1], "status": "ACCEPTED"}
    await s.db.orders.insert_one(order | {"showBy": NOW, "notDrawnSince": NOW})
    return key


CALLS: Calls = {
    "undrawn.due": lambda s: undrawn.due(s.db, NOW, 100),
    "undrawn.settle": lambda s: undrawn.settle(s.db, [ObjectId()]),
    "undrawn.mark": lambda s: then(
        _undrawn(s), lambda key: s.committed(lambda session: undrawn.mark(s.db, key, NOW, session))
    ),
    "undrawn.unmark": lambda s: then(
        _undrawn(s), lambda key: s.committed(lambda session: undrawn.unmark(s.db, key, session))
    ),
    "undrawn.marked": lambda s: undrawn.marked(s.db, [s.order_id, ObjectId()]),
    "screens.see": lambda s: screens.see(s.db, _screen(s)),
    "screens.see_station": lambda s: then(
        places.station(s.db, *s.here, s.world.bar_id),
        lambda station: screens.see_station(s.db, station, NOW) if station else None,
    ),
    "screens.see_expo": lambda s: then(
        places.location(s.db, *s.here),
        lambda location: screens.see_expo(s.db, location, NOW) if location else None,
    ),
    "screens.of_location": lambda s: screens.of_location(s.db, *s.here, NOW - timedelta(hours=24)),
    "screens.draw": lambda s: screens.draw(s.db, _screen(s), {s.order_id: 2}, NOW),
    "screens.draws_of": lambda s: screens.draws_of(s.db, [s.order_id, *s.checkout_ids[:20]]),
    "connections.opened": lambda s: connections.opened(s.db, "u@station.1", "c", NOW),
    "connections.closed": lambda s: connections.closed(s.db, "u@station.1", "c", NOW),
    "connections.without": lambda s: connections.without(s.db, ["u@station.1", "v@station.1"]),
    "closings.any_of": lambda s: closings.any_of(s.db, ["device.1", "person.1"]),
    "orders.among": lambda s: orders.among(s.db, *s.here, [s.order_id, *s.checkout_ids[:20]]),
}
