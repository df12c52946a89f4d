"""Which station cooks what: by tags, and nothing vanishes (contract 3.5, rules 5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from shared.documents.orders import Order, OrderItem, Route
from shared.documents.places import StationTags


@dataclass(frozen=True, slots=True)
class Routing:
    """The items of each station (`routes`), and those that match none, which every station shows in a lane apart."""

    routes: tuple[Route, ...]
    unrouted: tuple[str, ...]


def route_items(items: Sequence[OrderItem], stations: Sequence[StationTags]) -> Routing:
    """Send each item to every station that shares a tag with it.

    With items that match no station, all stations of the location get the order.
    """
    matched: set[str] = set()
    routes: list[Route] = []
    for station in stations:
        mine = [item.id for item in items if cooks(station.tags, item.station_tags)]
        matched.update(mine)
        routes.append(Route(station_id=str(station.id), item_ids=mine))
    unrouted = tuple(item.id for item in items if item.id not in matched)
    return Routing(tuple(route for route in routes if route.item_ids or unrouted), unrouted)


def cooks(station_tags: Sequence[str], item_tags: Sequence[str]) -> bool:
    """Whether a station with these tags cooks an item with those."""
    return not set(station_tags).isdisjoint(item_tags)


def shown_at(
    order: Order, stations: Sequence[StationTags], tags: Sequence[str], station_ids: Collection[str] = ()
) -> dict[str, bool]:
    """The ids of the items that a screen shows, each with whether no station cooks it.

    `stations`: all of the location. `tags`, `station_ids`: the screen's own. It shows the items with one of its tags,
    those that were routed to it, and those of no station. Somebody may have edited the tags since the order was placed:
    no item may vanish by that.
    """
    all_tags = [tag for station in stations for tag in station.tags]
    routed = {item_id for route in order.routing if route.station_id in station_ids for item_id in route.item_ids}
    shown = {}
    for item in order.items:
        unrouted = item.id in order.unrouted or not cooks(all_tags, item.station_tags)
        if unrouted or item.id in routed or cooks(tags, item.station_tags):
            shown[item.id] = unrouted
    return shown


def told(order: Order, stations: Sequence[StationTags]) -> list[dict[str, Any]]:
    """The stations that hear of an order, with their tags, as a row of its history keeps them.

    An order of the original server was never routed: it is routed by the tags of now. So is one whose station was
    deleted, beside the stations that it was routed to: others show its items now.
    """
    tags = {str(station.id): list(station.tags) for station in stations}
    routes = list(order.routing)
    if not routes or (tags and any(route.station_id not in tags for route in routes)):
        routes = [route for route in routes if route.station_id in tags]
        known = {route.station_id for route in routes}
        routes += [one for one in route_items(order.items, stations).routes if one.station_id not in known]
    return [{"stationId": route.station_id, "stationTags": tags.get(route.station_id, [])} for route in routes]
