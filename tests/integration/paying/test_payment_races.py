"""Many who pay, give up, expire and refund at once: one charge, one order, one refund (rules 10)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

import functions.diner.payments  # noqa: F401 - puts its routes into the table
from shared.domain.checkout_states import EXPIRY_GRACE
from shared.errors import Problem
from shared.services.menu import catalog
from shared.services.ordering import steps
from shared.services.ordering.paid import Completion
from shared.services.ordering.steps import take_payment
from shared.services.orders import status as order_status
from shared.services.paying import returning
from shared.services.support import voiding
from shared.services.upkeep import reconciler, sweeper
from shared.store import payments
from shared.web.routes import ROUTES
from tests.integration.till import APPROVES, DECLINES, DROPS_AFTER, KilledError, Till
from tests.web_calls import content, request

ROUNDS = 20


@pytest.fixture(autouse=True)
async def _the_books_balance(till: Till) -> AsyncIterator[None]:
    yield
    assert await till.differences() == []


async def told(asked: Any) -> str:
    """What a diner hears: the order's id, the gateway's no, or a refusal's code."""
    try:
        done: Completion = await asked
    except Problem as problem:
        return problem.code.code
    return str(done.order_id) if done.placed else str(done.code)


async def post(till: Till, route: str, body: dict[str, Any]) -> tuple[int, Any]:
    answer = await ROUTES.named(f"payments_{route}").handle(request("POST", "/x", body), app=till.app)
    return answer.status_code, content(answer)


async def test_two_tokens_at_once_are_one_charge(till: Till) -> None:
    for _ in range(5):
        key = await till.preview()
        tokens = [till.token(), till.token()]
        heard = await asyncio.gather(*(told(till.pay(key, token)) for token in tokens))
        assert str(key) in heard
        assert set(heard) <= {str(key), "PAYMENT_PENDING"}
        assert [await told(till.pay(key, token)) for token in tokens] == [str(key)] * 2
        assert await till.states(key) == ["ordered"]
    assert (till.moves(), till.charges()) == (["capture"] * 5, 5)


async def test_the_same_token_twice_at_once_is_one_charge_and_one_answer(till: Till) -> None:
    key, token = await till.preview(), till.token()
    first, second = await asyncio.gather(till.pay(key, token), till.pay(key, token))
    assert first == second
    assert (first.placed, till.moves(), till.charges()) == (True, ["capture"], 1)


async def test_the_same_token_for_two_previews_at_once_pays_for_one(till: Till) -> None:
    token = till.token()
    heard = await asyncio.gather(*[told(till.pay(key, token)) for key in [await till.preview() for _ in range(5)]])
    assert heard.count("TOKEN_USED") == 4
    assert till.charges() == 1


@pytest.mark.parametrize("card", [APPROVES, DECLINES])
async def test_twenty_at_once_over_three_routes_are_charged_once(till: Till, card: str) -> None:
    key = await till.preview("soup", "tea")
    body = {"previewOrderId": str(key)}
    same = till.token(card)
    asked = [
        *(("complete_transaction", body | {"transactionToken": same}) for _ in range(6)),
        *(("complete_transaction", body | {"transactionToken": till.token(card)}) for _ in range(3)),
        *(
            ("complete_wallet_transaction", body | {"transactionDetails": {"type": "a", "token": {"data": card}}})
            for _ in range(6)
        ),
        *(("place_order_without_payment", body) for _ in range(5)),
    ]
    answers = await asyncio.gather(*(post(till, route, sent) for route, sent in asked))
    heard = {(status, said.get("code"), said.get("orderId")) for status, said in answers}
    order = str(key)
    if card == APPROVES:
        assert heard <= {(200, None, order), (503, "PAYMENT_PENDING", order), (402, "PAYMENT_REQUIRED", None)}
        assert (200, None, order) in heard
        assert (till.charges(), till.moves(), till.kept_cents()) == (1, ["capture"], 1650)
        # Now everybody hears of the one order, with whatever they come.
        answers = await asyncio.gather(*(post(till, route, sent) for route, sent in asked))
        assert {(status, said["orderId"]) for status, said in answers} == {(200, order)}
    else:
        assert heard <= {
            (200, None, ""),
            (503, "PAYMENT_PENDING", order),
            (402, "PAYMENT_REQUIRED", None),
            (410, "PREVIEW_EXPIRED", None),
        }
        assert (till.moves(), await till.order(key)) == ([], None)
        assert len({payment.token_hash for payment in await till.attempts(key)}) == till.charges() <= 5


