"""From one row of an order's history to the messages that screens get: the only place that names events and groups.

The table is (rules 6). Names and payloads are those of the original's Socket.IO events, so that existing screens
understand them (contract 4.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.api.base import iso
from shared.documents.orders import OrderEvent

EVENT_OF_TYPE = {
    "created": "order_received",
    "accepted": "order_accepted",
    "ready": "order_ready_for_pickup",
    "picked_up": "order_completed",
    "item_started": "order_item_started",
    "item_completed": "order_item_completed",
    "cancelled": "order_cancelled",
    "rejected": "order_rejected",
    "recalled": "order_recalled",
    "refunded": "order_refunded",
    "paid_at_counter": "order_paid_at_counter",
    "order_waiting": "order_waiting",
    "refund_declined": "order_refund_declined",
}


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


def order_group(order_id: object) -> str:
    """The group of one order's diner."""
    return f"order.{order_id}"


def location_group(location_id: object) -> str:
    """The group of one location's board."""
    return f"location.{location_id}"


def station_group(station_id: object) -> str:
    """The group of one station's kitchen display."""
    return f"station.{station_id}"


def announce(row: OrderEvent) -> list[Message]:
    """The messages of one row, the diner's first. Every group of the order gets every row, at least under its name.

    Raises CannotAnnounceError.
    """
    try:
        return _announce(row)
    except (KeyError, TypeError, ValueError) as error:
        raise CannotAnnounceError(f"{row.type}: {error!r}") from error


def _announce(row: OrderEvent) -> list[Message]:
    order_id, location_id = str(row.order_id), str(row.location_id)
    event = EVENT_OF_TYPE[row.type]
    payload = _payload(row, order_id, location_id)

    def message(group: str, name: str, content: dict[str, Any]) -> Message:
        return Message(group, name, content, order_id, row.seq, row.created_at)

    board_event, board_payload = event, payload
    if row.type in ("item_started", "item_completed"):
        board_event = f"dashboard_{event}"
        board_payload = {**payload, "restaurantId": row.restaurant_id, "locationId": location_id}
    messages = [
        message(order_group(order_id), event, payload),
        message(location_group(location_id), board_event, board_payload),
    ]
    for station in row.payload.get("stations", []):
        group = station_group(station["stationId"])
        if row.type in ("item_started", "item_completed"):
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
    correlation_id = row.payload.get("correlationId", "")
    base = {"restaurantId": row.restaurant_id, "orderId": order_id}
    match row.type:
        case "created":
            return {**base, "locationId": location_id, "correlationId": correlation_id}
        case "accepted":
            return {**base, "correlationId": correlation_id}
        case "item_started" | "item_completed":
            return {"orderId": order_id, "itemId": row.payload["itemId"]}
        case "rejected":
            return {**base, "reason": row.payload.get("reason", "")}
        case "refunded" | "refund_declined" | "paid_at_counter":
            kind = {"kind": row.payload["kind"]} if row.type == "paid_at_counter" else {}
            return {**base, **kind, "amountCents": row.payload["amountCents"]}
        case _:
            return base
