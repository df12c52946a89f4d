"""Orchestrations that go on though their checkout is at rest: a real engine, and hours that take no time (rules 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from bson import ObjectId

from local.durable.binding import ROOT, client_binding
from shared.app import App
from shared.clock import FixedClock
from shared.domain.checkout_states import EXPIRY_GRACE
from shared.integrations.durable.client import ORCHESTRATOR, DurableEngine
from shared.integrations.engine import EngineError
from shared.services.ordering import driving, previewing, steps
from shared.services.ordering.claiming import Asker, claim
from shared.services.upkeep import instances, sweeper
from shared.services.upkeep.instances import Looked
from tests.engine_faults import ENGINE_FAULTS
from tests.integration.engines import HUNG, client_of, engine_of
from tests.integration.scripted_gateway import answers, serving
from tests.integration.world import World

STUCK = f"""
import azure.durable_functions as df

app = df.DFApp()


@app.orchestration_trigger(context_name="context")
def {ORCHESTRATOR}(context):
    yield context.call_activity("an activity of another release", context.instance_id)
"""
"""An app whose checkouts call what it does not have."""

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def hung_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real engine whose checkouts accept every wake and never do anything."""
    with engine_of(HUNG, tmp_path_factory.mktemp("hung")) as url:
        yield url


@pytest.fixture
def hung(app: App, hung_url: str) -> App:
    return replace(app, engine=client_of(hung_url))


async def placed(app: App, world: World) -> ObjectId:
    """An order that the sweeper has placed: its instance was started, and hangs."""
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    key = ObjectId(made.preview_order_id)
    await app.engine.start(str(key))
    await claim(app, key, Asker("r"))
    await steps.advance(app, key)
    assert (await checkout(app, key))["state"] == "placed"
    return key


async def checkout(app: App, key: ObjectId) -> dict[str, Any]:
    found = await app.db.checkouts.find_one({"_id": key})
    assert found is not None
    return found


