"""Only the gateway's word ends a payment: what it says late, wrongly, or not at all (rules 4 and 10)."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from shared.clock import DatabaseClock
from shared.domain.tips import Tip
from shared.errors import Problem
from shared.ids import external_id
from shared.integrations.emergepay.client import EmergePay
from shared.memory.slots import Memory
from shared.services.ordering import paid
from shared.services.ordering.steps import take_payment
from shared.services.orders import cancelling, status
from shared.services.paying import charging, returning, tokens
from shared.services.support import voiding
from shared.services.upkeep import reconciler
from shared.store import payments
from shared.store.mongo.client import refresh_clock
from tests.integration.scripted_gateway import answers, serving
from tests.integration.till import ANSWERS_500, CHARGES_LATE, DROPS_AFTER, DROPS_BEFORE, HIDES, STALLS, Till
from tests.patience import wait_until


async def claimed(till: Till, card: str = "4111111111111111", **more: Any) -> ObjectId:
    key = await till.preview()
    await till.claim(key, till.token(card, **more))
    return key


async def given_up(till: Till) -> str:
    """The id of an approved payment that a person wants given back."""
    key = await claimed(till)
    await take_payment(till.app, key)
    done = await voiding.abandon(till.app, key, by="ann", reason="the oven is broken")
    return str(done.payment_id)


async def stored(till: Till, payment_id: str) -> dict[str, Any]:
    found = await till.app.db.payments.find_one({"_id": payment_id})
    assert found is not None
    return dict(found)


@pytest.mark.parametrize("card", [DROPS_AFTER, HIDES])
async def test_an_answer_that_is_lost_is_unknown_then_approved_and_the_order(till: Till, card: str) -> None:
    key = await claimed(till, card, seconds=0.1)
    await take_payment(till.app, key)
    assert await till.states(key) == ["unknown"]
    time.sleep(0.1)
    for _ in range(4):
        await till.time_passes(seconds=10)
    assert (await till.states(key), till.moves(), till.charges()) == (["ordered"], ["capture"], 1)
    assert await till.differences() == []


@pytest.mark.parametrize("card", [ANSWERS_500, DROPS_BEFORE, STALLS])
async def test_what_was_not_charged_is_lost_after_ten_minutes_and_not_before(till: Till, card: str) -> None:
    key = await claimed(till, card, seconds=0.1)
    await take_payment(till.app, key)
    assert await till.states(key) == ["unknown"]
    await till.minutes_pass(10)
    assert (await till.states(key), (await till.checkout(key))["state"]) == (["unknown"], "claimed")
    await till.minutes_pass(2)
    assert (await till.states(key), (await till.checkout(key))["state"]) == (["lost"], "open")
    assert (await status.status(till.app, str(key))).status == "OPEN"
    assert (await till.pay(key, till.token())).placed
    assert (till.moves(), await till.differences()) == (["capture"], [])


async def test_not_found_for_ten_minutes_then_lost_then_approved_after_all_goes_back(till: Till) -> None:
    key = await claimed(till, DROPS_AFTER)
    [payment] = await till.attempts(key)
    till.gateway.fault(mode="hide", match=payment.id)
    await take_payment(till.app, key)
    await till.minutes_pass(13)
    assert await till.states(key) == ["lost"]
    for _ in range(6):
        await till.time_passes(days=1)
    assert await till.states(key) == ["lost"]
    till.gateway.fault(mode="ok", match=payment.id)
    await till.time_passes(hours=2)
    await till.time_passes(minutes=2)
    assert (await till.states(key), till.moves(), till.kept_cents()) == (["voided"], ["capture", "void"], 0)
    assert await till.differences() == []


async def test_a_charge_that_arrives_after_the_diner_paid_again_goes_back(hasty: Till) -> None:
    key = await claimed(hasty, CHARGES_LATE, seconds=600)
    [payment] = await hasty.attempts(key)
    await take_payment(hasty.app, key)
    await hasty.minutes_pass(13)
    assert await hasty.states(key) == ["lost"]
    assert (await hasty.pay(key, hasty.token())).placed
    hasty.gateway.fault(mode="ok", match=payment.id)
    wait_until(lambda: len(hasty.moves()) == 2, "it was not charged late")
    await hasty.minutes_pass(10)
    assert await hasty.states(key) == ["voided", "ordered"]
    assert (sorted(hasty.moves()), hasty.kept_cents()) == (["capture", "capture", "void"], 1100)
    assert await hasty.differences() == []


async def test_a_lost_payment_is_looked_up_for_seven_days_and_then_let_rest(till: Till) -> None:
    key = await claimed(till, DROPS_BEFORE)
    await take_payment(till.app, key)
    await till.minutes_pass(13)
    for _ in range(8):
        await till.time_passes(days=1)
    [payment] = await till.attempts(key)
    assert (payment.state, payment.next_look_at, payment.needs_attention) == ("lost", None, None)


async def test_what_is_settled_is_refunded_and_not_voided(till: Till) -> None:
    payment_id = await given_up(till)
    till.gateway.fault(mode="settle", match=payment_id)
    await returning.return_money(till.app, payment_id)
    payment = await stored(till, payment_id)
    assert (payment["state"], payment["refunds"][0]["amountCents"], till.moves()) == (
        "refunded",
        1100,
        ["capture", "refund"],
    )
    assert await till.differences() == []


class ReachedForAllBut:
    """The gateway, which one kind of call does not reach: nobody listens where it goes."""

    def __init__(self, till: Till, call: str) -> None:
        away = till.app.settings.model_copy(update={"emergepay_environment_url": "http://gateway.invalid/v1"})
        self._calls = {call: EmergePay(away)}
        self._others = till.app.pay

    def __getattr__(self, name: str) -> Any:
        return getattr(self._calls.get(name, self._others), name)


async def test_a_refund_that_never_left_is_owed_and_sent_again_under_another_number(till: Till) -> None:
    payment_id = await given_up(till)
    till.gateway.fault(mode="settle", match=payment_id)
    await returning.return_money(replace(till.app, pay=ReachedForAllBut(till, "refund")), payment_id)
    payment = await stored(till, payment_id)
    assert (payment["state"], [one["state"] for one in payment["refunds"]]) == ("refunding", ["owed"])
    assert till.moves() == ["capture"]
    assert await till.differences() == []
    await till.minutes_pass(3)
    payment = await stored(till, payment_id)
    assert (payment["state"], payment.get("needsAttention"), till.moves()) == ("refunded", None, ["capture", "refund"])
    assert [(one["state"], one["number"]) for one in payment["refunds"]] == [("done", 2)]
    assert await till.differences() == []


async def test_a_void_that_never_left_is_asked_for_again(till: Till) -> None:
    payment_id = await given_up(till)
    await returning.return_money(replace(till.app, pay=ReachedForAllBut(till, "void")), payment_id)
    assert ((await stored(till, payment_id))["state"], till.moves()) == ("voiding", ["capture"])
    await till.minutes_pass(3)
    assert ((await stored(till, payment_id))["state"], till.moves()) == ("voided", ["capture", "void"])


async def test_what_is_void_already_is_not_refunded(till: Till) -> None:
    payment_id = await given_up(till)
    gateway_id = (await stored(till, payment_id))["gatewayId"]
    assert till.merchant.void(gateway_id, "by-hand").json()["transactionResponse"]["resultStatus"] == "true"
    await returning.return_money(till.app, payment_id)
    payment = await stored(till, payment_id)
    assert (payment["state"], payment["refunds"], till.moves()) == ("voided", [], ["capture", "void"])


@pytest.mark.parametrize(("message", "settles"), [("Transaction already settled", True), ("Not today", False)])
async def test_a_void_that_is_refused_is_refunded_only_where_the_gateway_says_settled(
    till: Till, message: str, settles: bool
) -> None:
    payment_id = await given_up(till)
    void = f"void {external_id(payment_id + ':void')}"
    till.gateway.fault(mode="decline", match=void, message=message)
    await returning.return_money(till.app, payment_id)
    payment = await stored(till, payment_id)
    # The gateway's word when it is asked stands above the text of a refusal: it says that the capture is open.
    assert (payment["state"], payment["refunds"], till.moves()) == ("voiding", [], ["capture"])
    assert "refuses to void" in payment["needsAttention"]
    if settles:
        till.gateway.fault(mode="settle", match=payment_id)
    till.gateway.fault(mode="ok", match=void)
    await till.minutes_pass(16)
    payment = await stored(till, payment_id)
    assert payment["state"] == ("refunded" if settles else "voided")
    assert "needsAttention" not in payment


async def test_a_refund_that_is_refused_needs_a_person_and_is_not_tried_again(till: Till) -> None:
    payment_id = await given_up(till)
    till.gateway.fault(mode="settle", match=payment_id)
    till.gateway.fault(mode="decline", match="tokenizedRefund", times=1)
    await returning.return_money(till.app, payment_id)
    await till.minutes_pass(40)
    payment = await stored(till, payment_id)
    assert (payment["state"], payment["refunds"][0]["state"], till.moves()) == ("refunding", "declined", ["capture"])
    assert "refuses to refund 1100 cents" in payment["needsAttention"]


@asynccontextmanager
async def captures(till: Till, amount: str) -> Any:
    """The till, with a gateway that captures what it likes."""
    said = {
        "resultStatus": "true",
        "resultMessage": "Approved",
        "uniqueTransId": f"w-{till.world.oid}-{amount}",
        "amountProcessed": amount,
        "transactionStatus": "Open",
        "transactionType": "CreditSale",
    }
    async with serving(answers(200, {"transactionResponse": said})) as gateway:
        settings = till.app.settings.model_copy(update={"emergepay_environment_url": gateway.url})
        pay = EmergePay(settings)
        yield replace(till, app=replace(till.app, pay=pay)), gateway
        await pay.close()


@pytest.mark.parametrize("amount", ["10.99", "110.00", "0.01"])
async def test_a_wrong_amount_that_was_captured_is_no_order_and_needs_a_person(till: Till, amount: str) -> None:
    key = await claimed(till)
    async with captures(till, amount) as (wrong, gateway):
        await take_payment(wrong.app, key)
        [payment] = await till.attempts(key)
        cents = int(amount.replace(".", ""))
        assert (payment.state, payment.captured_cents, payment.amount_cents) == ("approved", cents, 1100)
        assert payment.needs_attention == f"{cents} cents were captured instead of 1100"
        await wrong.minutes_pass(30)
        assert (await till.states(key), await till.order(key)) == (["approved"], None)
        assert (await status.status(till.app, str(key))).status == "CHECKING_PAYMENT"
        assert sum("/checkout/" in heard.target for heard in gateway.heard) == 1
        given = await voiding.abandon(wrong.app, key, by="ann", reason="a wrong sum")
        assert given.payment_state == "voiding"


async def test_a_merchant_who_changed_between_charge_and_look_up_is_asked_about_nothing_and_nothing_is_lost(
    till: Till,
) -> None:
    key = await claimed(till, DROPS_AFTER)
    await take_payment(till.app, key)
    at = {"_id": till.world.location_id}
    other = f"m-{ObjectId()}"
    change = {"payment.oid": other, "payment.auth": f"test-key-{other}"}
    await till.app.db.locations.update_one(at, {"$set": change})
    for _ in range(20):
        await till.time_passes(hours=1)
    [payment] = await till.attempts(key)
    assert payment.state == "unknown"
    assert "credentials" in (payment.needs_attention or "")
    assert not [call for call in till.gateway.received() if f"/orgs/{other}/" in call["path"]]
    back = {"payment.oid": till.world.oid, "payment.auth": f"test-key-{till.world.oid}"}
    await till.app.db.locations.update_one(at, {"$set": back})
    await till.minutes_pass(7)
    [payment] = await till.attempts(key)
    assert (payment.state, payment.needs_attention, till.moves()) == ("ordered", None, ["capture"])


async def test_a_key_that_no_longer_fits_says_nothing_of_a_charge(till: Till) -> None:
    key = await claimed(till, DROPS_AFTER)
    await take_payment(till.app, key)
    at = {"_id": till.world.location_id}
    await till.app.db.locations.update_one(at, {"$set": {"payment.auth": "expired"}})
    await till.minutes_pass(40)
    [payment] = await till.attempts(key)
    assert (payment.state, payment.not_found_since) == ("unknown", None)
    assert payment.needs_attention
    await till.app.db.locations.update_one(at, {"$set": {"payment.auth": f"test-key-{till.world.oid}"}})
    await till.minutes_pass(7)
    assert await till.states(key) == ["ordered"]


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)], ids=["fast", "slow"])
async def test_one_hosts_clock_an_hour_off_loses_no_payment_early(till: Till, off: timedelta) -> None:
    wrong, right = DatabaseClock(datetime.now(UTC) + off), DatabaseClock()
    for clock in (wrong, right):
        await refresh_clock(till.app.db, clock)
    hosts = [replace(till.app, clock=clock, memory=Memory()) for clock in (wrong, right)]
    for first, second in (hosts, hosts[::-1]):
        key = await till.preview()
        how = tokens.by_card(first, till.token(DROPS_BEFORE), Tip())
        assert (await paid.complete(first, str(key), how, request_id="r", wait=False)).pending
        for host in (second, first, second):
            [payment] = await till.attempts(key)
            await charging.look(host, payment, by="driver")
        [payment] = await till.attempts(key)
        assert (payment.state, payment.not_found_since is not None) == ("unknown", True)
        assert payment.next_look_at is not None
        assert abs(payment.next_look_at - right.now()) < timedelta(minutes=1)


async def test_a_diner_whose_payment_went_back_is_told_so_with_the_same_token(till: Till) -> None:
    key, token = await till.preview(), till.token()
    await till.claim(key, token)
    await take_payment(till.app, key)
    await voiding.abandon(till.app, key, by="ann", reason="the oven is broken")
    await reconciler.reconcile(till.app)
    with pytest.raises(Problem) as told:
        await till.pay(key, token)
    assert (told.value.code.code, told.value.code.status) == ("PAYMENT_RETURNED", 410)
    assert till.kept_cents() == 0


async def test_a_void_and_a_cancel_at_the_limit_of_a_day_go_to_where_the_money_is(till: Till) -> None:
    """The capture is settled after the cancel and before the reconciler came."""
    await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"autoAcceptOrder": False}})
    key = await till.preview("soup", "tea")
    assert (await till.pay(key, till.token())).placed
    await cancelling.cancel(till.app, str(key), request_id="r")
    [payment] = await till.attempts(key)
    till.gateway.fault(mode="settle", match=payment.id)
    await till.minutes_pass(1)
    paid_back = await payments.get(till.app.db, payment.id)
    assert paid_back is not None
    assert (paid_back.state, paid_back.kept_cents, till.kept_cents()) == ("refunded", 0, 0)
    assert await till.differences() == []
