"""What a kitchen screen shows: the open orders of a station, in its staff's language (contract 34, 35; rules 5, 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from shared.api import kitchen as kitchen_api
from shared.app import App
from shared.documents.orders import Order
from shared.documents.places import Station
from shared.domain.hours_texts import zone_name
from shared.domain.roles import Caller
from shared.domain.routing import shown_at
from shared.errors import LOCATION_NOT_FOUND, ORDER_NOT_FOUND, STATION_NOT_FOUND, Problem
from shared.ids import object_id, stored_id
from shared.services.orders.showing import customer, sees_all, shown_stations
from shared.services.orders.status import item, ordered_at
from shared.store import orders, places

STATION_REFUSALS = (LOCATION_NOT_FOUND, STATION_NOT_FOUND)
ORDER_REFUSALS = (ORDER_NOT_FOUND,)

KITCHEN_STATUSES = ("ACCEPTED",)


async def open_orders(
    app: App, caller: Caller, restaurant_id: str, location_id: str, station_id: str
) -> kitchen_api.StationOrders:
    """A station's accepted orders of any day, the oldest first.

    Each has the items of this station, and those that match no station at all. A kitchen's screen reads its own
    stations only.

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
    if station is None or not (sees_all(caller) or station_id in shown_stations(caller)):
        raise Problem(STATION_NOT_FOUND)
    shown = [_for_station(order, stations, station.tags, caller, [station_id]) for order in accepted]
    return kitchen_api.StationOrders(
        location_name=location.name,
        station_name=station.name,
        station_tags=station.tags,
        timezone=zone_name(location.timezone),
        matched_orders=[order for order in shown if order is not None],
    )


async def one_order(
    app: App, caller: Caller, restaurant_id: str, location_id: str, order_id: str, *, station_tags: Sequence[str]
) -> kitchen_api.StationOrder:
    """One accepted order as the station with these tags sees it; a kitchen's screen has its own stations' tags only.

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
    stations, mine = place[1], shown_stations(caller)
    if not sees_all(caller):
        own = {tag for station in stations if str(station.id) in mine for tag in station.tags}
        station_tags = [tag for tag in station_tags if tag in own]
    shown = _for_station(order, stations, station_tags, caller, mine)
    if shown is None:
        raise Problem(ORDER_NOT_FOUND)
    return shown


def _for_station(
    order: Order,
    stations: Sequence[Station],
    tags: Sequence[str],
    caller: Caller,
    station_ids: Collection[str] = (),
) -> kitchen_api.StationOrder | None:
    """The order with only the screen's items; None where it has none."""
    shown = shown_at(order, stations, tags, station_ids)
    if not shown:
        return None
    return kitchen_api.StationOrder(
        _id=str(order.id),
        order_code=order.order_code,
        status=order.status,
        location_id=str(order.location_id),
        meta=kitchen_api.OrderMeta(correlation_id=order.meta.correlation_id),
        origin=ordered_at(order),
        customer=customer(order, caller),
        items=[
            kitchen_api.StationItem(**item(one, for_staff=True).model_dump(), unrouted=shown[one.id])
            for one in order.items
            if one.id in shown
        ],
        total_price_cents=order.total_price_cents,
        started_at=order.began_at,
        seq=order.version or 0,
    )
