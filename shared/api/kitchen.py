"""An order as a station sees it (contract 34, 35)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.api.base import Cleaned, Id, Instant, Reply, Request
from shared.api.orders import OrderedAt, OrderedBy, OrderedItem


class StationItem(OrderedItem):
    """An item on a kitchen screen; `unrouted` where no station has a tag for it."""

    unrouted: bool


class OrderMeta(Reply):
    """The request that placed the order."""

    correlation_id: str


class StationOrder(Reply):
    """One order on a kitchen screen, with this station's items only (contract 35)."""

    id: str = Field(alias="_id")
    order_code: str
    status: str
    location_id: str
    meta: OrderMeta
    origin: OrderedAt
    customer: OrderedBy
    items: list[StationItem]
    total_price_cents: int
    started_at: Instant | None
    seq: int


class StationOrders(Reply):
    """A station's open orders, the oldest first (contract 34)."""

    location_name: str
    station_name: str
    station_tags: list[str]
    timezone: str
    matched_orders: list[StationOrder]


class NewStation(Request):
    """A station to be made. It cooks the items that share one of its tags."""

    restaurant_id: Id
    location_id: Id
    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S"), Cleaned]
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=100), Cleaned]], Field(max_length=50)]


class StationChange(Request):
    """What changes of a station; what is left out or null stays."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S"), Cleaned] | None = None
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=100), Cleaned]], Field(max_length=50)] | None = (
        None
    )


class Station(Reply):
    """A place in the kitchen with a screen of its own."""

    id: str = Field(alias="_id")
    restaurant_id: str
    location_id: str
    name: str
    tags: list[str]
