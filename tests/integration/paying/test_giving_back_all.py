"""Whatever was refunded of an order before, its end gives back all that is left, and no cent more (rules 4, 14)."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from shared.documents.payments import Payment
from shared.services.orders import cancelling
from shared.services.paying import refunding
from shared.services.paying.refunding import Asked
from shared.services.upkeep import reconciler
from shared.store import orders
from shared.store.mongo.client import Session, transaction
from tests.integration.till import Till


async def ordered(till: Till) -> ObjectId:
    """An order of 1650 cents that the kitchen has not accepted, paid by card."""
    await till.app.db.locations.update_one({"_id": till.world.location_id}, {"$set": {"autoAcceptOrder": False}})
    key = await till.preview("soup", "tea")
    assert (await till.pay(key, till.token())).placed
    return key


async def owe(till: Till, key: ObjectId, cents: int) -> None:
    """Promise some cents of the order, with the row that tells of it."""

    async def body(session: Session) -> None:
        order = await orders.get(till.app.db, key, session)
        assert order is not None
        payment = await refunding.paid_with(till.app, order, session)
        assert payment is not None
        asked = Asked(by="user:ann", at=till.clock.now())
        await refunding.owe(till.app, payment, cents, asked, session)
        await refunding.keep(till.app, order, asked, session, cents=cents, tip=0, units=[])

    await transaction(till.app.db, body)


async def cancel(till: Till, key: ObjectId) -> None:
    assert (await cancelling.cancel(till.app, str(key), request_id="r")).status == "CANCELLED"


async def payment_of(till: Till, key: ObjectId) -> Payment:
    [payment] = await till.attempts(key)
    return payment


async def order_of(till: Till, key: ObjectId) -> dict[str, Any]:
    order = await till.order(key)
    assert order is not None
    return order


def states(payment: Payment) -> list[str]:
    return [refund.state for refund in payment.refunds]


async def test_what_is_owed_of_an_open_capture_is_covered_by_the_void_of_the_whole(till: Till) -> None:
    key = await ordered(till)
    await owe(till, key, 500)
    await till.time_passes(minutes=1)
    assert ((await payment_of(till, key)).state, till.moves()) == ("refunding", ["capture"])
    await cancel(till, key)
    payment = await payment_of(till, key)
    assert (payment.state, states(payment)) == ("voiding", ["covered"])
    await reconciler.reconcile(till.app)
    assert (await till.states(key), till.moves()) == (["voided"], ["capture", "void"])
    order = await order_of(till, key)
    assert (order["refundedCents"], [one["amountCents"] for one in order["refunds"]]) == (1650, [500, 1150])
    assert await till.differences() == []


async def test_after_a_refund_the_rest_is_owed_and_sent(till: Till) -> None:
    key = await ordered(till)
    till.gateway.fault(mode="settle", match=(await payment_of(till, key)).id)
    await owe(till, key, 500)
    await till.time_passes(minutes=1)
    payment = await payment_of(till, key)
    assert (payment.state, states(payment), till.kept_cents()) == ("part_refunded", ["done"], 1150)
    await cancel(till, key)
    assert (await payment_of(till, key)).state == "refunding"
    await till.time_passes(minutes=1)
    payment = await payment_of(till, key)
    assert (payment.state, states(payment), till.kept_cents()) == ("refunded", ["done", "done"], 0)
    assert (await order_of(till, key))["refundedCents"] == 1650
    assert await till.differences() == []


async def test_owed_and_settled_only_after_the_cancel_goes_back_as_one_refund(till: Till) -> None:
    key = await ordered(till)
    await owe(till, key, 500)
    await cancel(till, key)
    till.gateway.fault(mode="settle", match=(await payment_of(till, key)).id)
    await reconciler.reconcile(till.app)
    payment = await payment_of(till, key)
    assert (payment.state, states(payment)) == ("refunded", ["covered", "done"])
    assert till.moves() == ["capture", "refund"] and till.kept_cents() == 0
    assert await till.differences() == []


async def test_a_rest_that_the_gateway_declines_is_a_persons_and_the_order_promises_it_no_more(till: Till) -> None:
    key = await ordered(till)
    till.gateway.fault(mode="settle", match=(await payment_of(till, key)).id)
    await owe(till, key, 500)
    await till.time_passes(minutes=1)
    await cancel(till, key)
    till.gateway.fault(mode="decline", match="tokenizedRefund", times=1)
    await till.time_passes(minutes=1)
    payment = await payment_of(till, key)
    assert (payment.state, states(payment), payment.left_cents) == ("part_refunded", ["done", "declined"], 1150)
    assert payment.needs_attention == "the gateway refuses to refund 1150 cents: Decline"
    order = await order_of(till, key)
    assert (order["refundedCents"], [one.get("declined", False) for one in order["refunds"]]) == (500, [False, True])
    rows = await till.app.db.order_events.find({"orderId": key}).sort("seq", 1).to_list()
    assert [row["type"] for row in rows] == ["created", "cancelled", "refund_declined"]
    assert await till.differences() == []
