"""A primary whose followers take no writes for a while: what it has is not durable yet, and must be seen all the same
(rules 3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId
from pymongo.errors import PyMongoError

from shared.app import App
from shared.clock import DatabaseClock, FixedClock
from shared.domain.checkout_states import AT_REST, Next
from shared.errors import UNAVAILABLE, Problem
from shared.services.ordering import previewing
from shared.services.ordering.unpaid import place_without_payment
from shared.services.paying.next_step import what_next
from shared.services.upkeep import sweeper
from shared.settings import Settings
from shared.store.mongo import indexes
from shared.store.mongo.client import connect, within
from tests.integration.local_saas.clients import StandIn
from tests.integration.replica_set import ReplicaSet
from tests.integration.till import Till, with_gateway
from tests.integration.world import DAYS, World


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


async def tapped(app: App, key: ObjectId) -> str:
    """What the diner hears who taps, with a database that has a second to answer."""
    try:
        with within(1.0):
            return str((await place_without_payment(app, str(key), request_id="r", at_counter=True)).order_id)
    except Problem as refused:
        return refused.code.code
    except PyMongoError:
        return UNAVAILABLE.code


async def test_a_diner_whose_claim_is_not_durable_yet_is_not_told_that_it_is_closed_now(
    till: Till, replica_set: ReplicaSet
) -> None:
    hours = [{"day": day, "isOpen": True, "startTime": "08:00", "endTime": "20:00"} for day in DAYS]
    await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"workingHours": hours}})
    clock = FixedClock(datetime(2026, 11, 24, 19, 59, tzinfo=ZoneInfo("America/Chicago")).astimezone(UTC))
    app = replace(till.app, clock=clock)
    key = ObjectId((await previewing.preview(app, till.world.request("soup"), request_id="r")).preview_order_id)
    with replica_set.stalled():
        heard = [await tapped(app, key)]
        clock.advance(minutes=2)
        heard += [await tapped(app, key)]
    assert set(heard) <= {"UNAVAILABLE", "PLACEMENT_PENDING"}
    clock.advance(minutes=1)
    await sweeper.sweep(app)
    assert await tapped(app, key) == str(key)
