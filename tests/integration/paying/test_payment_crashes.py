"""A process that is killed at any step of a payment: nobody is charged twice, nobody pays for nothing (rules
10)."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from pydantic import SecretStr

from local.supervisor.options import PROJECT
from shared.ids import external_id
from shared.services.ordering.steps import take_payment
from shared.services.orders import cancelling, status
from shared.services.paying import returning
from shared.services.support import voiding
from shared.services.upkeep import reconciler
from tests.integration.till import DROPS_BEFORE, KilledError, Till, When

DIES_WHILE_PAYING = """
import asyncio, json, os, signal, sys
from dataclasses import replace

from bson import ObjectId

from shared.app import App
from shared.clock import DatabaseClock
from shared.services.ordering.steps import take_payment
from shared.settings import Settings
from shared.store.mongo.client import connect, refresh_clock
from tests.integration.till import KilledError, Mortal


async def pay(preview_id, when):
    settings = Settings.read()
    db, clock = connect(settings), DatabaseClock()
    await refresh_clock(db, clock)
    app = App.over(db, clock, settings)
    mortal = Mortal(app.pay)
    mortal.ends_at("charge_card", when)
    try:
        await take_payment(replace(app, pay=mortal), ObjectId(preview_id))
    except KilledError:
        os.kill(os.getpid(), signal.SIGKILL)


asyncio.run(pay(*sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
async def _the_books_balance(till: Till) -> AsyncIterator[None]:
    yield
    assert await till.differences() == []


async def killed(till: Till, key: ObjectId, call: str, when: When) -> None:
    """Take the payment in a process that is killed at a call of the gateway."""
    with pytest.raises(KilledError):
        await take_payment(till.mortal(call, when).app, key)


async def claimed(till: Till, **more: Any) -> ObjectId:
    key = await till.preview(**more)
    await till.claim(key, till.token())
    return key


async def ordered(till: Till) -> ObjectId:
    """An order that is paid, and that the kitchen has not accepted."""
    await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"autoAcceptOrder": False}})
    key = await till.preview()
    assert (await till.pay(key, till.token())).placed
    return key


async def given_up(till: Till) -> str:
    """The id of a payment that a person wants given back."""
    key = await claimed(till)
    await take_payment(till.app, key)
    done = await voiding.abandon(till.app, key, by="ann", reason="the oven is broken")
    return str(done.payment_id)


def calls(till: Till, path: str) -> int:
    return sum(call["path"].endswith(path) for call in till.merchant.calls())


async def test_killed_after_sent_before_the_call_charges_nobody_and_lets_the_diner_try_again(till: Till) -> None:
    key = await claimed(till)
    await killed(till, key, "charge_card", "before")
    await till.time_passes(seconds=20)
    assert await till.states(key) == ["sent"]
    assert not [call for call in till.merchant.calls() if call["method"] == "GET"], "before the deadline nobody looks"
    await till.time_passes(seconds=20)
    assert await till.states(key) == ["unknown"]
    assert (await status.status(till.app, str(key))).status == "CHECKING_PAYMENT"
    await till.minutes_pass(9)
    assert await till.states(key) == ["unknown"]
    await till.minutes_pass(2)
    assert await till.states(key) == ["lost"]
    assert (till.charges(), (await till.checkout(key))["state"]) == (0, "open")
    assert (await till.pay(key, till.token())).placed
    assert (await till.states(key), till.moves()) == (["lost", "ordered"], ["capture"])


async def test_killed_after_the_call_before_recording_is_looked_up_and_becomes_the_order(till: Till) -> None:
    key = await claimed(till)
    await killed(till, key, "charge_card", "after")
    assert (await till.states(key), till.moves()) == (["sent"], ["capture"])
    await till.time_passes(seconds=31)
    await till.time_passes(seconds=10)
    assert await till.states(key) == ["ordered"]
    assert (till.charges(), till.kept_cents()) == (1, 1100)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_process_killed_for_real_in_the_middle_of_a_charge(till: Till, tmp_path: Path, when: When) -> None:
    key = await claimed(till)
    script = tmp_path / "dies.py"
    script.write_text(DIES_WHILE_PAYING)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), str(key), when, cwd=PROJECT, env=environment(till) | {"PYTHONPATH": str(PROJECT)}
    )
    assert await process.wait() == -signal.SIGKILL
    assert (await till.states(key), till.charges()) == (["sent"], 1 if when == "after" else 0)
    await till.minutes_pass(15)
    assert await till.states(key) == ["ordered" if when == "after" else "lost"]
    assert till.moves() == (["capture"] if when == "after" else [])


def environment(till: Till) -> dict[str, str]:
    """The settings of the till's app, for a process of its own."""
    given = {}
    for name, value in till.app.settings.model_dump(exclude_none=True).items():
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        given[name.upper()] = plain if isinstance(plain, str) else json.dumps(plain)
    return given


async def test_approved_and_killed_before_placing_is_placed_by_the_sweeper(till: Till) -> None:
    key = await claimed(till)
    await take_payment(till.app, key)
    assert await till.states(key) == ["approved"]
    await till.time_passes(seconds=6)
    assert (await till.states(key), till.moves()) == (["ordered"], ["capture"])
    assert await till.order(key) is not None


