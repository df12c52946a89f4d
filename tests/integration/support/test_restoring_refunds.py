"""The database was restored to a moment of a refund: what the gateway made is found, and nothing is made twice
(rules 4, 14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from shared.services.support.restore.restoring import restore
from shared.services.upkeep.reconciler import reconcile
from tests.integration.backups import back_up, bring_back, story
from tests.integration.counter import Counter
from tests.integration.till import Till


async def quiet(till: Till) -> None:
    """Let everything come to rest, as the timers would in the next hour."""
    for _ in range(5):
        till.clock.advance(minutes=16)
        await reconcile(till.app)


async def holds(manager: Counter, key: ObjectId) -> None:
    """The order, its payment and the gateway say the same, and nothing is given back twice."""
    till = manager.till
    assert await till.differences() == []
    made = [row["externalTransactionId"] for row in till.merchant.rows()]
    assert len(made) == len(set(made))
    order, payment = await manager.stored(key), await manager.payment(key)
    assert order.get("refundedCents", 0) == payment.promised_cents
    assert till.kept_cents() == payment.kept_cents >= 0


async def test_from_each_moment_of_two_refunds_the_order_says_what_the_gateway_made(till: Till) -> None:
    told = story(till)
    watched = replace(till, app=told.app)
    manager = await Counter.of(watched)
    key, [soup, tea] = await manager.order("soup", "tea")
    await told.remember()
    await manager.settle(key)
    for unit in (soup, tea):
        assert (await manager.refund(key, unit, sent=unit))[0] == 200
        await told.remember()
        await watched.time_passes(minutes=1)
        await told.remember()
    at_last = [row["amountCents"] for row in till.merchant.rows()]
    assert at_last == [1650, 1100, 550]
    for backup in told.backups[2:]:
        await bring_back(till.app, backup)
        await restore(till.app, [key])
        await quiet(till)
        await holds(manager, key)
        # The gateway made both already: whatever was forgotten, nothing more leaves.
        assert [row["amountCents"] for row in till.merchant.rows()] == at_last
        assert ((await manager.payment(key)).state, (await manager.stored(key))["refundedCents"]) == ("refunded", 1650)


@pytest.mark.parametrize("settles", [True, False])
async def test_from_each_moment_of_a_refund_and_a_cancel_all_goes_back_once(till: Till, settles: bool) -> None:
    told = story(till)
    watched = replace(till, app=told.app)
    manager = await Counter.of(watched)
    key, [soup, _] = await manager.order("soup", "tea")
    assert (await manager.refund(key, soup, sent="one"))[0] == 200
    await told.remember()
    if settles:
        await manager.settle(key)
    await watched.time_passes(minutes=1)
    await told.remember()
    assert (await manager.cancel(key, sent="two"))[0] == 200
    await told.remember()
    await watched.time_passes(minutes=16)
    await told.remember()
    last: list[Any] = till.merchant.rows()
    assert till.kept_cents() == 0
    for backup in [one for one in told.backups if one["orders"]]:
        await bring_back(till.app, backup)
        await restore(till.app, [key])
        await quiet(till)
        await holds(manager, key)
        assert till.merchant.rows() == last
        assert (await manager.stored(key))["refundedCents"] == 1650


async def test_what_was_owed_before_the_copy_and_is_not_made_yet_is_made_after_it(till: Till) -> None:
    manager = await Counter.of(till)
    key, [soup, _] = await manager.order("soup", "tea")
    assert (await manager.refund(key, soup))[0] == 200
    backup = await back_up(till.app)
    await bring_back(till.app, backup)
    done = await restore(till.app, [key])
    assert not done.done
    await manager.settle(key)
    await quiet(till)
    await holds(manager, key)
    assert till.kept_cents() == 550
