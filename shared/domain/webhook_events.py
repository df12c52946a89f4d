"""What restaurants' own systems are told: the types of events, their ids, and how often they are tried (rules 21)."""

from __future__ import annotations

import hashlib
from datetime import timedelta

TYPE_OF_ROW = {
    "created": "order.created",
    "accepted": "order.accepted",
    "ready": "order.ready",
    "picked_up": "order.picked_up",
    "cancelled": "order.cancelled",
    "rejected": "order.rejected",
    "recalled": "order.recalled",
    "refunded": "order.refunded",
    "refund_declined": "order.refund_declined",
    "paid_at_counter": "order.paid_at_counter",
    "order_waiting": "order.waiting",
    "item_started": "order.item_started",
    "item_completed": "order.item_completed",
    "item_reopened": "order.item_reopened",
    "station_bumped": "order.station_bumped",
    "station_recalled": "order.station_recalled",
    "order_rushed": "order.rushed",
    "order_unrushed": "order.unrushed",
    "order_dismissed": "order.dismissed",
}
"""What a row of an order's history is called outside."""

MENU_CHANGED = "menu.changed"
TEST = "webhook.test"

TYPES = (*TYPE_OF_ROW.values(), MENU_CHANGED)
"""What a webhook may ask for."""

KEPT_FOR = timedelta(days=30)
"""How long events and the log of deliveries are kept."""

TRIED_FOR = timedelta(days=3)
"""A delivery that has not worked by then has failed."""

PAUSED_AFTER = TRIED_FOR - timedelta(hours=1)
"""An address that has not worked for so long is paused. It is a little less: the last try of what it was sent first is
three days after the event, and the first failure was a little after the event."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=6)
LONGEST_SILENCE = timedelta(hours=1)
"""How long an address that fails is left alone at most: so it is noticed within the hour that it works again."""


def type_of_row(kind: str) -> str:
    """The event of a row's kind. A kind that a newer release wrote is told under its own name, so that none is lost."""
    return TYPE_OF_ROW.get(kind, f"order.{kind}")


def is_of_menu(action: str) -> bool:
    """Whether a row of the trail with this action tells of a menu: `menu.published`, `menu_item.availability`."""
    return action.partition(".")[0].partition("_")[0] in ("menu", "menus")


def event_id(source: str) -> str:
    """The id of the event that tells of a stored row. It tells nothing of the row's own id: that of an order is its
    diner's secret, and ids of events end up in receivers' logs."""
    return f"ev_{hashlib.sha256(source.encode()).hexdigest()[:32]}"


def pause_after(tries: int) -> timedelta:
    """How long after a delivery's n-th try the next one is: 5, 10, 20 s ... 6 h."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(max(tries - 1, 0), 20)))


def silence_after(failures: int) -> timedelta:
    """How long an address is left alone after so many failures one after the other: 5, 10, 20 s ... 1 h."""
    return min(LONGEST_SILENCE, FIRST_PAUSE * (1 << min(max(failures - 1, 0), 20)))
