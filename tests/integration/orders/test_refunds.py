"""Staff give money back: what was asked for, once, and never more than was taken (rules 14)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from shared.domain.tips import Tip
from shared.integrations.pay import Merchant, Pay, Sale
from shared.services.orders import status
from shared.services.support import attention
from tests.integration.counter import Counter
from tests.integration.till import Till


@pytest.fixture
async def manager(till: Till) -> Counter:
    return await Counter.of(till)


def states(payment: Any) -> list[str]:
    return [one.state for one in payment.refunds]


async def test_a_dish_is_owed_until_the_capture_is_settled_and_then_goes_back_once(manager: Counter) -> None:
    till = manager.till
    key, [soup, _] = await manager.order("soup", "tea", tip=Tip(200, None))
    status, said = await manager.refund(key, soup)
    assert (status, said["data"]["amountCents"], said["data"]["tipCents"], said["data"]["leftCents"]) == (
        200,
        1100,
        0,
        750,
    )
    assert (await manager.payment(key)).state == "refunding"
    for _ in range(3):
        await till.time_passes(minutes=15)
    assert (till.moves(), states(await manager.payment(key))) == (["capture"], ["owed"])
    await manager.settle(key)
    for _ in range(3):
        await till.time_passes(minutes=15)
    payment = await manager.payment(key)
    assert (payment.state, states(payment), till.moves()) == ("part_refunded", ["done"], ["capture", "refund"])
    assert till.kept_cents() == 750
    order = await manager.stored(key)
    assert (order["refundedCents"], order["refunds"][0]["units"]) == (1100, [soup])
    assert (await manager.kinds(key))[-1] == "refunded"
    assert await till.differences() == []


async def test_the_diners_bill_has_the_tip_and_says_which_units_are_given_back(manager: Counter) -> None:
    key, [soup, _] = await manager.order("soup", "tea", tip=Tip(200, None))
    before = (await status.public_order(manager.till.app, str(key))).model_dump(by_alias=True)
    assert (before["totalPriceCents"], before["tipCents"]) == (before["subtotalCents"] + before["taxCents"], 200)
    assert "refundedItemIds" not in before
    assert (await manager.refund(key, soup))[0] == 200
    after = await status.public_order(manager.till.app, str(key))
    assert (after.refunded_item_ids, after.refunded_cents) == ([soup], 1100)


async def test_the_whole_of_an_open_capture_is_a_void_with_its_tip(manager: Counter) -> None:
    till = manager.till
    key, _ = await manager.order("soup", tip=Tip(200, None))
    status, said = await manager.refund(key)
    assert (status, said["data"]["amountCents"], said["data"]["tipCents"]) == (200, 1300, 200)
    await till.time_passes(minutes=1)
    assert (till.moves(), till.kept_cents()) == (["capture", "void"], 0)
    assert (await manager.refund(key))[1]["leftCents"] == 0
    assert await till.differences() == []


async def test_more_than_is_left_is_refused_and_says_what_is(manager: Counter) -> None:
    key, [soup, tea] = await manager.order("soup", "tea", tip=Tip(200, None))
    status, said = await manager.refund(key, amountCents=1651)
    assert (status, said["code"], said["leftCents"], said["leftTipCents"]) == (409, "REFUND_TOO_LARGE", 1650, 200)
    assert (await manager.refund(key, amountCents=1000))[0] == 200
    status, said = await manager.refund(key, soup)
    assert (status, said["code"], said["leftCents"]) == (409, "REFUND_TOO_LARGE", 650)
    status, said = await manager.refund(key, tea, tip=True)
    assert (status, said["data"]["amountCents"], said["data"]["leftCents"]) == (200, 750, 100)
    status, said = await manager.refund(key, tea)
    assert (status, said["code"], said["itemIds"]) == (409, "LINE_REFUNDED", [tea])
    status, said = await manager.refund(key, "f" * 24)
    assert (status, said["detail"][0]["field"]) == (400, "lines.0.itemId")
    assert (await manager.refund(key, soup, amountCents=5))[0] == 400
    assert (await manager.refund(ObjectId(), soup))[0] == 404
    assert (await manager.stored(key))["refundedCents"] == 1750


async def test_a_dish_that_was_free_is_refused_as_one_that_nothing_was_paid_for(manager: Counter) -> None:
    world = manager.till.world
    await manager.till.app.db.menus.update_one(
        {"_id": world.menu_id, "items.id": "tea"}, {"$set": {"items.$.priceCents": 0}}
    )
    key, [soup, tea] = await manager.order("soup", "tea")
    status, said = await manager.refund(key, tea)
    assert (status, said["code"], said["leftCents"]) == (409, "REFUND_TOO_LARGE", 1100)
    assert said["message"] == "Nothing was paid for this, so there is nothing to give back."
    assert (await manager.refund(key, soup, tea))[1]["data"]["amountCents"] == 1100


async def test_a_key_is_needed_and_answers_alike_for_a_day_and_for_ever_where_money_went_back(
    manager: Counter,
) -> None:
    till = manager.till
    key, [soup, tea] = await manager.order("soup", "tea")
    assert (await manager.refund(key, soup, sent=None))[1]["detail"][0]["field"] == "Idempotency-Key"
    first = await manager.refund(key, soup, sent="one")
    assert first[0] == 200
    assert await manager.refund(key, soup, sent="one") == first
    status, said = await manager.refund(key, tea, sent="one")
    assert (status, said["code"]) == (409, "KEY_REUSED")
    # A body that cannot be read is an answer, too.
    refused = await manager.refund(key, tea, sent="bad", amount="5")
    assert (refused[0], (await manager.refund(key, tea, sent="bad"))[1]["code"]) == (400, "KEY_REUSED")
    assert (await manager.refund(key, tea, sent="bad", amount="5"))[1]["detail"] == refused[1]["detail"]
    # What is purged after a day is still known by the refund itself.
    await till.app.db.request_keys.delete_many({})
    assert await manager.refund(key, soup, sent="one") == first
    assert (await manager.stored(key))["refundedCents"] == 1100
    # A refusal that may be another the next time is not kept.
    assert (await manager.refund(key, soup, sent="two"))[0] == 409
    assert await till.app.db.request_keys.find_one({"state": "running"}) is None


async def test_a_key_gives_back_once_however_the_orders_id_is_written(manager: Counter) -> None:
    key, _ = await manager.order("soup", "tea")
    first = await manager.refund(key, sent="one", amountCents=100)
    assert first[0] == 200
    assert await manager.refund(str(key).upper(), sent="one", amountCents=100) == first
    # After a day the refund itself knows the request.
    await manager.till.app.db.request_keys.delete_many({})
    assert await manager.refund(str(key).upper(), sent="one", amountCents=100) == first
    assert (await manager.stored(key))["refundedCents"] == 100


async def test_a_key_of_a_dead_request_is_taken_over_after_a_minute(manager: Counter) -> None:
    till = manager.till
    key, [soup, _] = await manager.order("soup", "tea")
    assert (await manager.refund(key, soup, sent="one"))[0] == 200
    running = {"$set": {"state": "running", "takenAt": till.clock.now()}, "$unset": {"answer": ""}}
    await till.app.db.request_keys.update_one({}, running)
    status, said = await manager.refund(key, soup, sent="one")
    assert (status, said["code"]) == (409, "KEY_RUNNING")
    till.clock.advance(seconds=61)
    said = await asyncio.gather(*(manager.refund(key, soup, sent="one") for _ in range(5)))
    assert {code for code, _ in said} <= {200, 409}
    assert 200 in [code for code, _ in said]
    assert (await manager.stored(key))["refundedCents"] == 1100


@pytest.mark.parametrize("same", [True, False], ids=["one key", "a key each"])
async def test_twenty_at_once_give_a_dish_back_once(manager: Counter, same: bool) -> None:
    till = manager.till
    key, [soup, _] = await manager.order("soup", "tea")
    await manager.settle(key)
    other = await Counter.of(till)
    said = await asyncio.gather(
        *(
            (other if at % 2 and not same else manager).refund(key, soup, sent="k" if same else f"k{at}")
            for at in range(20)
        )
    )
    codes = sorted({(status, answer.get("code")) for status, answer in said}, key=str)
    if same:
        assert codes in ([(200, None)], [(200, None), (409, "KEY_RUNNING")])
    else:
        assert codes == [(200, None), (409, "LINE_REFUNDED")]
        assert [status for status, _ in said].count(200) == 1
    await till.time_passes(minutes=1)
    assert (till.moves(), till.kept_cents()) == (["capture", "refund"], 550)
    assert (await manager.kinds(key)).count("refunded") == 1
    assert await till.differences() == []


async def test_a_cancel_after_the_handover_is_refused_and_a_refund_is_not(manager: Counter) -> None:
    till = manager.till
    key, _ = await manager.order("soup")
    await till.app.db.orders.update_one({"_id": key}, {"$set": {"status": "PICKED_UP"}})
    status, said = await manager.cancel(key)
    assert (status, said["code"], said["status"]) == (409, "ORDER_MOVED", "PICKED_UP")
    assert (await manager.refund(key))[0] == 200


async def test_a_manager_cancels_an_accepted_order_and_all_goes_back(manager: Counter) -> None:
    till = manager.till
    key, [soup, _] = await manager.order("soup", "tea", tip=Tip(100, None))
    assert (await manager.refund(key, soup))[0] == 200
    status, said = await manager.cancel(key)
    assert (status, said["data"]["status"], said["data"]["refundedCents"]) == (200, "CANCELLED", 1750)
    assert (await manager.cancel(key))[1] == said
    await till.time_passes(minutes=1)
    assert (till.moves(), till.kept_cents()) == (["capture", "void"], 0)
    assert (await manager.payment(key)).refunds[0].state == "covered"
    assert await till.differences() == []


async def test_kitchen_and_service_give_nothing_back(till: Till) -> None:
    service = await Counter.of(till, "service")
    key, [soup] = await service.order("soup")
    assert (await service.refund(key, soup))[0] == 403
    assert (await service.cancel(key))[0] == 403


async def test_what_the_older_system_took_is_given_back_by_hand_and_written_down(manager: Counter) -> None:
    till = manager.till
    key, [soup, _] = await manager.order("soup", "tea")
    await till.app.db.payments.delete_many({})
    change = {"$set": {"paymentId": "a-card-token"}, "$unset": {"version": "", "routing": ""}}
    await till.app.db.orders.update_one({"_id": key}, change)
    await till.app.db.order_events.delete_many({})
    assert (await manager.refund(key, soup))[1]["code"] == "REFUND_BY_HAND"
    assert (await manager.cancel(key))[1]["code"] == "REFUND_BY_HAND"
    status, said = await manager.refund(key, soup, byHand=True)
    assert (status, said["data"]["amountCents"], said["data"]["byHand"]) == (200, 1100, True)
    assert "a-card-token" not in str(said)
    status, said = await manager.cancel(key, byHand=True)
    assert (status, said["data"]["refundedCents"]) == (200, 1650)
    order = await manager.stored(key)
    assert (order["version"], [one["byHand"] for one in order["refunds"]]) == (2, [True, True])
    assert await manager.kinds(key) == ["refunded", "cancelled"]


class Silent:
    """The real gateway, which does not say of a capture whether it is settled."""

    def __init__(self, pay: Pay) -> None:
        self._pay = pay

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pay, name)

    async def look_up(self, merchant: Merchant, external_id: str) -> Any:
        found = await self._pay.look_up(merchant, external_id)
        return replace(found, condition="unsaid") if isinstance(found, Sale) else found


async def test_a_gateway_that_names_no_condition_is_asked_for_the_refund_once_a_day(manager: Counter) -> None:
    silent: Any = Silent(manager.till.app.pay)
    till = replace(manager.till, app=replace(manager.till.app, pay=silent))
    key, [soup, _] = await manager.order("soup", "tea")
    assert (await manager.refund(key, soup))[0] == 200
    for hours, number in ((23, None), (2, 1), (20, 1)):
        await till.time_passes(hours=hours)
        [owed] = (await manager.payment(key)).refunds
        assert (owed.state, owed.number) == ("owed", number)
    await manager.settle(key)
    for _ in range(3):
        await till.time_passes(hours=5)
    payment = await manager.payment(key)
    assert (states(payment), payment.refunds[0].number, till.moves()) == (["done"], 2, ["capture", "refund"])
    assert await till.differences() == []


async def test_a_refund_that_is_refused_as_too_early_is_owed_again_under_another_number(manager: Counter) -> None:
    till = manager.till
    key, [soup, _] = await manager.order("soup", "tea")
    assert (await manager.refund(key, soup))[0] == 200
    await manager.settle(key)
    till.gateway.fault(mode="decline", match="tokenizedRefund", times=1, message="Transaction not settled")
    await till.time_passes(minutes=15)
    payment = await manager.payment(key)
    assert (states(payment), payment.refunds[0].number, payment.needs_attention) == (["owed"], 1, None)
    for _ in range(3):
        await till.time_passes(minutes=15)
    payment = await manager.payment(key)
    assert (states(payment), payment.refunds[0].number, till.moves()) == (["done"], 2, ["capture", "refund"])
    assert await till.differences() == []


async def test_a_declined_refund_is_a_persons_and_its_dish_can_be_given_back_again(manager: Counter) -> None:
    till = manager.till
    key, [soup, _] = await manager.order("soup", "tea")
    await manager.settle(key)
    assert (await manager.refund(key, soup))[0] == 200
    till.gateway.fault(mode="decline", match="tokenizedRefund", times=1)
    await till.time_passes(minutes=1)
    payment = await manager.payment(key)
    assert (payment.state, states(payment), payment.needs_attention is not None) == ("ordered", ["declined"], True)
    assert (await manager.stored(key))["refundedCents"] == 0
    assert await till.differences() == []
    assert (await manager.refund(key, soup))[0] == 200
    await till.time_passes(minutes=1)
    assert (till.moves(), till.kept_cents()) == (["capture", "refund"], 550)
    assert (await manager.payment(key)).needs_attention is None
    assert await manager.kinds(key) == ["created", "accepted", "refunded", "refund_declined", "refunded"]
    assert await till.differences() == []


async def test_what_somebody_voids_at_the_gateway_is_all_given_back(manager: Counter) -> None:
    till = manager.till
    key, [soup, _] = await manager.order("soup", "tea")
    assert (await manager.refund(key, soup))[0] == 200
    gateway_id = (await manager.payment(key)).gateway_id
    assert till.merchant.void(gateway_id, "by-hand").json()["transactionResponse"]["resultStatus"] == "true"
    await till.time_passes(minutes=1)
    payment = await manager.payment(key)
    assert (payment.state, states(payment)) == ("voided", ["covered"])
    assert (await manager.stored(key))["refundedCents"] == 1650
    assert await till.differences() == []


async def test_what_is_owed_is_nobodys_for_two_days_and_then_a_persons(manager: Counter) -> None:
    till = manager.till
    key, [soup, _] = await manager.order("soup", "tea")
    till.clock.advance(hours=3)
    assert (await manager.refund(key, soup))[0] == 200
    for hours, needs in ((47, 0), (2, 1)):
        await till.time_passes(hours=hours)
        found = await attention.needing(till.app.db, till.clock)
        assert (found.count, await attention.count(till.app.db, till.clock.now())) == (needs, needs)
    # Once it is sent, it is not late by having been owed for long.
    await manager.settle(key)
    till.gateway.fault(mode="drop_after", match="tokenizedRefund", times=1)
    await till.time_passes(minutes=15)
    assert states(await manager.payment(key)) == ["unknown"]
    for minutes, needs in ((1, 0), (90, 1)):
        till.clock.advance(minutes=minutes)
        found = await attention.needing(till.app.db, till.clock)
        assert (found.count, await attention.count(till.app.db, till.clock.now())) == (needs, needs)
