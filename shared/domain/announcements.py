"""From one row of an order's history to the messages that screens get: the only place that names events and groups.

The table is (rules 6). Names and payloads are those of the original's Socket.IO events, so that existing screens
understand them (contract 4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.api.base import iso
from shared.documents.orders import Order, OrderEvent
from shared.documents.places import Location

EVENT_OF_TYPE = {
    "created": "order_received",
    "accepted": "order_accepted",
    "ready": "order_ready_for_pickup",
    "picked_up": "order_completed",
    "item_started": "order_item_started",
    "item_completed": "order_item_completed",
    "item_reopened": "order_item_reopened",
    "cancelled": "order_cancelled",
    "rejected": "order_rejected",
    "recalled": "order_recalled",
    "refunded": "order_refunded",
    "paid_at_counter": "order_paid_at_counter",
    "order_waiting": "order_waiting",
    "refund_declined": "order_refund_declined",
    "station_bumped": "station_bumped",
    "station_recalled": "station_recalled",
    "order_rushed": "order_rushed",
    "order_unrushed": "order_unrushed",
    "order_dismissed": "order_dismissed",
}

OF_ITEM = frozenset({"item_started", "item_completed", "item_reopened"})
"""Changes of one item: the board and the stations hear more of them than the diner's page."""


class CannotAnnounceError(Exception):
    """The row is of a kind that this release does not know: a newer one wrote it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One event for one group; several of one row carry the same `seq`."""

    group: str
    event: str
    payload: dict[str, Any]
    order_id: str
    seq: int
    at: datetime

    def data(self) -> dict[str, Any]:
        """What a client reads."""
        return {
            "event": self.event,
            "payload": self.payload,
            "orderId": self.order_id,
            "seq": self.seq,
            "at": iso(self.at),
        }


@dataclass(frozen=True, slots=True)
class Notice:
    """One event for one group that is of no order."""

    group: str
    event: str
    payload: dict[str, Any]
    at: datetime

    def data(self) -> dict[str, Any]:
        """What a client reads."""
        return {"event": self.event, "payload": self.payload, "at": iso(self.at)}


def order_group(order_id: object) -> str:
    """The group of one order's diner."""
    return f"order.{order_id}"


def location_group(location_id: object) -> str:
    """The group of one location's board."""
    return f"location.{location_id}"


def station_group(station_id: object) -> str:
    """The group of one station's kitchen display."""
    return f"station.{station_id}"


def menu_group(location_id: object) -> str:
    """The group of the diners who read a location's menus. Nothing of an order is ever sent there."""
    return f"menu.{location_id}"


def menu_changed(location_id: object, menu_id: object | None, at: datetime) -> Notice:
    """A menu of the location is another now; `menu_id` None: any of them, or the list."""
    payload = {"locationId": str(location_id), "menuId": None if menu_id is None else str(menu_id)}
    return Notice(menu_group(location_id), "menu_changed", payload, at)


def stock_low(location_id: object, item_id: str, left: int, at: datetime) -> Notice:
    """Only `left` portions of a dish are left today: for the location's board."""
    payload = {"locationId": str(location_id), "itemId": item_id, "left": left}
    return Notice(location_group(location_id), "stock_low", payload, at)


def wait_time_updated(restaurant_id: str, location: Location, at: datetime) -> Notice:
    """How much longer a location's orders take now, and until when it is paused: for its board, and its kitchen."""
    payload = {
        "restaurantId": restaurant_id,
        "locationId": str(location.id),
        "waitTime": location.wait_minutes,
        "pausedUntil": None if location.paused_until is None else iso(location.paused_until),
    }
    return Notice(location_group(location.id), "order_wait_time_updated", payload, at)


def order_not_drawn(order: Order, stations: Sequence[str], at: datetime) -> Notice:
    """No kitchen screen has shown an order. `stations`: the names of those whose screens have not. For the board."""
    return _of_screens(order, "order_not_drawn", {"stations": list(stations)}, at)


def order_drawn(order: Order, at: datetime) -> Notice:
    """Kitchen screens have shown an order of which none had in time. For the board."""
    return _of_screens(order, "order_drawn", {}, at)


def _of_screens(order: Order, event: str, more: dict[str, Any], at: datetime) -> Notice:
    whose = {"restaurantId": order.restaurant_id, "locationId": str(order.location_id), "orderId": str(order.id)}
    return Notice(location_group(order.location_id), event, whose | more, at)


def announce(row: OrderEvent) -> list[Message]:
    """The messages of one row, the diner's first. Every group of the order gets every row, at least under its name.

    Raises CannotAnnounceError.
    """
    try:
        return _announce(row)
    except (KeyError, TypeError, ValueError) as error:
        # Its text may repeat the order.
        raise CannotAnnounceError(f"{row.type}: {type(error).__name__}") from error


def _announce(row: OrderEvent) -> list[Message]:
    order_id, location_id = str(row.order_id), str(row.location_id)
    event = EVENT_OF_TYPE[row.type]
    payload = _payload(row, order_id, location_id)

    def message(group: str, name: str, content: dict[str, Any]) -> Message:
        return Message(group, name, content, order_id, row.seq, row.created_at)

    board_event, board_payload = event, payload
    if row.type in OF_ITEM:
        board_event = f"dashboard_{event}"
        board_payload = {**payload, "restaurantId": row.restaurant_id, "locationId": location_id}
    messages = [
        message(order_group(order_id), event, payload),
        message(location_group(location_id), board_event, board_payload),
    ]
    for station in row.payload.get("stations", []):
        group = station_group(station["stationId"])
        if row.type in OF_ITEM:
            messages.append(message(group, event, {**board_payload, **station}))
            continue
        messages.append(message(group, event, payload))
        if row.type == "accepted":
            content = {
                "orderId": order_id,
                "stationTags": station["stationTags"],
                "locationId": location_id,
                "correlationId": row.payload.get("correlationId", ""),
            }
            messages.append(message(group, "new_order", content))
    return messages


def _payload(row: OrderEvent, order_id: str, location_id: str) -> dict[str, Any]:
    if row.type in OF_ITEM:
        return {"orderId": order_id, "itemId": row.payload["itemId"]}
    correlation_id = row.payload.get("correlationId", "")
    more: dict[str, Any] = {}
    match row.type:
        case "created":
            more = {"locationId": location_id, "correlationId": correlation_id}
        case "accepted":
            more = {"correlationId": correlation_id}
        case "rejected":
            more = {"reason": row.payload.get("reason", "")}
        case "paid_at_counter":
            more = {"kind": row.payload["kind"], "amountCents": row.payload["amountCents"]}
        case "refunded" | "refund_declined":
            more = {"amountCents": row.payload["amountCents"]}
        case "station_bumped" | "station_recalled" | "order_dismissed":
            more = {"stationId": row.payload["stationId"]}
        case _:
            pass
    return {"restaurantId": row.restaurant_id, "orderId": order_id, **more}
