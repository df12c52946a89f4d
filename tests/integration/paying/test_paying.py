"""Paying over a real MongoDB and a real gateway's stand-in: who is charged, and what the diner hears (contract 14)."""

from __future__ import annotations

import pytest
from bson import ObjectId

from shared.domain.tips import Tip
from shared.errors import Problem
from shared.services.ordering import previewing, unpaid
from shared.services.orders import cancelling
from shared.services.paying import tokens as paying
from shared.services.paying.charging import take_payment
from shared.services.upkeep import reconciler
from tests.integration.till import DECLINES, DOES_NOT_HONOR, EXPIRED, HAS_NOT_ENOUGH, HIDES, Till


async def test_a_paid_preview_becomes_an_order_and_is_charged_once(till: Till) -> None:
    key = await till.preview("soup", "tea")
    done = await till.pay(key, till.token())
    assert (done.placed, done.result_status, done.result_message, done.amount) == (True, "true", "Approved", "16.50")
    assert [(row["kind"], row["amountCents"], row["taxCents"]) for row in till.merchant.rows()] == [
        ("capture", 1650, 150)
    ]
    order = await till.order(key)
    [payment] = await till.attempts(key)
    assert order is not None
    assert order["paymentId"] == payment.id == payment.external_transaction_id
    assert payment.state == "ordered"
    assert [step.state for step in payment.history] == ["intent", "sent", "approved", "ordered"]
    assert payment.sealed_token is None


async def test_the_same_token_again_gets_the_same_order_and_pays_nothing(till: Till) -> None:
    key, token = await till.preview(), till.token()
    first = await till.pay(key, token)
    assert await till.pay(key, token) == first
    assert till.moves() == ["capture"]


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (DECLINES, "Decline"),
        (DOES_NOT_HONOR, "Do not honor"),
        (HAS_NOT_ENOUGH, "Insufficient funds"),
        (EXPIRED, "Decline"),
    ],
)
async def test_a_decline_is_one_of_the_texts_that_clients_know(till: Till, card: str, told: str) -> None:
    key, token = await till.preview(), till.token(card)
    declined = await till.pay(key, token)
    assert (declined.placed, declined.result_status, declined.result_message) == (False, "false", told)
    assert declined.code == "PAYMENT_DECLINED"
    assert await till.pay(key, token) == declined
    checkout = await till.checkout(key)
    assert (checkout["state"], checkout["refusal"]["attempt"], checkout["refusal"]["code"]) == (
        "open",
        1,
        "PAYMENT_DECLINED",
    )
    assert "heldLines" not in checkout
    assert till.moves() == []


async def test_after_a_decline_another_card_pays(till: Till) -> None:
    key = await till.preview()
    assert not (await till.pay(key, till.token(DECLINES))).placed
    assert (await till.pay(key, till.token())).placed
    assert await till.states(key) == ["declined", "ordered"]
    assert till.kept_cents() == 1100


async def test_five_attempts_are_all_there_are(till: Till) -> None:
    key = await till.preview()
    for _ in range(5):
        assert not (await till.pay(key, till.token(DECLINES))).placed
    with pytest.raises(Problem) as refused:
        await till.pay(key, till.token())
    assert refused.value.code.code == "PREVIEW_EXPIRED"
    assert (await till.checkout(key))["state"] == "expired"
    assert till.moves() == []


@pytest.mark.parametrize("next_thing", ["the sweeper", "the same cart again"])
async def test_killed_after_the_fifth_decline_and_before_it_is_closed(till: Till, next_thing: str) -> None:
    cart = till.world.request("soup")
    key = ObjectId((await previewing.preview(till.app, cart, request_id="r")).preview_order_id)
    for _ in range(5):
        await till.claim(key, till.token(DECLINES))
        await take_payment(till.app, key)
    assert (await till.checkout(key))["state"] == "open"
    if next_thing == "the sweeper":
        await till.time_passes(seconds=11)
        await till.time_passes(seconds=11)
    else:
        assert (await previewing.preview(till.app, cart, request_id="r")).preview_order_id != str(key)
    assert (await till.checkout(key))["state"] == "expired"


