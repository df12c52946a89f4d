"""A checkout or payment that went on by itself asks for nobody's attention any more (rules 2 and 8)."""

from __future__ import annotations

from bson import ObjectId

from shared.services.ordering import steps
from shared.services.ordering.steps import place_order, take_payment
from shared.services.support import attention
from shared.store import checkouts, payments
from tests.integration.till import DECLINES, DROPS_AFTER, Till

REASON = "claimed for a day without becoming an order"


async def flagged(till: Till, key: ObjectId) -> None:
    """Put it on the list of what needs a person."""
    await checkouts.flag(till.app.db, key, REASON)
    assert "needsAttention" in await till.checkout(key)


async def test_a_checkout_that_is_placed_after_all_leaves_the_list(till: Till) -> None:
    """It stood there for a month, with the order long eaten."""
    key = await till.preview()
    await till.claim(key, till.token())
    await take_payment(till.app, key)
    await flagged(till, key)
    await place_order(till.app, key)
    assert ((await till.checkout(key))["state"], "needsAttention" in await till.checkout(key)) == ("placed", False)
    assert (await attention.needing(till.app.db, till.clock)).count == 0


async def test_a_checkout_that_is_open_again_leaves_the_list(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token(DECLINES))
    await flagged(till, key)
    await take_payment(till.app, key)
    assert ((await till.checkout(key))["state"], "needsAttention" in await till.checkout(key)) == ("open", False)


async def test_a_checkout_that_expires_leaves_the_list(till: Till) -> None:
    key = await till.preview()
    await flagged(till, key)
    till.clock.advance(minutes=31)
    await steps.expire(till.app, key)
    assert ((await till.checkout(key))["state"], "needsAttention" in await till.checkout(key)) == ("expired", False)


async def test_a_payment_leaves_the_list_with_each_move(till: Till) -> None:
    """A reason of before would stand for the reason of now, since the first one stands."""
    key = await till.preview()
    await till.claim(key, till.token(DROPS_AFTER))
    [payment] = await till.attempts(key)
    till.gateway.fault(mode="hide", match=payment.id)
    await take_payment(till.app, key)
    await payments.flag(till.app.db, payment.id, "nobody knows for half an hour what became of it")
    till.gateway.fault(mode="ok", match=payment.id)
    till.clock.advance(seconds=40)
    await take_payment(till.app, key)
    [payment] = await till.attempts(key)
    assert (payment.state, payment.needs_attention) == ("approved", None)
