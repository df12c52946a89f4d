"""All that is kept of one person, to be handed to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.domain.persons import Person
from shared.domain.reaching import ALERT, MAIL, PUSH, TEXT
from shared.services.support.privacy.finding import Progress, documents_of
from shared.store.mongo.client import Database
from shared.store.support import privacy

MESSAGES = (TEXT, ALERT, MAIL, PUSH)

_INSIDE = (
    "cartKey",
    "trace",
    "heldLines",
    "paymentId",
    "showBy",
    "notDrawnSince",
    "stationMarks",
    "routing",
    "unrouted",
)
"""How the house works with an order: nothing of it is the person's. A payment's id may be a token of the original."""


async def export(
    db: Database, person: Person, progress: Progress, *, restaurant_id: str | None = None
) -> dict[str, Any]:
    """The person's orders with their messages, and their previews, as plain values; times in UTC."""
    orders: list[dict[str, Any]] = []
    previews: list[dict[str, Any]] = []
    async for named in documents_of(db, person, progress, restaurant_id=restaurant_id):
        document = await privacy.whole(db, named.where, named.id)
        if document is None:
            continue
        shown = {name: value for name, value in document.items() if name not in _INSIDE}
        if named.where == "orders_preview":
            previews.append(shown)
            continue
        messages = await privacy.messages(db, named.id, MESSAGES)
        orders.append({**shown, "messages": messages})
    whose = {"phone": person.phone, "email": person.email}
    return {"person": {name: value for name, value in whose.items() if value}, "orders": orders, "previews": previews}


def plain(value: Any) -> Any:
    """A stored value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
