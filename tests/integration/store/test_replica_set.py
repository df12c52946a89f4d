"""A replica set of three whose primary is killed as it commits: what was answered is there, and paid once."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from bson import ObjectId
from pymongo.errors import PyMongoError
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared.app import App
from shared.clock import DatabaseClock
from shared.documents.payments import Payment
from shared.errors import Problem
from shared.services.ordering.unpaid import place_without_payment
from shared.services.support.audit import database
from shared.services.upkeep import reconciler, sweeper
from shared.settings import Settings
from shared.store import payments
from shared.store.mongo import indexes
from shared.store.mongo.client import connect
from tests.integration.local_saas.clients import StandIn
from tests.integration.replica_set import ReplicaSet
from tests.integration.till import Till, with_gateway
from tests.integration.world import World

ROUNDS = int(os.environ.get("ORDERBUDDY_ROUNDS", "20"))
SEED = os.environ.get("ORDERBUDDY_SEED", "1")
DINERS = 8
ANSWERED_WITHIN_SECONDS = 60.0

pytestmark = pytest.mark.long


class Killer(CommandListener):
    """Kills the primary once, some milliseconds around a commit, when it is armed."""

    def __init__(self, replica_set: ReplicaSet) -> None:
        self._set = replica_set
        self._primary = 0
        self._left = 0
        self._delay = 0.0
        self.fired = threading.Event()

    def arm(self, primary: int, *, at_commit: int, delay: float) -> None:
        """At the n-th commit from now, and so many seconds after it was sent."""
        self._primary, self._left, self._delay = primary, at_commit, delay
        self.fired.clear()

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name != "commitTransaction" or self._left == 0:
            return
        self._left -= 1
        if self._left == 0:
            threading.Timer(self._delay, self._kill).start()

    def _kill(self) -> None:
        self._set.kill(self._primary)
        self.fired.set()

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """What was acknowledged is for the test to find again."""

    def failed(self, event: CommandFailedEvent) -> None:
        """The driver tries again by itself."""


@pytest.fixture(scope="module")
def replica_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with ReplicaSet(tmp_path_factory.mktemp("replica-set")) as three:
        yield three


@pytest.fixture
def killer(replica_set: ReplicaSet) -> Killer:
    return Killer(replica_set)


@pytest.fixture
async def till(settings: Settings, gateway: StandIn, replica_set: ReplicaSet, killer: Killer) -> AsyncIterator[Till]:
    given = with_gateway(
        settings, gateway, mongodb_uri=replica_set.uri, payment_grace_seconds=1, payment_lost_after_seconds=5
    )
    db = connect(given, event_listeners=[killer])
    await indexes.ensure(db)
    app = App.over(db, DatabaseClock(), given)
    world = await World(takes_payment=True).build(app)
    yield Till(app, world, gateway)
    await db.client.drop_database(db.name)
    await app.close()
    await db.client.close()


async def orders(till: Till, *, pays: bool) -> ObjectId:
    """A diner who prices a cart and pays for it, or has it placed at the counter, and taps again until there is an
    answer; the whole cart again where the preview went with the primary."""
    async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
        cart, token, key = till.world.request("soup"), till.token(), None
        while True:
            try:
                key = key or await till.preview(lines=[item.id for item in cart.items])
                if pays:
                    assert (await till.pay(key, token)).placed
                else:
                    counter = place_without_payment(till.app, str(key), request_id="r", at_counter=True)
                    assert (await counter).placed
                return key
            except (PyMongoError, Problem) as error:
                if isinstance(error, Problem) and error.code.code == "PREVIEW_EXPIRED":
                    key = None
                    continue
                assert not isinstance(error, Problem) or error.code.status == 503, error
                await asyncio.sleep(0.1)


async def test_no_acknowledged_write_is_lost_when_the_primary_is_killed_at_a_commit(
    till: Till, replica_set: ReplicaSet, killer: Killer
) -> None:
    dice = random.Random(SEED)
    paid: list[ObjectId] = []
    unpaid: list[ObjectId] = []
    for _ in range(ROUNDS):
        primary = replica_set.primary()
        assert primary is not None
        # So many there are at least: a claim for each who pays, and one placing of all together.
        killer.arm(primary, at_commit=dice.randint(1, DINERS + 1), delay=dice.uniform(0, 0.006))
        placed = await asyncio.gather(*(orders(till, pays=n % 2 == 0) for n in range(2 * DINERS)))
        paid += placed[::2]
        unpaid += placed[1::2]
        assert await asyncio.to_thread(killer.fired.wait, 5)
        await asyncio.to_thread(replica_set.revive)
    for key in (*paid, *unpaid):
        assert await till.order(key) is not None
    assert len({*paid, *unpaid}) == 2 * ROUNDS * DINERS
    await settled(till)
    taken = [await paid_for(till, key) for key in paid]
    assert till.kept_cents() == sum(payment.amount_cents for payment in taken)
    assert len(till.moves()) == len(set(paid)) == ROUNDS * DINERS
    report = await database.audit(till.app.db, till.app.clock)
    assert report.differences == 0, report.listed


async def settled(till: Till) -> None:
    """Sweep and reconcile until nothing is on its way."""
    for _ in range(60):
        await sweeper.sweep(till.app)
        await reconciler.reconcile(till.app)
        if await database.settle(till.app.db, 0):
            return
        await asyncio.sleep(0.5)
    raise AssertionError("not at rest")


async def paid_for(till: Till, key: ObjectId) -> Payment:
    [payment] = await payments.of_preview(till.app.db, key)
    assert payment.state == "ordered"
    return payment
