"""What a claim takes: portions of the day's stock, and a use of its campaign (rules 3).

Where no order comes of the claim, or the order is cancelled, it is given back; portions until the order is ready.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.app import App
from shared.documents.checkouts import Taken, TakenPortions
from shared.documents.orders import Preview
from shared.domain.campaigns import Discount
from shared.errors import UNAVAILABLE, Problem
from shared.memory.slots import Slot
from shared.memory.turns import CrowdedError, StalledError, Turns
from shared.services.menu import phone_limits
from shared.services.menu.catalog import Catalog
from shared.services.menu.phone_limits import PhoneUse
from shared.store import campaign_uses, stock
from shared.store.mongo.client import Session
from shared.store.stock import Portions

MOST_WAITING = 100
"""How many claims of one location may have the turn or wait for it in a process: a host sends no more at once."""

LONGEST_WAIT_SECONDS = 20.0
"""How long a claim waits for its turn at most."""

BUSY_RETRY_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a claim takes; most claims take nothing."""

    portions: tuple[Portions, ...]
    campaign_id: ObjectId | str | None
    phone_use: PhoneUse | None = None

    def __bool__(self) -> bool:
        return bool(self.portions) or self.campaign_id is not None

    def taken(self) -> Taken:
        """What the checkout remembers of it."""
        return Taken(
            portions=[TakenPortions(id=one.count_id, many=one.many) for one in self.portions],
            campaign_id=self.campaign_id,
            phone_use=self.phone_use.key if self.phone_use else None,
        )


def wanted(app: App, sells: Catalog, preview: Preview, now: datetime, discounts: Sequence[Discount] = ()) -> Wanted:
    """What the order of this preview takes. `discounts`: what is in its price, as it was compared with that of now: the
    original server stores none."""
    dishes = Counter(unit.menu_item_id for unit in preview.items if unit.menu_item_id in sells.daily_stock)
    campaign = discounts[0].campaign if discounts else None
    return Wanted(
        portions=tuple(
            Portions(sells.count_id(item_id, now), item_id, many, sells.daily_stock[item_id])
            for item_id, many in dishes.items()
        ),
        campaign_id=campaign.id if campaign is not None else None,
        phone_use=phone_limits.use_of(app, campaign, preview.customer.phone) if campaign is not None else None,
    )


async def prepare(app: App, sells: Catalog, wanted: Wanted) -> None:
    """Insert the counts that do not exist yet, before the transaction that takes from them."""
    absent = [one.count_id for one in wanted.portions if one.count_id not in sells.sold]
    if absent:
        await stock.open_counts(app.db, absent, app.clock.now())
    if wanted.phone_use is not None:
        await campaign_uses.open_count(app.db, wanted.phone_use.key, app.clock.now())


async def take(app: App, wanted: Wanted, session: Session) -> bool:
    """Take it, in the claim's transaction; False where the campaign has ended, also for this phone number.

    Raises SoldOutError.
    """
    await stock.take(app.db, wanted.portions, session)
    use = wanted.phone_use
    if use is not None and not await campaign_uses.use(app.db, use.key, use.limit, app.clock.now(), session):
        return False
    return wanted.campaign_id is None or await stock.use_campaign(app.db, wanted.campaign_id, session)


async def give_back(app: App, checkout_id: ObjectId, session: Session, *, portions: bool = True) -> None:
    """Give back what the checkout's claim took, once, in the transaction that ends its order or itself.

    `portions`: False where they are made already; the campaign's use goes back all the same.
    """
    await stock.give_back(app.db, checkout_id, session, portions=portions)


TURNS: Slot[Turns] = Slot(lambda: Turns(MOST_WAITING, LONGEST_WAIT_SECONDS))


@asynccontextmanager
async def turn(app: App, location_id: ObjectId | str) -> AsyncIterator[None]:
    """The turn in which a process takes a location's stock.

    Two transactions that want the same count at the same time only abort each other. Where the database does not answer
    the one that has the turn, all who wait are refused at once, and not each after a wait of its own.
    Raises Problem UNAVAILABLE (503, with Retry-After).
    """
    try:
        async with app.memory[TURNS].turn(str(location_id)), _telling_stalls():
            yield
    except CrowdedError:
        raise Problem(UNAVAILABLE, retry_after=BUSY_RETRY_SECONDS) from None
    except StalledError as stalled:
        assert stalled.__cause__ is not None
        raise stalled.__cause__ from None


@asynccontextmanager
async def _telling_stalls() -> AsyncIterator[None]:
    """Raises StalledError where the database did not answer. A duplicate key is an answer."""
    try:
        yield
    except DuplicateKeyError:
        raise
    except PyMongoError as error:
        raise StalledError from error
