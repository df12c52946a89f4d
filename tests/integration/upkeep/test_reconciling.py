"""The reconciler: it finds out, gives back, wakes and asks for a person; it never charges (rules 1 and 4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from shared.integrations.pay import Pay
from shared.services.ordering import steps
from shared.services.paying import charging
from shared.services.support import attention
from shared.services.upkeep import daily_list, health, reconciler
from shared.services.upkeep.reconciler import Reconciled
from shared.store import payments
from tests.integration.till import DECLINES, DROPS_AFTER, STALLS, KilledError, Till


async def test_an_unknown_payment_is_found_out_and_its_order_placed(till: Till) -> None:
    key = await till.preview()
    claimed = await till.claim(key, till.token(DROPS_AFTER))
    assert claimed.payment is not None
    await charging.take_payment(till.app, key)
    assert await till.states(key) == ["unknown"]
    till.clock.advance(seconds=2)
    assert await reconciler.reconcile(till.app) == Reconciled(looked_up=1)
    # No engine is at hand here, so the wake drove it right away.
    assert await till.states(key) == ["ordered"]
    assert await till.order(key) is not None
    assert till.moves() == ["capture"]


async def test_what_nobody_knows_for_half_an_hour_is_a_persons(hasty: Till) -> None:
    key = await hasty.preview()
    await hasty.claim(key, hasty.token(STALLS))
    await charging.take_payment(hasty.app, key)
    # The gateway answers nothing at all: "not found" would end it after ten minutes.
    hasty.gateway.fault(mode="error", status=500, match=f"orgs/{hasty.world.oid}/")
    for _ in range(35):
        hasty.clock.advance(minutes=1)
        await reconciler.reconcile(hasty.app)
    hasty.gateway.fault(mode="ok", match=f"orgs/{hasty.world.oid}/")
    [payment] = await payments.needing_attention(hasty.app.db)
    assert (payment.preview_id, payment.state) == (key, "unknown")


async def test_an_approved_payment_without_its_order_is_pushed(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await charging.take_payment(till.app, key)
    assert await till.states(key) == ["approved"]
    till.clock.advance(minutes=6)
    assert (await reconciler.reconcile(till.app)).woken == 1
    assert await till.states(key) == ["ordered"]


async def test_a_paid_order_that_cannot_be_placed_for_ten_minutes_is_a_persons_with_the_reason(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await charging.take_payment(till.app, key)
    # Whatever it is that MongoDB has against the order.
    await till.app.db.command({"collMod": "orders", "validator": {"neverThere": {"$exists": True}}})
    for _ in range(9):
        await till.time_passes(minutes=1)
        assert await attention.count(till.app.db, till.clock.now()) == 0
    for _ in range(3):
        await till.time_passes(minutes=1)
    [payment] = (await attention.needing(till.app.db, till.clock)).payments
    assert (payment.preview_id, payment.state) == (key, "approved")
    assert payment.needs_attention == "is approved, and its order cannot be placed: WriteError 121"
    assert (await health.readiness(till.app)).attention == 1
    await till.app.db.command({"collMod": "orders", "validator": {}})
    await till.minutes_pass(6)
    assert (await till.states(key), await attention.count(till.app.db, till.clock.now())) == (["ordered"], 0)


async def test_a_paid_order_that_nobody_drives_for_ten_minutes_is_counted_though_the_reconciler_is_down(
    till: Till,
) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await charging.take_payment(till.app, key)
    till.clock.advance(minutes=10, seconds=1)
    found = await attention.needing(till.app.db, till.clock)
    assert [one.preview_id for one in found.without_order_for_long] == [key]
    assert (found.count, await attention.count(till.app.db, till.clock.now())) == (1, 1)


class Meanwhile:
    """The real gateway; after its first look-up, and before anybody hears of it, something else happens."""

    def __init__(self, pay: Pay, happens: Callable[[], Awaitable[None]]) -> None:
        self._pay = pay
        self._happens: Callable[[], Awaitable[None]] | None = happens

    async def look_up(self, *given: Any) -> Any:
        said = await self._pay.look_up(*given)
        happens, self._happens = self._happens, None
        if happens is not None:
            await happens()
        return said

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pay, name)


async def test_a_card_typed_in_while_the_first_is_looked_up_is_not_charged_by_the_reconciler(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token(DECLINES))
    with pytest.raises(KilledError):
        await charging.take_payment(till.mortal("charge_card", "after").app, key)
    till.clock.advance(minutes=1)
    [first] = await till.attempts(key)

    async def the_diner_tries_another_card() -> None:
        await charging.look(till.app, first, by="driver")
        await till.claim(key, till.token())

    pay = cast(Pay, Meanwhile(till.app.pay, the_diner_tries_another_card))
    assert (await reconciler.reconcile(replace(till.app, pay=pay))).looked_up == 1
    assert await till.states(key) == ["declined", "intent"]
    assert till.charges() == 1
    # The driver does, of course.
    for _ in range(2):
        await till.time_passes(seconds=10)
    assert (await till.states(key), till.moves()) == (["declined", "ordered"], ["capture"])


async def test_an_approved_payment_that_nothing_can_place_is_a_persons(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await charging.take_payment(till.app, key)
    # As after a restore of one collection only.
    await till.app.db.checkouts.update_one({"_id": key}, {"$set": {"state": "open", "claim": None}})
    till.clock.advance(minutes=6)
    await reconciler.reconcile(till.app)
    [payment] = await payments.needing_attention(till.app.db)
    assert payment.preview_id == key
    assert await till.order(key) is None


async def test_two_reconcilers_look_once(hasty: Till) -> None:
    key = await hasty.preview()
    await hasty.claim(key, hasty.token(STALLS))
    await charging.take_payment(hasty.app, key)
    hasty.clock.advance(seconds=2)
    first = await reconciler.reconcile(hasty.app)
    second = await reconciler.reconcile(replace(hasty.app))
    assert (first.looked_up, second.looked_up) == (1, 0)


async def test_the_list_of_a_day_is_written_once(till: Till) -> None:
    # A day of the test's own: noon, so that both attempts are of it.
    till.clock.moment = till.clock.moment.replace(hour=12)
    day = f"{till.clock.now():%Y-%m-%d}"
    paid, unpaid = await till.preview("soup", "tea"), await till.preview()
    await till.pay(paid, till.token())
    await till.pay(unpaid, till.token(DECLINES))
    running = await till.preview("tea")
    await till.claim(running, till.token())
    till.clock.moment += timedelta(days=1)
    assert await daily_list.write_yesterday(till.app)
    assert not await daily_list.write_yesterday(till.app)
    written = await till.app.db.reconciliations.find_one({"_id": day})
    assert written is not None
    sums = {row["state"]: (row["payments"], row["amountCents"]) for row in written["sums"]}
    assert sums == {"ordered": (1, 1650), "declined": (1, 1100), "intent": (1, 550)}
    assert [row["previewId"] for row in written["notAtRest"]] == [running]


async def test_advancing_by_hand_takes_a_payment_to_its_order(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    taken = [(await steps.advance(till.app, key)).step for _ in range(2)]
    assert taken == ["place_order", None]
    assert till.moves() == ["capture"]
