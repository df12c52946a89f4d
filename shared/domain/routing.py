"""Which station cooks what: by tags, and nothing vanishes (contract 3.5, rules 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.documents.orders import OrderItem, Route
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
