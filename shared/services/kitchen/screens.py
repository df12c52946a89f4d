"""What a kitchen screen shows: the open orders of a station, in its staff's language (contract 34, 35; rules 5, 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from shared.api import kitchen as kitchen_api
from shared.api import orders as orders_api
from shared.app import App
from shared.documents.orders import Order, OrderItem
from shared.documents.places import Station
from shared.domain.hours_texts import zone_name
from shared.domain.routing import cooks
from shared.errors import LOCATION_NOT_FOUND, ORDER_NOT_FOUND, STATION_NOT_FOUND, Problem
from shared.ids import object_id, stored_id
from shared.services.orders.status import item, ordered_at
from shared.store import orders, places

STATION_REFUSALS = (LOCATION_NOT_FOUND, STATION_NOT_FOUND)
ORDER_REFUSALS = (ORDER_NOT_FOUND,)

KITCHEN_STATUSES = ("ACCEPTED",)


async def open_orders(app: App, restaurant_id: str, location_id: str, station_id: str) -> kitchen_api.StationOrders:
    """A station's accepted orders of any day, the oldest first.

    Each has the items of this station, and those that match no station at all.

    Raises Problem (STATION_REFUSALS).
    """
    here = stored_id(location_id)
    place, accepted = await asyncio.gather(
        places.location_with_stations(app.db, restaurant_id, here),
        orders.open_for_location(app.db, restaurant_id, here, KITCHEN_STATUSES),
    )
    if place is None:
        raise Problem(LOCATION_NOT_FOUND)
    location, stations = place
    station = next((one for one in stations if str(one.id) == station_id), None)
    if station is None:
        raise Problem(STATION_NOT_FOUND)
    all_tags = _tags(stations)
    shown = [_for_station(order, station.tags, all_tags, station_id) for order in accepted]
    return kitchen_api.StationOrders(
        location_name=location.name,
        station_name=station.name,
        station_tags=station.tags,
        timezone=zone_name(location.timezone),
        matched_orders=[order for order in shown if order is not None],
    )


async def one_order(
    app: App, restaurant_id: str, location_id: str, order_id: str, station_tags: Sequence[str]
) -> kitchen_api.StationOrder:
    """One accepted order as the station with these tags sees it.

    Raises Problem ORDER_NOT_FOUND where it is not on the screen now.
    """
    here, key = stored_id(location_id), object_id(order_id)
    if key is None:
        raise Problem(ORDER_NOT_FOUND)
    order, place = await asyncio.gather(
        orders.of_location(app.db, restaurant_id, here, key),
        places.location_with_stations(app.db, restaurant_id, here),
    )
    if order is None or place is None or order.status not in KITCHEN_STATUSES:
        raise Problem(ORDER_NOT_FOUND)
    shown = _for_station(order, station_tags, _tags(place[1]))
    if shown is None:
        raise Problem(ORDER_NOT_FOUND)
    return shown


def _tags(stations: Sequence[Station]) -> set[str]:
    return {tag for station in stations for tag in station.tags}


def _for_station(
    order: Order, tags: Sequence[str], all_tags: set[str], station_id: str | None = None
) -> kitchen_api.StationOrder | None:
    """The order with only the station's items; None where it has none.

    These are the items with one of its tags, the items that were routed to it, and those of no station. Somebody may
    have edited the tags since the order was placed: no item may vanish by that.
    """
    routed = {item_id for route in order.routing if route.station_id == station_id for item_id in route.item_ids}

    def unrouted(one: OrderItem) -> bool:
        return one.id in order.unrouted or all_tags.isdisjoint(one.station_tags)

    items = [
        kitchen_api.StationItem(**item(one, for_staff=True).model_dump(), unrouted=unrouted(one))
        for one in order.items
        if cooks(tags, one.station_tags) or one.id in routed or unrouted(one)
    ]
    if not items:
        return None
    return kitchen_api.StationOrder(
        _id=str(order.id),
        order_code=order.order_code,
        status=order.status,
        location_id=str(order.location_id),
        meta=kitchen_api.OrderMeta(correlation_id=order.meta.correlation_id),
        origin=ordered_at(order),
        customer=orders_api.OrderedBy(name=order.customer.name, phone=order.customer.phone),
        items=items,
        total_price_cents=order.total_price_cents,
        started_at=order.began_at,
        seq=order.version or 0,
    )
