"""One call of each function of the store: the kitchen's screens."""

from __future__ import annotations

from datetime import timedelta

from shared.documents.screens import Screen
from shared.store import orders, places, screens
from tests.integration.store.seeded import FAR, NOW, Calls, Seeded, then


def _screen(s: Seeded) -> Screen:
    key = screens.screen_key(s.world.location_id, str(s.world.bar_id), "screen")
    place = {"restaurant_id": s.world.restaurant_id, "location_id": s.world.location_id}
    return Screen(_id=key, **place, station_id=str(s.world.bar_id), screen_id="screen", seen_at=NOW, purge_at=FAR)


CALLS: Calls = {
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
    "orders.among": lambda s: orders.among(s.db, *s.here, [s.order_id, *s.checkout_ids[:20]]),
}
