"""The sweeper among payments whose gateway does not answer: unpaid orders wait for none of them (rules 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from bson import ObjectId

from shared.app import App
from shared.integrations.emergepay.client import EmergePay
from shared.services.ordering.claiming import Asker, claim
from shared.services.upkeep import sweeper
from tests.integration.scripted_gateway import ScriptedGateway, serving
from tests.integration.till import Till

AT_MOST_SECONDS = 60.0
"""Nothing is measured by it: a test that waits for so long has failed."""

STALLED = 2 * sweeper.AT_A_TIME


@dataclass
class Stalls:
    """A gateway that answers nothing before it is told to, and then ends the line."""

    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        await self.told.wait()


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(AT_MOST_SECONDS):
        while not seen():
            await asyncio.sleep(0.02)


async def until_placed(till: Till, key: ObjectId) -> None:
    async with asyncio.timeout(AT_MOST_SECONDS):
        while await till.order(key) is None:
            await asyncio.sleep(0.02)


def with_gateway_at(till: Till, gateway: ScriptedGateway) -> App:
    """The till's App, whose gateway is this one, and has all the time there is."""
    patient = {"emergepay_environment_url": gateway.url, "gateway_timeout_seconds": AT_MOST_SECONDS}
    return replace(till.app, pay=EmergePay(till.app.settings.model_copy(update=patient)))


async def to_be_looked_up(till: Till, many: int) -> None:
    """Checkouts whose payment was sent by a worker that died, the longest due of all."""
    for _ in range(many):
        key = await till.preview()
        await till.claim(key, till.token())
        sent = {"state": "sent", "deadlineAt": till.clock.now() - timedelta(seconds=1), "nextLookAt": None}
        await till.app.db.payments.update_one({"previewId": key}, {"$set": sent})
        long_due = till.clock.now() - timedelta(minutes=1)
        await till.app.db.checkouts.update_one({"_id": key}, {"$set": {"nextWakeAt": long_due}})


async def unpaid(till: Till) -> ObjectId:
    """A claim whose wake was lost, and that is due."""
    key = await till.preview()
    await claim(till.app, key, Asker("r", at_counter=True))
    await till.app.db.checkouts.update_one({"_id": key}, {"$set": {"nextWakeAt": till.clock.now()}})
    return key


async def test_unpaid_orders_are_placed_while_every_look_up_stalls(till: Till) -> None:
    await to_be_looked_up(till, STALLED)
    first = await unpaid(till)
    stalls = Stalls()
    async with serving(stalls) as gateway:
        sweeping = asyncio.create_task(sweeper.sweep(with_gateway_at(till, gateway)))
        await until_placed(till, first)
        await until(lambda: len(gateway.heard) == sweeper.AT_A_TIME)
        # It becomes due while the workers of the sweep wait for the gateway.
        second = await unpaid(till)
        await until_placed(till, second)
        assert (len(gateway.heard), sweeping.done()) == (sweeper.AT_A_TIME, False)
        stalls.told.set()
        await sweeping


async def test_a_sweep_begins_nothing_more_when_its_time_is_over(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "SECONDS", 1.0)
    await to_be_looked_up(till, STALLED)
    stalls = Stalls()
    async with serving(stalls) as gateway:
        sweeping = asyncio.create_task(sweeper.sweep(with_gateway_at(till, gateway)))
        await until(lambda: len(gateway.heard) == sweeper.AT_A_TIME)
        await asyncio.sleep(sweeper.SECONDS)
        stalls.told.set()
        await sweeping
        assert len(gateway.heard) == sweeper.AT_A_TIME
