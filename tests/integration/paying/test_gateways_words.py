"""What the gateway says is taken to the letter: "not found" for how long, "settled", the tax of a charge (rules 4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from shared.integrations.emergepay.client import EmergePay
from shared.services.menu import catalog
from shared.services.ordering.steps import take_payment
from shared.services.paying import returning
from shared.services.support import voiding
from tests.integration.scripted_gateway import Heard, Script, answers, serving_each
from tests.integration.till import DROPS_BEFORE, Till


def look_ups(till: Till) -> str:
    """What every look-up of this merchant's matches."""
    return f"GET /emergepay/v1/orgs/{till.world.oid}"


# Not found


async def test_minutes_in_which_the_gateway_does_not_answer_are_no_minutes_of_not_found(till: Till) -> None:
    """Not found, ten minutes of 503, not found: the charge was lost, and came to light with the outage's end."""
    key = await till.preview()
    await till.claim(key, till.token(DROPS_BEFORE))
    await take_payment(till.app, key)
    await till.minutes_pass(2)
    assert (await till.attempts(key))[0].not_found_since is not None
    till.gateway.fault(mode="error", match=look_ups(till), status=503)
    await till.minutes_pass(12)
    till.gateway.fault(mode="ok", match=look_ups(till))
    await till.minutes_pass(9)
    assert (await till.states(key), (await till.checkout(key))["state"]) == (["unknown"], "claimed")
    await till.minutes_pass(3)
    assert (await till.states(key), (await till.checkout(key))["state"]) == (["lost"], "open")


async def test_a_refund_is_not_missed_for_minutes_in_which_nobody_answered(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await take_payment(till.app, key)
    [payment] = await till.attempts(key)
    await voiding.abandon(till.app, key, by="ann", reason="no bread")
    till.gateway.fault(mode="settle", match=payment.id)
    till.gateway.fault(mode="drop_before", match="tokenizedRefund", times=1)
    await till.minutes_pass(2)
    assert (await till.attempts(key))[0].refunds[0].not_found_since is not None
    till.gateway.fault(mode="error", match=look_ups(till), status=503)
    await till.minutes_pass(12)
    till.gateway.fault(mode="ok", match=look_ups(till))
    await till.minutes_pass(8)
    assert (await till.attempts(key))[0].needs_attention is None
    await till.minutes_pass(5)
    assert "not asked twice" in str((await till.attempts(key))[0].needs_attention)


# Settled


@asynccontextmanager
async def refusing_voids(till: Till, key: ObjectId, message: str, condition: str) -> AsyncIterator[Till]:
    """The till at a gateway that refuses to void with these words, and says the condition (or none) when asked."""
    [payment] = await till.attempts(key)
    sale: dict[str, Any] = {
        "resultStatus": "true",
        "resultMessage": "Approved",
        "uniqueTransId": payment.gateway_id,
        "amountProcessed": "11.00",
        "transactionStatus": condition,
    }
    said = {**sale, "resultStatus": "false", "resultMessage": message}

    def script(heard: Heard) -> Script:
        if heard.method == "PUT":
            return answers(200, {"transactionResponse": said if heard.target.endswith("/void") else sale})
        found = heard.target.endswith(payment.id)
        return answers(200, {"transactionResponse": sale}) if found else answers(404, {"message": "not found"})

    async with serving_each(script) as gateway:
        pay = EmergePay(till.app.settings.model_copy(update={"emergepay_environment_url": gateway.url}))
        yield replace(till, app=replace(till.app, pay=pay))
        await pay.close()


@pytest.mark.parametrize(("message", "refunds"), [("Already settled.", True), ("Transaction not settled", False)])
async def test_only_a_capture_that_is_settled_is_refunded(till: Till, message: str, refunds: bool) -> None:
    """ "Transaction not settled" counted as settled."""
    key = await till.preview()
    await till.claim(key, till.token())
    await take_payment(till.app, key)
    await voiding.abandon(till.app, key, by="ann", reason="no bread")
    async with refusing_voids(till, key, message, "") as there:
        [payment] = await till.attempts(key)
        await returning.return_money(there.app, payment.id)
    [payment] = await till.attempts(key)
    assert bool(payment.refunds) is refunds
    if not refunds:
        assert (payment.state, message in str(payment.needs_attention)) == ("voiding", True)


# The tax of a charge


@pytest.mark.parametrize("tip", [0, 300])
async def test_the_tax_that_is_sent_is_never_more_than_what_is_paid_for_the_dishes(till: Till, tip: int) -> None:
    """The discount comes after the tax: 10.50 off 11.00 leaves 0.50, of which 1.00 cannot be tax."""
    await till.app.db.campaigns.insert_one(
        {
            "_id": ObjectId(),
            "restaurantId": till.world.restaurant_id,
            "locationId": till.world.location_id,
            "originId": till.world.origin_id,
            "name": "Nearly free",
            "type": "flat",
            "reward": {"flatOffCents": 1050},
            "isActive": True,
        }
    )
    catalog.forget(till.app, till.world.restaurant_id, till.world.location_id)
    key = await till.preview()
    from shared.domain.tips import Tip

    assert (await till.pay(key, till.token(), tip=Tip(cents=tip))).placed
    [row] = till.merchant.rows()
    assert (row["amountCents"], row["tipCents"], row["taxCents"]) == (50 + tip, tip, 50)
    [payment] = await till.attempts(key)
    assert (payment.tax_cents, (await till.order(key) or {})["taxCents"]) == (50, 100)


async def test_a_charge_of_an_older_release_is_sent_with_a_tax_that_fits(till: Till) -> None:
    key = await till.preview()
    await till.claim(key, till.token())
    await till.app.db.payments.update_one({"previewId": key}, {"$set": {"taxCents": 5000}})
    await take_payment(till.app, key)
    assert ([row["taxCents"] for row in till.merchant.rows()], await till.states(key)) == ([1100], ["approved"])