async def test_an_instance_that_runs_an_hour_after_its_checkout_came_to_rest_is_terminated(
    hung: App, clock: FixedClock, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    key = await placed(hung, world)
    clock.moment += HOUR - MINUTE
    assert await instances.look(hung) == Looked()
    assert await hung.engine.status(str(key)) == "Running"
    clock.moment += 2 * MINUTE
    assert await instances.look(hung) == Looked(terminated=1)
    assert await hung.engine.status(str(key)) == "Terminated"
    assert [one.levelname for one in caplog.records if str(key) in one.getMessage()] == ["WARNING"]
    # It is seen ended at the next look, and then forgotten. The checkout itself has not moved.
    before = await checkout(hung, key)
    assert await instances.look(hung) == Looked()
    clock.moment += 6 * MINUTE
    assert await instances.look(hung) == Looked(over=1)
    after = await checkout(hung, key)
    assert after == {name: value for name, value in before.items() if name != "instanceLookAt"}
    clock.moment += 24 * HOUR
    assert await instances.look(hung) == Looked()


async def test_one_that_called_what_its_app_does_not_have_loses_no_order_and_is_terminated(
    app: App, clock: FixedClock, world: World, tmp_path: Path
) -> None:
    with engine_of(STUCK, tmp_path, ENGINE_FAULTS) as url:
        stuck = replace(app, engine=client_of(url))
        made = await previewing.preview(stuck, world.request("soup"), request_id="r")
        key = ObjectId(made.preview_order_id)
        await claim(stuck, key, Asker("r"))
        assert await driving.wake_engine(stuck, key)
        clock.moment += timedelta(seconds=6)
        assert (await sweeper.sweep(stuck)).advanced == 1
        assert (await checkout(stuck, key))["state"] == "placed"
        assert await stuck.engine.status(str(key)) == "Running"
        clock.moment += HOUR
        assert await instances.look(stuck) == Looked(terminated=1)
        assert await stuck.engine.status(str(key)) == "Terminated"


async def test_one_that_a_person_has_suspended_is_terminated(
    hung: App, hung_url: str, clock: FixedClock, world: World
) -> None:
    key = await placed(hung, world)
    async with httpx.AsyncClient(trust_env=False) as http:
        (await http.post(f"{hung_url}{ROOT}/instances/{key}/suspend?reason=look")).raise_for_status()
    assert await hung.engine.status(str(key)) == "Suspended"
    clock.moment += HOUR
    assert await instances.look(hung) == Looked(terminated=1)
    assert await hung.engine.status(str(key)) == "Terminated"


async def test_what_is_not_at_rest_is_left_alone(hung: App, clock: FixedClock, world: World) -> None:
    open_, claimed = [
        ObjectId((await previewing.preview(hung, world.request("soup"), request_id="r")).preview_order_id)
        for _ in range(2)
    ]
    for key in (open_, claimed):
        await hung.engine.start(str(key))
    await claim(hung, claimed, Asker("r"))
    clock.moment += 48 * HOUR
    assert await instances.look(hung) == Looked()
    assert [await hung.engine.status(str(key)) for key in (open_, claimed)] == ["Running", "Running"]


async def test_an_expired_and_an_abandoned_checkout_are_looked_at_too(
    hung: App, clock: FixedClock, world: World
) -> None:
    expired, abandoned = [
        ObjectId((await previewing.preview(hung, world.request("soup"), request_id="r")).preview_order_id)
        for _ in range(2)
    ]
    await hung.engine.start(str(expired))
    await claim(hung, abandoned, Asker("r"))
    # Its preview was lost with a primary: nobody can place it.
    await hung.db.orders_preview.delete_one({"_id": abandoned})
    await steps.advance(hung, abandoned)
    clock.moment += HOUR
    await steps.advance(hung, expired)
    assert [(await checkout(hung, key))["state"] for key in (expired, abandoned)] == ["expired", "abandoned"]
    # The one has no instance.
    clock.moment += HOUR
    assert await instances.look(hung) == Looked(over=1, terminated=1)


async def test_an_instance_that_ended_or_is_not_there_is_looked_at_once(
    hung: App, clock: FixedClock, world: World
) -> None:
    ended = await placed(hung, world)
    await hung.engine.terminate(str(ended), "by a person")
    gone = ObjectId()
    left = {**(await checkout(hung, ended)), "_id": gone}
    del left["cartKey"], left["heldLines"]
    await hung.db.checkouts.insert_one(left)
    clock.moment += HOUR
    assert await instances.look(hung) == Looked(over=2)
    assert not await hung.db.checkouts.count_documents({"instanceLookAt": {"$exists": True}})


@pytest.mark.parametrize("minutes", [5, 240])
async def test_an_instance_that_is_to_tell_of_its_order_goes_on(hung: App, clock: FixedClock, minutes: int) -> None:
    """A location may wait for four hours before its people are told that nobody has accepted an order."""
    world = await World(auto_accepts=False).build(hung)
    await hung.db.locations.update_one({"_id": world.location_id}, {"$set": {"acceptWithinMinutes": minutes}})
    key = await placed(hung, world)
    clock.moment += max(HOUR, minutes * MINUTE)
    assert (await instances.look(hung)).terminated == 0
    clock.moment += 11 * MINUTE
    # Nobody has seen to it yet, though it is due: it is not at rest.
    assert await instances.look(hung) == Looked(waiting=1)
    assert await hung.engine.status(str(key)) == "Running"
    await steps.see_answered(hung, key)
    clock.moment += 6 * MINUTE
    assert await instances.look(hung) == Looked(terminated=1)


async def test_one_that_no_wake_reached_may_wait_for_the_expiry(hung: App, clock: FixedClock, world: World) -> None:
    patient = replace(hung, settings=hung.settings.model_copy(update={"preview_lifetime_minutes": 120}))
    key = await placed(patient, world)
    clock.moment += 120 * MINUTE + EXPIRY_GRACE
    assert await instances.look(hung) == Looked()
    clock.moment += 11 * MINUTE
    assert await instances.look(hung) == Looked(terminated=1)
    assert await hung.engine.status(str(key)) == "Terminated"


async def test_two_looks_at_once_terminate_each_once(
    hung: App, clock: FixedClock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instances, "BATCH", 2)
    keys = [await placed(hung, world) for _ in range(5)]
    clock.moment += HOUR
    looked = await asyncio.gather(*(instances.look(hung) for _ in range(2)))
    assert sum(one.terminated for one in looked) == 5
    assert {await hung.engine.status(str(key)) for key in keys} == {"Terminated"}


async def test_while_the_engine_is_down_nothing_is_forgotten(
    app: App, hung: App, clock: FixedClock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instances, "BATCH", 2)
    for _ in range(3):
        await placed(hung, world)
    clock.moment += HOUR
    assert await instances.look(app) == Looked(failed=2)
    assert await instances.look(app) == Looked(failed=1)
    assert await instances.look(app) == Looked()
    clock.moment += 6 * MINUTE
    assert await instances.look(hung) == Looked(terminated=3)


async def test_an_engine_that_answers_with_an_error_has_not_said_that_there_is_no_instance(
    hung: App, clock: FixedClock, world: World
) -> None:
    """The SDK takes a 500 and a 400 for an answer, which looks like none."""
    key = await placed(hung, world)
    clock.moment += HOUR
    for status, body in ((500, {"Message": "Something went wrong."}), (400, "another task hub")):
        async with serving(answers(status, body)) as failing:
            engine = DurableEngine(client_binding(failing.url.removesuffix("/v1"), "orderbuddy"))
            with pytest.raises(EngineError):
                await engine.status(str(key))
            assert (await instances.look(replace(hung, engine=engine))).failed == 1
        clock.moment += 6 * MINUTE
    assert await instances.look(hung) == Looked(terminated=1)
