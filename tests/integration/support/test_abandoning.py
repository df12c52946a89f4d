"""A person gives up a checkout that cannot become an order: its money goes back, and nothing else is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from shared.app import App
from shared.documents.checkouts import Decision
from shared.services.ordering import giving_up, previewing
from shared.services.ordering.claiming import Asker, claim
from shared.services.ordering.steps import advance, place_order, take_payment
from shared.services.orders import status as order_status
from shared.services.paying.returning import return_money
from shared.services.support import voiding
from shared.services.support.audit.database import audit
from shared.services.support.voiding import Abandoned, CannotAbandonError, abandon
from shared.store import payments
from tests.integration.till import STALLS, Till
from tests.integration.world import World, line_id


async def give_up(till: Till, key: ObjectId) -> Abandoned:
    return await abandon(till.app, key, by="ann", reason="the oven is broken")


async def refused(till: Till, key: ObjectId) -> str:
    with pytest.raises(CannotAbandonError) as caught:
        await give_up(till, key)
    return str(caught.value)


async def approved(till: Till, **more: Any) -> ObjectId:
    """A claimed checkout whose payment is approved, and not ordered yet."""
    key = await till.preview(**more)
    await till.claim(key, till.token())
    await take_payment(till.app, key)
    assert await till.states(key) == ["approved"]
    return key


async def test_an_approved_payment_is_voided_and_the_diner_is_told(till: Till) -> None:
    key = await approved(till)
    done = await give_up(till, key)
    assert (done.payment_state, await till.states(key)) == ("voiding", ["voiding"])
    stored = await till.checkout(key)
    now = till.clock.now()
    assert (stored["state"], stored["nextWakeAt"], stored["purgeAt"]) == ("abandoned", None, now + timedelta(days=30))
    assert "heldLines" not in stored
    assert "cartKey" not in stored
    assert stored["decision"] == {"by": "ann", "reason": "the oven is broken", "at": now}
    preview = await till.app.db.orders_preview.find_one({"_id": key})
    assert preview is not None
    assert preview["purgeAt"] == now + timedelta(days=29)
    status = await order_status.status(till.app, str(key))
    assert (status.status, status.refusal) == (
        "ABANDONED",
        {"code": "PAYMENT_RETURNED", "message": "This order could not be placed, and your payment is given back."},
    )
    await return_money(till.app, str(done.payment_id))
    assert (await till.states(key), till.moves(), till.kept_cents()) == (["voided"], ["capture", "void"], 0)
    assert [step.by for step in (await till.attempts(key))[0].history][-2:] == ["person", "reconciler"]
    assert (await advance(till.app, key)).step is None
    assert await till.order(key) is None
    assert (await audit(till.app.db, till.clock)).listed == []


async def test_an_intent_is_cancelled_and_nothing_was_charged(till: Till) -> None:
    key, token = await till.preview(), till.token()
    await till.claim(key, token)
    assert (await give_up(till, key)).payment_state == "cancelled"
    assert (await till.checkout(key))["refusal"]["code"] == "ABANDONED"
    [payment] = await till.attempts(key)
    assert payment.sealed_token is None
    assert payment.outcome is not None
    again = await till.pay(key, token)
    assert (again.placed, again.result_status, again.result_message) == (False, "false", "Decline")
    assert till.moves() == []


async def test_while_the_charge_is_in_flight_it_is_refused(hasty: Till) -> None:
    key = await hasty.preview()
    await hasty.claim(key, hasty.token(STALLS))
    charging = asyncio.create_task(take_payment(hasty.app, key))
    while await hasty.states(key) != ["sent"]:
        await asyncio.sleep(0.01)
    assert "not known yet" in await refused(hasty, key)
    await charging
    assert await hasty.states(key) == ["unknown"]
    assert "not known yet" in await refused(hasty, key)
    assert (await hasty.checkout(key))["state"] == "claimed"


async def test_an_unpaid_claim_is_given_up_too(app: App, world: World) -> None:
    made = await previewing.preview(app, world.request("soup"), request_id="r")
    key = ObjectId(made.preview_order_id)
    await claim(app, key, Asker("r"))
    assert (await abandon(app, key, by="ann", reason="gone")).payment_id is None
    assert (await advance(app, key)).step is None
    assert await app.db.orders.count_documents({}) == 0


async def test_what_is_no_claim_is_refused_with_a_sentence(till: Till) -> None:
    assert "no such checkout" in await refused(till, ObjectId())
    open_one = await till.preview()
    assert "expires by itself" in await refused(till, open_one)
    placed = await till.preview("tea")
    await till.pay(placed, till.token())
    assert "Cancel the order" in await refused(till, placed)
    given_up = await approved(till)
    await give_up(till, given_up)
    assert "abandoned before" in await refused(till, given_up)
    await till.app.db.checkouts.update_one({"_id": open_one}, {"$set": {"state": "expired"}})
    assert "has expired" in await refused(till, open_one)


async def test_of_a_placing_and_twenty_givings_up_at_once_one_wins(till: Till) -> None:
    for _ in range(5):
        key = await approved(till)
        racers = [abandon(till.app, key, by="ann", reason="race") for _ in range(20)]
        done = await asyncio.gather(*racers, place_order(till.app, key), return_exceptions=True)
        won = [one for one in done if isinstance(one, Abandoned)]
        order, [state] = await till.order(key), await till.states(key)
        assert (len(won), order is None, state) in [(1, True, "voiding"), (0, False, "ordered")]
        await return_money(till.app, (await till.attempts(key))[0].id)
    assert (await audit(till.app.db, till.clock)).listed == []


async def test_the_cart_can_be_ordered_again(till: Till) -> None:
    lines = [line_id()]
    key = await approved(till, lines=lines)
    await give_up(till, key)
    again = await till.preview(lines=lines)
    assert again != key
    assert (await till.pay(again, till.token())).placed


async def test_stock_and_campaign_are_given_back(till: Till) -> None:
    menu = {"_id": till.world.menu_id, "items.id": "soup"}
    await till.app.db.menus.update_one(menu, {"$set": {"items.$.dailyStock": 1}})
    key = await approved(till)
    counts = await till.app.db.stock.find({}).to_list()
    assert [count["n"] for count in counts] == [1]
    await give_up(till, key)
    assert [count["n"] for count in await till.app.db.stock.find({}).to_list()] == [0]


async def test_a_decision_about_one_attempt_is_none_about_the_next(till: Till) -> None:
    """The attempt ends and the next begins between the reading and the deciding."""
    key = await approved(till)
    seen, payment, _ = await voiding.foresee(till.app, key)
    assert payment is not None
    decision = Decision(by="ann", reason="late", at=till.clock.now())

    await till.app.db.checkouts.update_one({"_id": key}, {"$set": {"claim.attempt": 2}})
    moved = await giving_up.give_up(till.app, seen, payment, ["voiding"], decision=decision, moved_by="person")
    assert not moved
    found = await payments.get(till.app.db, payment.id)
    assert found is not None
    assert found.state == "approved"
