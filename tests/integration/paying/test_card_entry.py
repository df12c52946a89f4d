"""A card entry or wallet that the gateway cannot take: said as what it is, not as a bank's decline (rules 4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bson import ObjectId

import functions.diner.payments  # noqa: F401 - puts its routes into the table
from shared.app import App
from shared.integrations.emergepay.client import EmergePay
from shared.services.ordering.steps import take_payment
from shared.web.routes import ROUTES
from tests.integration.scripted_gateway import Heard, Script, ScriptedGateway, answers, serving_each
from tests.integration.till import Till
from tests.web_calls import content, request

ASKS_FOR_DATA = answers(400, {"message": "token.data is required"})
NOT_FOUND = answers(404, {"message": "The transaction was not found"})


async def post(app: App, route: str, **body: Any) -> tuple[int, Any]:
    response = await ROUTES.named(route).handle(request("POST", "/x", body), app=app)
    return response.status_code, content(response)


async def pay(till: Till, key: ObjectId, token: str) -> tuple[int, Any]:
    return await post(till.app, "payments_complete_transaction", previewOrderId=str(key), transactionToken=token)


@asynccontextmanager
async def at(till: Till, charge: Script, look_up: Script) -> AsyncIterator[tuple[Till, ScriptedGateway]]:
    """The till, at a gateway that answers charges and look-ups like this."""

    def script(heard: Heard) -> Script:
        return look_up if heard.method == "GET" else charge

    async with serving_each(script) as gateway:
        pay = EmergePay(till.app.settings.model_copy(update={"emergepay_environment_url": gateway.url}))
        yield replace(till, app=replace(till.app, pay=pay)), gateway
        await pay.close()


NO_WALLETS: list[Any] = ["a-text", {}, {"data": ""}, {"data": None}, {"data": {}}, {"data": 7}, {"signature": "x"}, []]
NO_CARDS = [".", "..", "x" * 1001, "two words", "ü"]


async def by_wallet(till: Till, key: ObjectId, token: Any) -> tuple[int, Any]:
    details = {"type": "googlePay", "token": token}
    return await post(
        till.app, "payments_complete_wallet_transaction", previewOrderId=str(key), transactionDetails=details
    )


async def test_what_is_no_token_is_refused_at_the_border(till: Till) -> None:
    """ "Decline" was what the diner read, and one of the five attempts was gone."""
    key = await till.preview()
    for token in NO_WALLETS:
        code, said = await by_wallet(till, key, token)
        assert (code, said["code"]) == (400, "INVALID_REQUEST"), token
        assert {row["field"].split(".")[1] for row in said["detail"]} == {"token"}
    for token in NO_CARDS:
        code, said = await pay(till, key, token)
        assert (code, said["code"], said["detail"][0]["field"]) == (400, "INVALID_REQUEST", "transactionToken")
    assert (await till.attempts(key), till.charges(), (await till.checkout(key))["state"]) == ([], 0, "open")


async def test_a_wallets_data_may_be_a_text_or_an_object(till: Till) -> None:
    for data in ("a-text", {"signature": "x"}):
        key = await till.preview()
        code, said = await by_wallet(till, key, {"data": data, "version": "EC_v1"})
        assert (code, said["orderId"]) == (200, str(key))


async def test_a_gateways_400_asks_for_the_card_again_once_a_look_up_has_not_found_the_charge(till: Till) -> None:
    told = {
        "resultStatus": "false",
        "resultMessage": "Decline",
        "amountProcessed": "0.00",
        "code": "CARD_ENTRY_INVALID",
    }
    for status in (400, 404, 410, 422):
        key, token = await till.preview(), till.token()
        async with at(till, answers(status, {"message": "token.data is required"}), NOT_FOUND) as (strict, gateway):
            code, said = await pay(strict, key, token)
            assert [heard.method for heard in gateway.heard] == ["PUT", "GET"]
        assert (code, said) == (200, {"transaction": told, "orderId": ""}), status
        [payment] = await till.attempts(key)
        assert [step.state for step in payment.history] == ["intent", "sent", "declined"]
        refusal = (await till.checkout(key))["refusal"]
        assert (refusal["code"], refusal["message"]) == (
            "CARD_ENTRY_INVALID",
            "Your card could not be read, and nothing was charged. Please enter it again.",
        )
    assert await pay(till, key, token) == (code, said)
    assert (await pay(till, key, till.token()))[1]["orderId"] == str(key)


async def test_a_400_of_what_was_charged_all_the_same_is_the_order(till: Till) -> None:
    """Two calls cannot both be told by the first one's answer: the look-up decides. What is void by then is a no."""
    key = await till.preview()
    sale = {
        "resultStatus": "true",
        "resultMessage": "Approved",
        "uniqueTransId": f"w-{till.world.oid}",
        "amountProcessed": "11.00",
    }
    void = answers(200, {"transactionResponse": {**sale, "transactionStatus": "Void"}})
    async with at(till, ASKS_FOR_DATA, void) as (strict, _):
        assert (await pay(strict, key, till.token()))[1]["transaction"]["code"] == "PAYMENT_DECLINED"
    made = answers(200, {"transactionResponse": {**sale, "transactionStatus": "Open"}})
    async with at(till, ASKS_FOR_DATA, made) as (strict, _):
        assert (await pay(strict, key, till.token()))[1]["orderId"] == str(key)
    assert await till.states(key) == ["declined", "ordered"]


async def test_a_400_while_nobody_can_look_is_unknown_and_waits(till: Till) -> None:
    key = await till.preview()
    async with at(till, ASKS_FOR_DATA, answers(503, {})) as (strict, _):
        await strict.claim(key, till.token())
        await take_payment(strict.app, key)
    assert (await till.states(key), (await till.checkout(key))["state"]) == (["unknown"], "claimed")


async def test_other_refusals_stay_declines(till: Till) -> None:
    key = await till.preview()
    for status in (401, 402, 403):
        async with at(till, answers(status, {}), NOT_FOUND) as (strict, gateway):
            assert (await pay(strict, key, till.token()))[1]["transaction"]["code"] == "PAYMENT_DECLINED"
            assert [heard.method for heard in gateway.heard] == ["PUT"]
