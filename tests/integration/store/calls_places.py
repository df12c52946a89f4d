"""One call of each function of the store: places, menus and stock."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from cli.demo import documents as demo
from shared.documents.checkouts import Taken, TakenPortions
from shared.store import locations, menu_edits, menu_import, menus, places, restaurants, stations, stock
from tests.integration.store.seeded import NOW, Calls, Seeded


async def _campaign(s: Seeded) -> dict[str, Any]:
    campaign = await s.db.campaigns.find_one({"restaurantId": s.world.restaurant_id, "isActive": True})
    assert campaign is not None
    return campaign


async def _give_back(s: Seeded) -> None:
    campaign = await _campaign(s)
    portions = [TakenPortions(id=f"{s.world.location_id}.day.1", many=1)]
    taken = Taken(portions=portions, campaign_id=campaign["_id"]).model_dump(by_alias=True)
    checkout = await s.checkout(1, taken=taken)
    await s.committed(lambda session: stock.give_back(s.db, checkout.id, session))


async def _use_campaign(s: Seeded) -> None:
    campaign = await _campaign(s)
    await s.committed(lambda session: stock.use_campaign(s.db, campaign["_id"], session))


async def _take_stock(s: Seeded) -> None:
    portions = [stock.Portions(f"{s.world.location_id}.day.{n}", f"{n}", 1, 9) for n in (1, 2)]
    await s.committed(lambda session: stock.take(s.db, portions, session))


def _imported(s: Seeded) -> Any:
    """The demo's café menu, for this location."""
    return demo.read_menu(demo._parsed("cafe.menu.jsonld"), demo.MenuTarget(*s.here, "menu"), demo.is_emoji)


CALLS: Calls = {
    "menu_import.stored_menu": lambda s: menu_import.stored_menu(s.db, *s.here, "menu"),
    "menu_import.planned": lambda s: menu_import.planned(s.db, _imported(s), replace=True),
    "menu_import.save_imported": lambda s: menu_import.save_imported(s.db, _imported(s), NOW, replace=True),
    "menus.stored_of_location": lambda s: menus.stored_of_location(s.db, *s.here),
    "menus.list_of_location": lambda s: menus.list_of_location(s.db, *s.here),
    "menus.stored_one": lambda s: menus.stored_one(s.db, *s.here, s.world.menu_id),
    "menus.one": lambda s: menus.one(s.db, *s.here, s.world.menu_id),
    "places.restaurant": lambda s: places.restaurant(s.db, s.world.restaurant_id),
    "places.restaurants": lambda s: places.restaurants(s.db, [s.world.restaurant_id, "r"]),
    "places.insert_restaurant": lambda s: s.committed(
        lambda session: places.insert_restaurant(s.db, {"_id": "another"}, session)
    ),
    "places.locations_among": lambda s: places.locations_among(s.db, s.world.restaurant_id, [str(s.world.location_id)]),
    "places.stations_among": lambda s: places.stations_among(s.db, *s.here, [str(s.world.bar_id)]),
    "places.location": lambda s: places.location(s.db, *s.here),
    "places.origin": lambda s: places.origin(s.db, s.world.origin_id),
    "places.running_campaign": lambda s: places.running_campaign(s.db, *s.here, s.world.origin_id),
    "places.change_location": lambda s: s.committed(
        lambda session: places.change_location(s.db, *s.here, {"waitMinutes": 5}, at=NOW, session=session)
    ),
    "places.station": lambda s: places.station(s.db, *s.here, s.world.bar_id),
    "places.location_with_stations": lambda s: places.location_with_stations(s.db, *s.here),
    "places.location_that_sells": lambda s: places.location_that_sells(s.db, *s.here),
    "stock.sold": lambda s: stock.sold(s.db, [f"{s.world.location_id}.day.{n}" for n in range(5)]),
    "stock.open_counts": lambda s: stock.open_counts(s.db, [f"{s.world.location_id}.new.{n}" for n in range(3)], NOW),
    "stock.take": _take_stock,
    "stock.use_campaign": _use_campaign,
    "stock.give_back": _give_back,
    "locations.of_restaurant": lambda s: locations.of_restaurant(
        s.db, s.world.restaurant_id, [s.world.location_id, "text"]
    ),
    "locations.count": lambda s: s.committed(lambda session: locations.count(s.db, s.world.restaurant_id, session)),
    "locations.insert": lambda s: s.committed(
        lambda session: locations.insert(s.db, {"_id": ObjectId(), "restaurantId": "new"}, session)
    ),
    "locations.one": lambda s: locations.one(s.db, *s.here),
    "locations.as_stored": lambda s: s.committed(lambda session: locations.as_stored(s.db, *s.here, session)),
    "locations.change": lambda s: s.committed(
        lambda session: locations.change(s.db, *s.here, {"waitMinutes": 5}, at=NOW, session=session)
    ),
    "locations.has_slug": lambda s: s.committed(
        lambda session: locations.has_slug(s.db, s.world.restaurant_id, "old-town", session)
    ),
    "locations.printers": lambda s: locations.printers(s.db, *s.here),
    "locations.add_printer": lambda s: s.committed(
        lambda session: locations.add_printer(s.db, *s.here, {"id": ObjectId(), "name": "$name"}, session)
    ),
    "menus.with_costs": lambda s: menus.with_costs(s.db, *s.here, s.world.menu_id),
    "menu_edits.content": lambda s: menu_edits.content(s.db, *s.here, s.world.menu_id),
    "menu_edits.heads": lambda s: menu_edits.heads(s.db, *s.here),
    "menu_edits.insert": lambda s: s.committed(
        lambda session: menu_edits.insert(s.db, {"_id": ObjectId(), "restaurantId": "r", "locationId": "l"}, session)
    ),
    "menu_edits.write": lambda s: s.committed(
        lambda session: menu_edits.write(
            s.db, {"_id": s.world.menu_id, "old": 1}, {"_id": s.world.menu_id}, at=NOW, session=session
        )
    ),
    "restaurants.one": lambda s: restaurants.one(s.db, s.world.restaurant_id),
    "restaurants.change": lambda s: s.committed(
        lambda session: restaurants.change(s.db, s.world.restaurant_id, {"name": "Nonna"}, "now", session)
    ),
    "stations.of_location": lambda s: stations.of_location(s.db, *s.here),
    "stations.count": lambda s: s.committed(lambda session: stations.count(s.db, *s.here, session)),
    "stations.one": lambda s: s.committed(lambda session: stations.one(s.db, *s.here, s.world.bar_id, session)),
    "stations.change": lambda s: s.committed(
        lambda session: stations.change(s.db, *s.here, s.world.bar_id, fields={"name": "Bar"}, session=session)
    ),
    "stations.delete": lambda s: s.committed(lambda session: stations.delete(s.db, *s.here, ObjectId(), session)),
    "stations.take_from_printers": lambda s: s.committed(
        lambda session: stations.take_from_printers(s.db, *s.here, str(s.world.bar_id), session)
    ),
    "stations.insert": lambda s: s.committed(lambda session: stations.insert(s.db, {"_id": ObjectId()}, session)),
    "places.restaurant_of": lambda s: places.restaurant_of(s.db, s.world.location_id),
}