async def test_a_tip_is_charged_with_the_order_and_stands_apart_from_its_total(till: Till) -> None:
    key = await till.preview("soup", "tea")
    done = await till.pay(key, till.token(), tip=Tip(percent=18))
    assert done.amount == "19.20"
    [row] = till.merchant.rows()
    assert (row["amountCents"], row["tipCents"], row["taxCents"]) == (1920, 270, 150)
    order = await till.order(key)
    assert order is not None
    assert (order["totalPriceCents"], order["tipCents"]) == (1650, 270)


async def test_a_tip_beyond_all_measure_is_refused_by_its_field(till: Till) -> None:
    key = await till.preview()
    with pytest.raises(Problem) as refused:
        await till.pay(key, till.token(), tip=Tip(cents=2_001))
    assert refused.value.detail[0]["field"] == "tipCents"
    assert (await till.checkout(key))["state"] == "open"


async def test_what_must_be_paid_cannot_be_placed_without(till: Till) -> None:
    key = await till.preview()
    with pytest.raises(Problem) as refused:
        await unpaid.place_without_payment(till.app, str(key), request_id="r")
    assert refused.value.code.code == "PAYMENT_REQUIRED"


async def test_a_token_pays_for_one_preview_only(till: Till) -> None:
    token = till.token()
    assert (await till.pay(await till.preview(), token)).placed
    with pytest.raises(Problem) as refused:
        await till.pay(await till.preview("tea"), token)
    assert refused.value.code.code == "TOKEN_USED"
    assert till.moves() == ["capture"]


async def test_a_card_is_entered_for_the_merchant_who_is_paid(till: Till) -> None:
    key = await till.preview()
    token = await paying.start(till.app, till.world.restaurant_id, str(key))
    assert (await till.pay(key, token)).placed


async def test_a_cancelled_order_gives_its_money_back(till: Till) -> None:
    await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"autoAcceptOrder": False}})
    key = await till.preview()
    token = till.token()
    paid = await till.pay(key, token)
    cancelled = await cancelling.cancel(till.app, str(key), request_id="r")
    assert cancelled.status == "CANCELLED"
    assert await till.states(key) == ["voiding"]
    assert (await reconciler.reconcile(till.app)).given_back == 1
    assert await till.states(key) == ["voided"]
    assert till.moves() == ["capture", "void"]
    # Whoever lost the first answer still hears of this order, whose page says that it is off.
    assert await till.pay(key, token) == paid
    assert till.kept_cents() == 0


async def test_who_asks_again_hears_of_the_payment_that_paid_not_of_one_that_is_given_back(till: Till) -> None:
    key, first, second = await till.preview(), till.token(HIDES, seconds=0.5), till.token()
    assert (await till.pay(key, first, tip=Tip(cents=200), wait=False)).pending
    [given_up] = await till.attempts(key)
    till.gateway.fault(mode="hide", match=given_up.id)
    await till.minutes_pass(13)
    paid = await till.pay(key, second)
    till.gateway.fault(mode="ok", match=given_up.id)
    for _ in range(90):
        if await till.states(key) == ["voided", "ordered"]:
            break
        await till.minutes_pass(1)
    assert paid.amount == "11.00"
    assert await till.pay(key, first) == await till.pay(key, second) == paid


async def test_what_is_settled_is_refunded_once(till: Till) -> None:
    await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"autoAcceptOrder": False}})
    key = await till.preview()
    await till.pay(key, till.token())
    [payment] = await till.attempts(key)
    till.gateway.fault(mode="settle", match=payment.id)
    await cancelling.cancel(till.app, str(key), request_id="r")
    await reconciler.reconcile(till.app)
    assert await till.states(key) == ["refunded"]
    assert till.moves() == ["capture", "refund"]
