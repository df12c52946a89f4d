"""A primary whose followers take no writes for a while: what it has is not durable yet, and must be seen all the same
(checkout rules 3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from pymongo.errors import PyMongoError

from shared.app import App
from shared.clock import DatabaseClock
from shared.domain.checkout_states import AT_REST, Next
from shared.services.paying.next_step import what_next
from shared.settings import Settings
from shared.store.mongo import indexes
from shared.store.mongo.client import connect, within
from tests.integration.local_saas.clients import StandIn
from tests.integration.replica_set import ReplicaSet
from tests.integration.till import Till, with_gateway
from tests.integration.world import World


@pytest.fixture(scope="module")
def replica_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with ReplicaSet(tmp_path_factory.mktemp("replica-set")) as three:
        yield three


@pytest.fixture
async def till(settings: Settings, gateway: StandIn, replica_set: ReplicaSet) -> AsyncIterator[Till]:
    given = with_gateway(settings, gateway, mongodb_uri=replica_set.uri)
    db = connect(given)
    await indexes.ensure(db)
    app = App.over(db, DatabaseClock(), given)
    world = await World(takes_payment=True).build(app)
    yield Till(app, world, gateway)
    await db.client.drop_database(db.name)
    await app.close()
    await db.client.close()


async def test_a_claim_that_is_not_durable_yet_is_seen_with_its_payment(till: Till, replica_set: ReplicaSet) -> None:
    key = await till.preview()
    with replica_set.stalled():
        with pytest.raises(PyMongoError), within(1.0):
            await till.claim(key, till.token())
        assert await what_next(till.app, key) == Next("take_payment")
    assert await what_next(till.app, key) != AT_REST
