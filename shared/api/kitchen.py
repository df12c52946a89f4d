"""An order as a station sees it (contract 34, 35)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.api.base import Cleaned, Id, Instant, Reply, Request, Whole
from shared.api.orders import OrderedAt, OrderedBy, OrderedBySomeone, OrderedItem, Reason, Seq
from shared.api.origins import OriginType


class Ageing(Reply):
    """After how many minutes an order is to be hurried, and after how many it is late."""

    warn_minutes: int
    late_minutes: int


AgeingMinutes = Annotated[Whole, Field(ge=1, le=24 * 60)]


class AgeingLimits(Request):
    """After how many minutes orders are to be hurried, and after how many they are late: later than that."""

    warn_minutes: AgeingMinutes
    late_minutes: AgeingMinutes


class AgeingOfOriginChange(AgeingLimits):
    """The limits of orders from origins of one type."""

    type: OriginType


class AgeingChange(AgeingLimits):
    """A location's limits. `byOrigin`: those of some types of origins; the others have the location's."""

    by_origin: Annotated[list[AgeingOfOriginChange], Field(max_length=5)] = Field(default_factory=list)


class AgeingOfOrigin(Ageing):
    """The limits of orders from origins of one type."""

    type: str


class AgeingSettings(Ageing):
    """A location's limits, and those of some types of origins."""

    by_origin: list[AgeingOfOrigin]


class StationItem(OrderedItem):
    """An item on a kitchen screen; `unrouted` where no station has a tag for it."""

    unrouted: bool
    stations: list[str] = Field(description="The names of all stations that make it.")
    also_at: list[str] = Field(description="The names of the other stations that make it.")
    menu_id: str | None = Field(description="A menu that it is on now, to say that it is sold out.")
    voided_at: Instant | None = Field(description="When it was given back: nobody has to make it.")
    allergy: bool = Field(description="Whether its note or its choices speak of an allergy.")


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
    accepted_at: Instant | None
    ageing: Ageing
    allergy: str | None = Field(description="What the whole order says of allergies.")
    rushed_at: Instant | None = Field(description="Since when it goes before all others.")
    recalled_at: Instant | None = Field(description="When it was brought back to this screen; null once it is done.")
    bumped_at: Instant | None = Field(description="When it was finished on this screen; null while something is left.")
    is_ready: bool = Field(description="Whether all items of the whole order are done.")
    seq: int


class CancelledOrder(StationOrder):
    """An order that was accepted once, and given up in the last 30 minutes."""

    ended_at: Instant | None
    reason: str | None


class StationOrders(Reply):
    """A station's open orders, the oldest first (contract 34), and what its screen shows besides.

    `waitMinutes` and `pausedUntil`: as somebody set them by hand.
    """

    location_name: str
    station_name: str
    station_tags: list[str]
    timezone: str
    matched_orders: list[StationOrder]
    cancelled_orders: list[CancelledOrder]
    server_time: Instant
    ageing: Ageing
    wait_minutes: int
    paused_until: Instant | None
    staff_language: str


class Bump(Request):
    """The order that is finished on a screen. `force`: expo lets it go though something is not done."""

    order_id: Id
    seq: Seq | None = None
    force: bool = False


class OrderAtStation(Request):
    """The order that something is done with on a screen."""

    order_id: Id


class Rush(Request):
    """The order that goes before all others, or not any more."""

    order_id: Id
    rush: bool


class Clear(Request):
    """The orders that leave the screens at the end of a day."""

    order_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]
    reason: Reason = ""


ClearResult = Literal["cleared", "gone", "not_accepted", "not_found", "failed"]


class Cleared(Reply):
    """What became of one order.

    `gone`: it had ended before. `not_accepted`: nobody has accepted it, and no screen of the kitchen shows it.
    `not_found`: there is none of this id on this screen. `failed`: ask again.
    """

    order_id: str
    result: ClearResult
    status: str | None = None
    seq: int | None = None


class Bumped(Reply):
    """Where an order stands after a bump or a recall, and which items were finished or opened again by it."""

    order_id: str
    status: str
    seq: int
    item_ids: list[str]


class RecallableOrder(Reply):
    """An order that was finished on a screen, with the names of its items there."""

    order_id: str
    order_code: str
    customer: OrderedBySomeone
    bumped_at: Instant
    status: str
    items: list[str]
    seq: int


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
