"""What an order takes when it is claimed, and gives back when it does not come about: portions of the day's stock, and
a use of its campaign (rules 3)."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakValueDictionary

from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Taken, TakenPortions
from shared.documents.orders import Preview
from shared.services.menu.catalog import Catalog
from shared.store import stock
from shared.store.mongo.client import Session
from shared.store.stock import Portions


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a claim has to take; most take nothing."""

    portions: tuple[Portions, ...]
    campaign_id: ObjectId | str | None

    def __bool__(self) -> bool:
        return bool(self.portions) or self.campaign_id is not None

    def taken(self) -> Taken:
        """What the checkout remembers of it."""
        return Taken(
            portions=[TakenPortions(id=one.count_id, many=one.many) for one in self.portions],
            campaign_id=self.campaign_id,
        )


def wanted(sells: Catalog, preview: Preview, now: datetime) -> Wanted:
    """What the order of this preview takes."""
    dishes = Counter(unit.menu_item_id for unit in preview.items if unit.menu_item_id in sells.daily_stock)
    campaign = sells.campaign(preview.origin.id, now) if preview.discount_cents > 0 else None
    return Wanted(
        portions=tuple(
            Portions(sells.count_id(item_id, now), item_id, many, sells.daily_stock[item_id])
            for item_id, many in dishes.items()
        ),
        campaign_id=campaign.id if campaign else None,
    )


async def prepare(app: App, sells: Catalog, wanted: Wanted) -> None:
    """Make the counts that are not there yet, before the transaction that takes from them."""
    absent = [one.count_id for one in wanted.portions if one.count_id not in sells.sold]
    if absent:
        await stock.open_counts(app.db, absent, app.clock.now())


async def take(app: App, wanted: Wanted, session: Session) -> bool:
    """Take it, in the claim's transaction; False where the campaign has ended. Raises SoldOutError."""
    await stock.take(app.db, wanted.portions, session)
    return wanted.campaign_id is None or await stock.use_campaign(app.db, wanted.campaign_id, session)


async def give_back(app: App, checkout_id: ObjectId, session: Session) -> None:
    """Give back what the checkout's claim took, once, in the transaction that ends its order or itself."""
    await stock.give_back(app.db, checkout_id, session)


_turns: WeakValueDictionary[tuple[int, str, str], asyncio.Lock] = WeakValueDictionary()


def turn(app: App, location_id: ObjectId | str) -> asyncio.Lock:
    """The lock under which a process takes a location's stock: two transactions that want the same count at once only
    abort each other, and who is first is the database's to say anyway."""
    key = (id(app.db.client), app.db.name, str(location_id))
    lock = _turns.get(key)
    if lock is None:
        lock = _turns[key] = asyncio.Lock()
    return lock
