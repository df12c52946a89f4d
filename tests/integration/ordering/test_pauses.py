"""How often a checkout is looked at while it has to wait: an outage is no storm of look-ups (rules 4 and 8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bson import ObjectId

from functions.system.checkout import WAKES_PER_GENERATION
from shared.app import App
from shared.clock import FixedClock
from shared.domain.checkout_states import EXPIRY_GRACE
from shared.integrations.durable.client import ORCHESTRATOR
from shared.services.ordering import previewing
from shared.services.ordering.claiming import Asker, claim
from shared.services.ordering.steps import run
from shared.services.paying.charging import take_payment
from tests.integration.ordering.played_engine import PlayedEngine
from tests.integration.till import KilledError, Till
from tests.integration.world import World

EITHER = pytest.mark.parametrize("orchestrator", ["checkout_v1", "checkout_v2", "checkout_v3", ORCHESTRATOR])
"""Instances of the old one are still there when a release comes."""

MINUTE = timedelta(minutes=1)

TOLD_TWICE = pytest.mark.filterwarnings("ignore:Potential duplicate Task completion")
"""The SDK's word for an event for which nothing waits yet. It then gives the event to each later wait of its name."""


async def left_sent(till: Till) -> ObjectId:
    """A checkout whose payment was sent by a worker that died before it heard anything; its deadline is over."""
    key = await till.preview()
    await till.claim(key, till.token())
    with pytest.raises(KilledError):
        await take_payment(till.mortal("charge_card", "before").app, key)
    [payment] = await till.attempts(key)
    assert (payment.state, payment.deadline_at is not None) == ("sent", True)
    till.clock.moment = payment.deadline_at or till.clock.moment
    return key


def look_ups(till: Till) -> int:
    return sum(call["method"] == "GET" for call in till.merchant.calls())


@EITHER
async def test_a_payment_of_a_dead_worker_is_looked_up_with_pauses_while_the_gateway_fails(
    till: Till, orchestrator: str
) -> None:
    key = await left_sent(till)
    till.gateway.fault(mode="error", status=503, match=f"orgs/{till.world.oid}/")
    await PlayedEngine(till.app).drive(orchestrator, key, until=till.clock.now() + MINUTE)
    till.gateway.fault(mode="ok", match=f"orgs/{till.world.oid}/")
    assert await till.states(key) == ["sent"]
    assert 4 <= look_ups(till) <= 7
    # And once the gateway answers, it is found out.
    await till.minutes_pass(12)
    assert await till.states(key) == ["lost"]


@EITHER
async def test_a_payment_of_a_merchant_whose_key_cannot_be_read_is_looked_at_with_pauses(
    till: Till, orchestrator: str
) -> None:
    key = await left_sent(till)
    await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"payment.auth": None}})
    engine = PlayedEngine(till.app)
    await engine.drive(orchestrator, key, until=till.clock.now() + MINUTE)
    assert (await till.states(key), look_ups(till)) == (["sent"], 0)
    assert 4 <= len(engine.asked) <= 14
    assert (await till.attempts(key))[0].needs_attention


async def test_a_timer_that_fires_early_costs_one_look_more(app: App, clock: FixedClock, world: World) -> None:
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    at = clock.now() + timedelta(minutes=30) + EXPIRY_GRACE
    engine = PlayedEngine(app)
    first = {"at": at.isoformat()}
    await engine.drive(ORCHESTRATOR, ObjectId(made.preview_order_id), until=at + MINUTE, first=first)
    assert [step for _, step in engine.asked] == ["expire", "expire"]
    found = await app.db.checkouts.find_one({"_id": ObjectId(made.preview_order_id)})
    assert found is not None and found["state"] == "expired"


@pytest.mark.parametrize("orchestrator", ["checkout_v2", ORCHESTRATOR])
async def test_the_engine_tells_of_an_order_that_nobody_accepts_and_an_older_instance_leaves_it(
    app: App, clock: FixedClock, orchestrator: str
) -> None:
    world = await World(auto_accepts=False).build(app)
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    key, began = ObjectId(made.preview_order_id), clock.now()
    await claim(app, key, Asker("r"))
    engine = PlayedEngine(app)
    await engine.drive(orchestrator, key, until=began + timedelta(hours=1))
    told = [row["type"] async for row in app.db.order_events.find({"orderId": key}).sort("seq", 1)]
    if orchestrator != ORCHESTRATOR:
        assert ([step for _, step in engine.asked], told) == (["place_order"], ["created"])
        return
    assert told == ["created", "order_waiting"]
    assert engine.asked[-1][0] - began >= timedelta(minutes=5)
    assert 2 <= len(engine.asked) <= 3


async def to_be_accepted(app: App) -> ObjectId:
    """A claim at a location whose people accept each order."""
    world = await World(auto_accepts=False).build(app)
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    await claim(app, ObjectId(made.preview_order_id), Asker("r"))
    return ObjectId(made.preview_order_id)


@TOLD_TWICE
@pytest.mark.parametrize("wakes", [1, 3])
async def test_a_wake_that_comes_during_a_step_costs_two_looks_and_is_no_storm(
    app: App, clock: FixedClock, wakes: int
) -> None:
    key, began = await to_be_accepted(app), clock.now()
    engine = PlayedEngine(app, wakes=wakes)
    await engine.drive(ORCHESTRATOR, key, until=began + timedelta(hours=1))
    told = [row["type"] async for row in app.db.order_events.find({"orderId": key}).sort("seq", 1)]
    assert told == ["created", "order_waiting"]
    assert engine.asked[-1][0] - began >= timedelta(minutes=5)
    assert len(engine.asked) <= 3 + 2 * wakes


@TOLD_TWICE
async def test_an_instance_of_an_older_release_looks_for_one_generation_at_most(app: App, clock: FixedClock) -> None:
    key = await to_be_accepted(app)
    engine = PlayedEngine(app, wakes=1)
    await engine.drive("checkout_v3", key, until=clock.now() + timedelta(hours=1))
    assert WAKES_PER_GENERATION < len(engine.asked) <= WAKES_PER_GENERATION + 3


@TOLD_TWICE
async def test_a_wake_that_continue_as_new_loses_is_made_up_for_by_a_look(
    app: App, clock: FixedClock, world: World
) -> None:
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    key, began = ObjectId(made.preview_order_id), clock.now()

    async def claimed() -> None:
        await claim(app, key, Asker("r"))

    engine = PlayedEngine(app, wakes=1, between=claimed)
    await engine.drive(ORCHESTRATOR, key, until=began + timedelta(hours=1))
    assert engine.generations == 2
    assert await app.db.orders.count_documents({"_id": key}) == 1
    assert engine.asked[-1][0] - began < timedelta(seconds=1)


async def test_every_time_that_a_step_hands_back_is_to_come(till: Till) -> None:
    key = await left_sent(till)
    till.gateway.fault(mode="error", status=503, match=f"orgs/{till.world.oid}/")
    for step in ("take_payment", "place_order", "expire", "do_duties"):
        following = await run(till.app, step, key)
        assert following.at is not None and following.at > till.clock.now()
    till.gateway.fault(mode="ok", match=f"orgs/{till.world.oid}/")
