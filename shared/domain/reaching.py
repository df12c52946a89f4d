"""Who is told of a change of an order by text, mail or push (rules 24.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.documents.orders import Order, OrderEvent
from shared.documents.places import AlertNumber

TEXT = "text"
"""The kind of the duty to text the diner."""

ALERT = "alert"
"""The kind of the duty to text one of a location's alert numbers."""

MAIL = "mail"
"""The kind of the duty to mail the diner the receipt."""

PUSH = "push"
"""The kind of the duty to push to a location's phones."""

WEB_PUSH = "web_push"
"""The kind of the duty to push to a location's kitchen screens."""

TO_DINER = frozenset({"created", "ready", "rejected", "cancelled", "refunded", "order_waiting"})
TO_STAFF = frozenset({"created", "order_waiting"})
ON_RECEIPT = frozenset({"created", "rejected", "cancelled", "refunded"})
REACHING = TO_DINER | TO_STAFF | ON_RECEIPT
"""The kinds of rows of which people may be told."""

WORTH_FOR = timedelta(hours=1)
"""A message that could not go out for so long says nothing any more."""


@dataclass(frozen=True, slots=True)
class Senders:
    """What goes out. `push`, `web_push`: whether any phone, any kitchen screen there wants pushes, too."""

    sms: bool
    mail: bool
    push: bool
    web_push: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message to be sent. `kind`: of its duty. `to`: which of several, such as an alert number's id, or ""."""

    kind: str
    to: str = ""


def messages_of(row: OrderEvent, order: Order, alert_numbers: Sequence[AlertNumber], senders: Senders) -> list[Message]:
    """What goes out for one row. Whoever did not ask for texts gets none, and an order that was only cleared off the
    screens is news to nobody."""
    if row.payload.get("cleared"):
        return []
    found = []
    if senders.sms and row.type in TO_DINER and order.get_sms and order.customer.phone:
        found.append(Message(TEXT))
    if senders.sms and row.type in TO_STAFF:
        found += [Message(ALERT, str(one.id)) for one in alert_numbers if one.phone_number]
    if senders.mail and row.type in ON_RECEIPT and order.customer.email:
        found.append(Message(MAIL))
    if senders.push and row.type in TO_STAFF:
        found.append(Message(PUSH))
    if senders.web_push and row.type in TO_STAFF:
        found.append(Message(WEB_PUSH))
    return found