async def test_a_late_approval_of_a_lost_attempt_is_voided_though_the_reconciler_was_killed_before(till: Till) -> None:
    key = await claimed(till)
    await killed(till, key, "charge_card", "after")
    [first] = await till.attempts(key)
    till.gateway.fault(mode="hide", match=first.id)
    await till.minutes_pass(13)
    assert await till.states(key) == ["lost"]
    assert (await till.pay(key, till.token())).placed
    till.gateway.fault(mode="ok", match=first.id)
    till.clock.advance(minutes=5)
    killed_at_the_void = await reconciler.reconcile(till.mortal("void", "before").app)
    assert (killed_at_the_void.failed, await till.states(key)) == (1, ["voiding", "ordered"])
    await till.minutes_pass(2)
    assert await till.states(key) == ["voided", "ordered"]
    assert (till.moves(), till.kept_cents()) == (["capture", "capture", "void"], 1100)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_reconciler_killed_around_the_void_leaves_one_void(till: Till, when: When) -> None:
    payment_id = await given_up(till)
    with pytest.raises(KilledError):
        await returning.return_money(till.mortal("void", when).app, payment_id)
    await till.minutes_pass(2)
    assert till.moves() == ["capture", "void"]
    assert calls(till, "/void") == 1


@pytest.mark.parametrize("mode", ["drop_before", "drop_after", "garble", "error"])
async def test_a_voids_answer_that_is_lost_is_found_out_by_looking(till: Till, mode: str) -> None:
    payment_id = await given_up(till)
    void_id = external_id(f"{payment_id}:void")
    till.gateway.fault(mode=mode, match=f"void {void_id}", times=1)
    await returning.return_money(till.app, payment_id)
    await till.minutes_pass(3)
    [payment] = [one for one in await _all(till) if one["_id"] == payment_id]
    assert (payment["state"], till.moves()) == ("voided", ["capture", "void"])
    assert "needsAttention" not in payment


async def _all(till: Till) -> list[dict[str, Any]]:
    return await till.app.db.payments.find({}).to_list()


@pytest.mark.parametrize("mode", ["drop_after", "garble"])
async def test_a_refunds_answer_that_is_lost_is_looked_up_and_never_asked_for_again(till: Till, mode: str) -> None:
    payment_id = await given_up(till)
    till.gateway.fault(mode="settle", match=payment_id)
    till.gateway.fault(mode=mode, match=f"tokenizedRefund {external_id(f'{payment_id}:refund:1')}", times=1)
    await returning.return_money(till.app, payment_id)
    await till.minutes_pass(3)
    [payment] = await _all(till)
    assert (payment["state"], till.moves(), calls(till, "/tokenizedRefund")) == ("refunded", ["capture", "refund"], 1)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_reconciler_killed_around_the_refund_never_asks_twice(till: Till, when: When) -> None:
    payment_id = await given_up(till)
    till.gateway.fault(mode="settle", match=payment_id)
    with pytest.raises(KilledError):
        await returning.return_money(till.mortal("refund", when).app, payment_id)
    await till.minutes_pass(15)
    [payment] = await _all(till)
    if when == "after":
        assert (payment["state"], till.moves()) == ("refunded", ["capture", "refund"])
    else:
        assert (payment["state"], till.moves()) == ("refunding", ["capture"])
        assert "not asked twice" in payment["needsAttention"]
    assert calls(till, "/tokenizedRefund") == (1 if when == "after" else 0)


async def test_a_refund_not_found_for_ten_minutes_needs_a_person_and_never_a_second_call(till: Till) -> None:
    payment_id = await given_up(till)
    till.gateway.fault(mode="settle", match=payment_id)
    refund_id = external_id(f"{payment_id}:refund:1")
    till.gateway.fault(mode="drop_before", match=f"tokenizedRefund {refund_id}", times=1)
    await returning.return_money(till.app, payment_id)
    await till.minutes_pass(9)
    assert "needsAttention" not in (await _all(till))[0]
    await till.minutes_pass(60)
    [payment] = await _all(till)
    assert (payment["state"], payment["refunds"][0]["state"]) == ("refunding", "unknown")
    assert "not asked twice" in payment["needsAttention"]
    assert (calls(till, "/tokenizedRefund"), till.moves()) == (1, ["capture"])


async def test_an_intent_found_after_an_hours_outage_is_cancelled_and_not_charged(till: Till) -> None:
    key = await claimed(till)
    [token_was_sealed] = await till.attempts(key)
    assert token_was_sealed.sealed_token is not None
    await till.time_passes(hours=1)
    [payment] = await till.attempts(key)
    assert (payment.state, payment.sealed_token, till.charges()) == ("cancelled", None, 0)
    checkout = await till.checkout(key)
    assert (checkout["state"], checkout["refusal"]["code"]) == ("open", "PAYMENT_CANCELLED")
    assert (await till.pay(key, till.token())).placed
    assert till.moves() == ["capture"]


async def test_a_lost_answer_and_the_same_token_after_minutes_is_the_same_order(till: Till) -> None:
    key, token = await till.preview(), till.token()
    first = await till.pay(key, token)
    await till.minutes_pass(40)
    assert await till.pay(key, token) == first
    assert till.moves() == ["capture"]


async def test_what_never_reached_the_gateway_is_told_when_it_is_known(till: Till) -> None:
    key, token = await till.preview(), till.token(DROPS_BEFORE)
    assert (await till.pay(key, token, wait=False)).pending
    await till.minutes_pass(13)
    told = await till.pay(key, token)
    assert (told.placed, told.code, told.result_status, told.result_message) == (
        False,
        "PAYMENT_LOST",
        "false",
        "Decline",
    )


async def test_a_cancel_whose_reconciler_was_killed_gives_back_once(till: Till) -> None:
    key = await ordered(till)
    await cancelling.cancel(till.app, str(key), request_id="r")
    assert (await reconciler.reconcile(till.mortal("void", "after").app)).failed == 1
    await till.minutes_pass(2)
    assert (await till.states(key), till.moves()) == (["voided"], ["capture", "void"])
