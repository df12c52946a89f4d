"""An order as one kitchen screen has it: whose items it shows, and what is left to do there (rules 23).

A screen is a station's, or `expo`, which has the whole location.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.documents.orders import Order, OrderItem, StationMark
from shared.documents.places import StationTags
from shared.documents.screens import EXPO
from shared.domain.refunds import standing
from shared.domain.routing import cooks


def makers(order: Order, stations: Sequence[StationTags]) -> dict[str, list[str]]:
    """The ids of the stations that make each item, by its id: those that it was routed to, and those with one of its
    tags by now. Nobody makes an item without one: whoever finishes the order takes it along."""
    routed = {route.station_id: set(route.item_ids) for route in order.routing}
    return {
        item.id: [
            str(station.id)
            for station in stations
            if item.id in routed.get(str(station.id), ()) or cooks(station.tags, item.station_tags)
        ]
        for item in order.items
    }


def given_back(order: Order) -> dict[str, datetime]:
    """When the items whose money was given back were: nobody has to make them any more."""
    return {unit: one.at for one in standing(order.refunds) for unit in one.units if one.at is not None}


@dataclass(frozen=True, slots=True)
class OnScreen:
    """An order on one screen. `screen`: a station's id, or EXPO. `makers`, `voided`: as `makers` and `given_back` tell
    them."""

    order: Order
    screen: str
    makers: Mapping[str, Sequence[str]]
    voided: Mapping[str, datetime]

    @classmethod
    def of(cls, order: Order, screen: str, stations: Sequence[StationTags]) -> OnScreen:
        """The order on this screen. `stations`: all of the location."""
        return cls(order, screen, makers(order, stations), given_back(order))

    @property
    def own(self) -> list[OrderItem]:
        """The items that this screen has to finish: a station's are those that it makes, or, where it makes none, those
        that nobody makes."""
        if self.screen == EXPO:
            return list(self.order.items)
        return self._made_at(self.screen) or self._nobodys()

    def _nobodys(self) -> list[OrderItem]:
        return [item for item in self.order.items if not self.makers[item.id]]

    def is_done(self, item: OrderItem) -> bool:
        """Whether nobody has to make it any more."""
        return item.completed_at is not None or item.id in self.voided

    def to_bump(self) -> list[OrderItem]:
        """The items that a bump here finishes. Whoever bumps last takes along what nobody makes: it is on all screens,
        and may not vanish with the first one."""
        own, nobodys = self.own, self._nobodys()
        others = [item for item in self.order.items if item not in own and item not in nobodys]
        taken = own if any(not self.is_done(item) for item in others) else [*own, *nobodys]
        wanted = {item.id for item in taken if item.completed_at is None}
        return [item for item in self.order.items if item.id in wanted]

    @property
    def undone(self) -> list[OrderItem]:
        """The items of the whole order that somebody still has to make."""
        return [item for item in self.order.items if not self.is_done(item)]

    @property
    def mark(self) -> StationMark | None:
        """What this screen did with the order."""
        return next((one for one in self.order.station_marks if one.station_id == self.screen), None)

    @property
    def bumped_at(self) -> datetime | None:
        """When it was finished here; None where something is to be done here, also since then."""
        at = self._finished_at(self.screen, self.own)
        return None if at is None or self._is_left_over() else at

    def _finished_at(self, screen: str, own: Sequence[OrderItem]) -> datetime | None:
        """When a screen finished its items; None where it did not, or one of them was opened again."""
        mark = next((one for one in self.order.station_marks if one.station_id == screen), None)
        return mark.bumped_at if mark is not None and all(map(self.is_done, own)) else None

    def _is_left_over(self) -> bool:
        """Whether something that nobody makes is undone, and no other station is still to finish its part and take it
        along: one was deleted since, or somebody opened it again. Then it is on the screens again."""
        if all(map(self.is_done, self._nobodys())):
            return False
        others = {station for stations in self.makers.values() for station in stations} - {self.screen}
        return all(self._finished_at(one, self._made_at(one)) is not None for one in others)

    def _made_at(self, station: str) -> list[OrderItem]:
        return [item for item in self.order.items if station in self.makers[item.id]]

    @property
    def recalled_at(self) -> datetime | None:
        """When it was brought back here; None once it is finished here again."""
        mark = self.mark
        if mark is None:
            return self.order.recalled_at
        return None if mark.bumped_at is not None else mark.recalled_at or self.order.recalled_at

    def to_reopen(self) -> list[OrderItem]:
        """The items that a recall here takes back: none unless all of its own are finished."""
        if not all(map(self.is_done, self.own)):
            return []
        mark = self.mark
        at = mark.bumped_at if mark is not None else None
        along = [item for item in self._nobodys() if at is not None and item.completed_at == at]
        wanted = {item.id for item in [*self.own, *along] if item.completed_at is not None}
        return [item for item in self.order.items if item.id in wanted]

    def marked(self, mark: StationMark) -> list[dict[str, object]]:
        """The marks of all screens, with this one in the place of its screen's."""
        others = [one for one in self.order.station_marks if one.station_id != mark.station_id]
        return [one.model_dump(by_alias=True, exclude_none=True) for one in [*others, mark]]
