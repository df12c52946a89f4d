"""An order as a kitchen screen reads it (contract 34, 35; rules 23)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from shared.api import kitchen as api
from shared.app import App
from shared.documents.orders import Order
from shared.documents.places import AgeingLimits, Location, Station
from shared.documents.screens import EXPO
from shared.domain import ageing, allergies
from shared.domain.on_screen import OnScreen
from shared.domain.roles import Caller
from shared.domain.routing import shown_at
from shared.errors import Problem
from shared.ids import stored_id
from shared.memory.kept import Kept
from shared.memory.slots import Slot
from shared.services.menu import catalog
from shared.services.orders.showing import customer
from shared.services.orders.status import item, ordered_at
from shared.store import origins

EXPO_NAME = "Expo"

_DISH_BYTES = 200
MENUS: Slot[Kept[tuple[str, str], dict[str, str]]] = Slot(
    lambda: Kept(60.0, most=1000, most_bytes=16 * 1024 * 1024, weigh=lambda found: len(found) * _DISH_BYTES)
)
"""On which menu dishes are. A screen asks for it with each order, and it is seldom another one."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a screen shows of its location: a station's part, or all of it.

    `id`: the station's, or EXPO; "" for tags that are no station's. `tags`: whose items it shows. `station_ids`: it
    shows what was routed to these, too. `stations`: all of the location.
    """

    location: Location
    stations: Sequence[Station]
    id: str
    name: str
    tags: Sequence[str]
    station_ids: frozenset[str]

    @classmethod
    def expo(cls, location: Location, stations: Sequence[Station]) -> Screen:
        """The screen of the whole location."""
        return cls(location, stations, EXPO, EXPO_NAME, [], frozenset())

    @classmethod
    def of(cls, location: Location, stations: Sequence[Station], station: Station) -> Screen:
        """A station's screen."""
        return cls(location, stations, str(station.id), station.name, station.tags, frozenset({str(station.id)}))

    def shown(self, order: Order) -> dict[str, bool]:
        """The ids of the items that it shows, each with whether no station cooks it."""
        shown = shown_at(order, self.stations, self.tags, self.station_ids)
        if self.id != EXPO:
            return shown
        return {one.id: one.id in shown for one in order.items}

    def of_order(self, order: Order) -> OnScreen:
        """The order as this screen has it."""
        return OnScreen.of(order, self.id, self.stations)


@dataclass(frozen=True, slots=True)
class View:
    """Shows orders on a screen to a caller. `menus`: a menu of each dish, by the dish's id. `origin_types`: by the
    origin's id."""

    screen: Screen
    caller: Caller
    menus: Mapping[str, str]
    origin_types: Mapping[str, str]

    def of(self, order: Order) -> api.StationOrder | None:
        """The order with only the screen's items; None where it has none."""
        fields = self._fields(order)
        return None if fields is None else api.StationOrder(**fields)

    def given_up(self, order: Order) -> api.CancelledOrder | None:
        """An order that was given up; None where the screen has nothing of it, or took it off."""
        mark = self.screen.of_order(order).mark
        if mark is not None and mark.dismissed_at is not None:
            return None
        fields = self._fields(order)
        if fields is None:
            return None
        return api.CancelledOrder(**fields, ended_at=order.ended_at, reason=order.end_reason or None)

    def _fields(self, order: Order) -> dict[str, Any] | None:
        shown = self.screen.shown(order)
        if not shown:
            return None
        on_screen = self.screen.of_order(order)
        return {
            "_id": str(order.id),
            "order_code": order.order_code,
            "status": order.status,
            "location_id": str(order.location_id),
            "meta": api.OrderMeta(correlation_id=order.meta.correlation_id),
            "origin": ordered_at(order),
            "customer": customer(order, self.caller),
            "items": self._items(on_screen, shown),
            "total_price_cents": order.total_price_cents,
            "started_at": order.began_at,
            "accepted_at": order.meta.accepted_at,
            "ageing": limits(ageing.of_origin(self.screen.location.ageing, self.origin_types.get(order.origin.id, ""))),
            "allergy": allergies.of_items(order.items),
            "rushed_at": order.rushed_at,
            "recalled_at": on_screen.recalled_at,
            "bumped_at": on_screen.bumped_at,
            "is_ready": not on_screen.undone,
            "seq": order.version or 0,
        }

    def _items(self, on_screen: OnScreen, shown: Mapping[str, bool]) -> list[api.StationItem]:
        names = {str(station.id): station.name for station in self.screen.stations}
        return [
            api.StationItem(
                **item(one, for_staff=True).model_dump(),
                unrouted=shown[one.id],
                stations=[names[key] for key in on_screen.makers[one.id]],
                also_at=[names[key] for key in on_screen.makers[one.id] if key != self.screen.id],
                menu_id=self.menus.get(one.menu_item_id),
                voided_at=on_screen.voided.get(one.id),
                allergy=bool(allergies.of_item(one)),
            )
            for one in on_screen.order.items
            if one.id in shown
        ]


def limits(found: AgeingLimits) -> api.Ageing:
    """Limits as screens read them."""
    return api.Ageing(warn_minutes=found.warn_minutes, late_minutes=found.late_minutes)


async def menus_of_dishes(app: App, place: tuple[str, str]) -> dict[str, str]:
    """A menu of each dish of the location, by the dish's id, as it was within the last minute; {} where it has none."""
    return await app.memory[MENUS].get(place, partial(_menus_of_dishes, app, place))


async def _menus_of_dishes(app: App, place: tuple[str, str], _: dict[str, str] | None) -> dict[str, str]:
    try:
        sells = await catalog.of_location(app, *place)
    except Problem:
        return {}
    return {dish.id: str(menu.id) for menu in reversed(sells.menus) for dish in menu.items}


async def origin_types(app: App, place: tuple[str, str], found: Iterable[Order]) -> dict[str, str]:
    """The types of these orders' origins, by the origin's id."""
    ids = {order.origin.id for order in found if order.origin.id}
    if not ids:
        return {}
    return await origins.types(app.db, place[0], stored_id(place[1]), [stored_id(each) for each in ids])