async def test_attempt_1_declined_and_2_running_each_is_told_his_own(till: Till) -> None:
    key, first, second = await till.preview(), till.token(DECLINES), till.token(DROPS_AFTER)
    declined = await till.pay(key, first)
    assert declined.code == "PAYMENT_DECLINED"
    await till.claim(key, second)
    for _ in range(2):
        assert await till.pay(key, first) == declined
        with pytest.raises(Problem) as pending:
            await till.pay(key, till.token())
        assert (pending.value.code.code, pending.value.extra) == ("PAYMENT_PENDING", {"orderId": str(key)})
        assert pending.value.retry_after
        assert (await till.pay(key, second, wait=False)).pending
        status = await order_status.status(till.app, str(key))
        assert status.status == "CHECKING_PAYMENT"
        assert await till.states(key) == ["declined", "unknown"]
    await till.time_passes(seconds=5)
    assert (await till.pay(key, second)).placed
    # Once there is an order, it is the answer, whatever one paid with.
    assert (await till.pay(key, first)).order_id == key
    assert (await till.states(key), till.charges(), till.moves()) == (["declined", "ordered"], 2, ["capture"])


async def test_twenty_who_take_the_payment_at_once_charge_once(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await asyncio.gather(*(take_payment(till.app, key) for _ in range(20)))
    assert (await till.states(key), till.charges()) == (["approved"], 1)


async def test_two_who_see_the_same_decline_reopen_once(till: Till) -> None:
    """A second attempt is running while the decline of the first is recorded again: it is not opened under it."""
    key = await till.preview()
    await till.claim(key, till.token(DECLINES))
    with pytest.raises(KilledError):
        await take_payment(till.mortal("charge_card", "after").app, key)
    till.clock.advance(seconds=31)
    await asyncio.gather(*(take_payment(till.app, key) for _ in range(10)))
    version = (await till.checkout(key))["version"]
    await till.claim(key, till.token())
    await asyncio.gather(*(take_payment(till.app, key) for _ in range(10)))
    assert (await till.states(key), (await till.checkout(key))["version"]) == (["declined", "approved"], version + 1)


async def test_two_refund_workers_are_one_refund(till: Till) -> None:
    for _ in range(5):
        key = await till.preview()
        await till.claim(key, till.token())
        await take_payment(till.app, key)
        done = await voiding.abandon(till.app, key, by="ann", reason="r")
        assert done.payment_id is not None
        till.gateway.fault(mode="settle", match=done.payment_id)
        work = [returning.return_money(till.app, done.payment_id) for _ in range(6)]
        await asyncio.gather(*work, *(reconciler.reconcile(till.app) for _ in range(2)))
        await till.minutes_pass(2)
        assert await till.states(key) == ["refunded"]
    assert till.moves() == ["capture", "refund"] * 5
    assert sum(call["path"].endswith("/tokenizedRefund") for call in till.merchant.calls()) == 5


async def test_two_refund_workers_who_find_a_decided_refund_are_one_refund(till: Till) -> None:
    """Whoever decided it was killed before the call."""
    for _ in range(5):
        key = await till.preview()
        await till.claim(key, till.token())
        await take_payment(till.app, key)
        await voiding.abandon(till.app, key, by="ann", reason="r")
        [payment] = await till.attempts(key)
        till.gateway.fault(mode="settle", match=payment.id)
        now = till.clock.now()
        decided = {"refunds": [returning.new_refund(payment, 1100, by="reconciler", at=now)]}
        await payments.move(till.app.db, payment, "refunding", at=now, by="reconciler", look_at=now, fields=decided)
        await asyncio.gather(*(returning.return_money(till.app, payment.id) for _ in range(8)))
        assert await till.states(key) == ["refunded"]
    assert till.moves() == ["capture", "refund"] * 5
    assert sum(call["path"].endswith("/tokenizedRefund") for call in till.merchant.calls()) == 5


async def test_a_persons_void_while_the_charge_begins_is_one_or_the_other(till: Till) -> None:
    ends = set()
    for _ in range(ROUNDS):
        key = await till.preview()
        await till.claim(key, till.token())
        given_up, _ = await asyncio.gather(
            voiding.abandon(till.app, key, by="ann", reason="r"),
            take_payment(till.app, key),
            return_exceptions=True,
        )
        refused = isinstance(given_up, voiding.CannotAbandonError)
        await till.minutes_pass(2)
        ends.add((refused, *await till.states(key), (await till.checkout(key))["state"]))
    assert ends <= {(True, "ordered", "placed"), (False, "cancelled", "abandoned"), (False, "voided", "abandoned")}
    assert till.kept_cents() == 1100 * sum([one async for one in counted(till)])


async def counted(till: Till) -> AsyncIterator[int]:
    async for _ in till.app.db.orders.find({"status": {"$ne": "CANCELLED"}}):
        yield 1


async def test_a_persons_void_and_the_placing_at_once_are_one_or_the_other(till: Till) -> None:
    for _ in range(ROUNDS):
        key = await till.preview()
        await till.claim(key, till.token())
        await take_payment(till.app, key)
        await asyncio.gather(
            voiding.abandon(till.app, key, by="ann", reason="r"),
            steps.place_order(till.app, key),
            return_exceptions=True,
        )
        await till.minutes_pass(1)
        state = (await till.checkout(key))["state"]
        assert (state, await till.states(key)) in [("placed", ["ordered"]), ("abandoned", ["voided"])]
        assert (await till.order(key) is not None) == (state == "placed")


async def test_expiry_in_the_same_second_as_a_paying_claim_is_one_or_the_other_a_hundred_times(till: Till) -> None:
    keys = [await till.preview() for _ in range(100)]
    till.clock.advance(minutes=30)
    till.clock.moment += EXPIRY_GRACE + timedelta(milliseconds=1)
    tokens = dict(zip(keys, [till.token() for _ in keys], strict=True))

    async def both(number: int, key: ObjectId) -> str:
        pay, expire = told(till.pay(key, tokens[key])), steps.expire(till.app, key)
        # Now the one begins a little sooner, now the other.
        first, second = (pay, expire) if number % 2 else (expire, pay)
        ends = await asyncio.gather(first, second)
        return str(ends[0] if number % 2 else ends[1])

    heard = []
    for start in range(0, 100, 10):
        pairs = list(enumerate(keys))[start : start + 10]
        heard += await asyncio.gather(*(both(number, key) for number, key in pairs))
    paid = [key for key, said in zip(keys, heard, strict=True) if said == str(key)]
    assert {said for said in heard if not ObjectId.is_valid(said)} <= {"PREVIEW_EXPIRED"}
    assert till.moves() == ["capture"] * len(paid)
    assert till.kept_cents() == 1100 * len(paid)
    for key, said in zip(keys, heard, strict=True):
        state = (await till.checkout(key))["state"]
        assert (state, await till.states(key)) == (("placed", ["ordered"]) if said == str(key) else ("expired", []))


async def test_purge_never_touches_an_unfinished_payment(till: Till) -> None:
    async def purged(key: ObjectId) -> bool:
        kept = await till.app.db.orders_preview.find_one({"_id": key})
        assert kept is not None
        return "purgeAt" in await till.checkout(key) or "purgeAt" in kept

    key = await till.preview()
    await till.claim(key, till.token())
    till.gateway.fault(mode="drop_before", match=f"/{till.world.oid}/")
    await take_payment(till.app, key)
    for _ in range(30):
        await till.time_passes(hours=1)
        assert await till.states(key) == ["unknown"], "nobody can be asked"
        assert not await purged(key)
    assert (await till.attempts(key))[0].needs_attention
    till.gateway.fault(mode="ok", match=f"/{till.world.oid}/")
    await till.minutes_pass(15)
    [lost] = await till.attempts(key)
    assert (lost.state, lost.needs_attention) == ("lost", None)
    assert not await purged(key)
    await till.time_passes(minutes=11)
    assert (await till.checkout(key))["state"] == "expired"
    assert await purged(key)


async def test_a_menu_that_changes_between_preview_and_payment_is_refused_before_any_money_moves(till: Till) -> None:
    key = await till.preview()
    await _price(till, 1200)
    catalog.forget(till.app, till.world.restaurant_id, till.world.location_id)
    with pytest.raises(Problem) as refused:
        await till.pay(key, till.token())
    assert refused.value.code.code == "PREVIEW_STALE"
    assert refused.value.extra["preview"]["totalPriceCents"] == 1320
    assert (till.charges(), await till.attempts(key)) == (0, [])


async def test_a_menu_that_changes_while_one_pays_is_the_quoted_sum_or_a_refusal(till: Till) -> None:
    price = 1000
    for number in range(ROUNDS):
        catalog.forget(till.app, till.world.restaurant_id, till.world.location_id)
        key, token = await till.preview(), till.token()
        quoted = (await till.app.db.orders_preview.find_one({"_id": key}) or {})["totalPriceCents"]
        assert quoted == price * 11 // 10
        price = 1000 + 10 * (number + 1)

        async def edit(cents: int = price) -> None:
            await _price(till, cents)
            catalog.forget(till.app, till.world.restaurant_id, till.world.location_id)

        before = len(till.merchant.rows())
        heard, _ = await asyncio.gather(told(till.pay(key, token)), edit())
        rows = till.merchant.rows()[before:]
        if heard == str(key):
            assert [row["amountCents"] for row in rows] == [quoted]
            assert (await till.order(key) or {})["totalPriceCents"] == quoted
        else:
            assert (heard, rows, await till.attempts(key)) == ("PREVIEW_STALE", [], [])


async def _price(till: Till, cents: int) -> None:
    query = {"_id": till.world.menu_id, "items.id": "soup"}
    await till.app.db.menus.update_one(query, {"$set": {"items.$.priceCents": cents}})


async def test_two_sweepers_and_two_reconcilers_charge_and_give_back_once(till: Till) -> None:
    keys = [await till.preview() for _ in range(10)]
    for key in keys:
        await till.claim(key, till.token())
    for _ in range(3):
        till.clock.advance(seconds=30)
        runs = [work for _ in range(2) for work in (sweeper.sweep(till.app), reconciler.reconcile(till.app))]
        await asyncio.gather(*runs)
    assert {state for key in keys for state in await till.states(key)} == {"ordered"}
    assert (till.charges(), till.moves()) == (10, ["capture"] * 10)
