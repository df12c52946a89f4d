"""From what happened to events: rows of orders and of the trail get a number in their restaurant (rules 21).

Placing and moving an order cost nothing more for it: its rows are there anyway. Whoever comes takes the rows that
nobody has taken, in one transaction with the deliveries that come of them, and marks them afterwards. A row is never
passed over because its transaction was committed late: it is its mark that says whether it was taken, not its time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bson import ObjectId

from shared.app import App
from shared.documents.orders import OrderEvent
from shared.documents.trail import TrailEntry
from shared.documents.webhooks import Webhook, WebhookDelivery, WebhookEvent, WebhookHead
from shared.domain.webhook_events import KEPT_FOR, MENU_CHANGED, TRIED_FOR, event_id, is_of_menu, type_of_row
from shared.memory.pool import each
from shared.memory.slots import Slot
from shared.store import webhook_deliveries, webhook_events, webhooks
from shared.store.mongo.client import Session, transaction

log = logging.getLogger("orderbuddy.webhooks")

ORDERS_AT_A_TIME = 50
ROWS_AT_A_TIME = 500
TRAIL_AT_A_TIME = 200
RESTAURANTS_AT_A_TIME = 4
_TOLD = ("reason", "amountCents", "itemId", "kind", "stationId", "cleared")


@dataclass(slots=True)
class Known:
    """The restaurants that have webhooks, as this process has seen lately."""

    restaurants: set[str] = field(default_factory=set)


KNOWN: Slot[Known] = Slot(Known)


async def take_all(app: App, until: float) -> int:
    """Take what happened in all restaurants that have webhooks; no restaurant is begun after `until` (as
    `time.monotonic` counts). Returns how many events came of it."""
    taken, after, seen = 0, "", set[str]()

    async def one(head: WebhookHead) -> None:
        nonlocal taken
        try:
            taken += await take(app, head.id)
        except Exception:
            log.warning("events of restaurant %s not taken", head.id, exc_info=True)

    while time.monotonic() < until:
        heads = await webhook_events.heads(app.db, after)
        if not heads:
            app.memory[KNOWN].restaurants = seen
            break
        seen |= {head.id for head in heads}
        after = heads[-1].id
        await each(await webhook_events.with_news(app.db, heads), one, at_a_time=RESTAURANTS_AT_A_TIME, until=until)
    return taken


async def take(app: App, restaurant_id: str) -> int:
    """Take what happened in one restaurant since the last time; returns how many events came of it."""
    taken = 0
    while True:
        head = await webhook_events.head(app.db, restaurant_id)
        if head is None or not head.has_webhooks or head.since is None:
            return taken
        order_ids = await webhook_events.orders_with_rows(app.db, head, ORDERS_AT_A_TIME)
        rows = await webhook_events.rows_of_orders(app.db, order_ids, head.since, ROWS_AT_A_TIME) if order_ids else []
        looked_at, made = await transaction(app.db, _Taking(app, restaurant_id, [_of_order(row) for row in rows]))
        if rows:
            # Twice is harmless: an event's id comes from its row.
            await webhook_events.mark_taken(app.db, [row.id for row in rows], app.clock.now())
        taken += made
        if not rows and not looked_at:
            return taken


@dataclass(frozen=True, slots=True)
class _Taking:
    """The transaction that makes events of rows. `drafts`: of rows of orders, without numbers."""

    app: App
    restaurant_id: str
    drafts: Sequence[WebhookEvent]

    async def __call__(self, session: Session) -> tuple[int, int]:
        """How many rows of the trail were looked at, and how many events were made."""
        db, now = self.app.db, self.app.clock.now()
        head = await webhook_events.head(db, self.restaurant_id, session)
        if head is None:
            return 0, 0
        drafts = in_order(self.drafts)
        known = await webhook_events.known(db, [one.id for one in drafts], session) if drafts else set()
        rows = await webhook_events.trail_after(db, head, TRAIL_AT_A_TIME, session)
        fresh = [one for one in drafts if one.id not in known]
        fresh += [_of_menu(row) for row in rows if is_of_menu(row.action)]
        if not fresh and not rows:
            return 0, 0
        # From here on no other transaction gives numbers in this restaurant.
        moved = await webhook_events.number(db, self.restaurant_id, len(fresh), rows[-1] if rows else None, session)
        if moved is None or not fresh:
            return len(rows), 0
        first = moved.seq - len(fresh) + 1
        events = [
            one.model_copy(update={"seq": first + index, "purge_at": now + KEPT_FOR}) for index, one in enumerate(fresh)
        ]
        await webhook_events.insert(db, events, session)
        await self._queue(events, now, session)
        return len(rows), len(events)

    async def _queue(self, events: Sequence[WebhookEvent], now: datetime, session: Session) -> None:
        hooks = await webhooks.of_restaurant(self.app.db, self.restaurant_id, session)
        made = [delivery(hook, event, now) for hook in hooks if hook.is_active for event in events if hook.wants(event)]
        if made:
            await webhook_deliveries.insert(self.app.db, made, session)
            ids: list[ObjectId] = list(dict.fromkeys(one.webhook_id for one in made))
            await webhooks.queue(self.app.db, ids, now, session)


def delivery(hook: Webhook, event: WebhookEvent, now: datetime) -> WebhookDelivery:
    """An event on its way to a webhook, to be tried from now on for three days."""
    return WebhookDelivery(
        id=f"{hook.id}:{event.id}",
        webhook_id=hook.id,
        restaurant_id=hook.restaurant_id,
        event=event.model_dump(by_alias=True, exclude_none=True, exclude={"purge_at"}),
        state="due",
        created_at=now,
        next_at=now,
        give_up_at=now + TRIED_FOR,
        purge_at=now + KEPT_FOR,
    )


def in_order(drafts: Iterable[WebhookEvent]) -> list[WebhookEvent]:
    """By their time, but those of one order by their number: hosts' clocks differ by milliseconds."""
    latest: dict[ObjectId | None, datetime] = {}
    placed: list[tuple[datetime, str, int, WebhookEvent]] = []
    for one in sorted(drafts, key=lambda each: (str(each.order_id), each.order_seq or 0)):
        assert one.at is not None
        at = max(one.at, latest.get(one.order_id, one.at))
        latest[one.order_id] = at
        placed.append((at, str(one.order_id), one.order_seq or 0, one))
    return [row[3] for row in sorted(placed, key=lambda row: row[:3])]


def _of_order(row: OrderEvent) -> WebhookEvent:
    return WebhookEvent(
        id=event_id(f"order:{row.id}"),
        restaurant_id=row.restaurant_id,
        location_id=row.location_id,
        type=type_of_row(row.type),
        at=row.created_at,
        order_id=row.order_id,
        order_seq=row.seq,
        trace=row.trace,
        told={name: row.payload[name] for name in _TOLD if name in row.payload},
    )


def _of_menu(row: TrailEntry) -> WebhookEvent:
    kind, key = row.target.kind, row.target.id
    return WebhookEvent(
        id=event_id(f"trail:{row.id}"),
        restaurant_id=row.restaurant_id,
        location_id=row.location_id,
        type=MENU_CHANGED,
        at=row.at,
        told={
            "action": row.action,
            "menuId": key if kind == "menu" else None,
            "itemId": key if kind == "menu_item" else None,
        },
    )
