"""Paying over HTTP: what clients send, and exactly what they get (contract 13, 14 and 15)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

import functions.diner.order_app
import functions.diner.payments  # noqa: F401 - both put their routes into the table
from shared.app import App
from shared.services.menu import catalog
from shared.web.routes import ROUTES
from tests.integration.till import DECLINES, DOES_NOT_HONOR, DROPS_AFTER, EXPIRED, Till
from tests.integration.world import World
from tests.web_calls import content, request

WALLET: dict[str, Any] = {
    "type": "applePay",
    "isSandbox": True,
    "billing": {"firstName": "Ann", "lastName": "Ant", "zip": "60601"},
    "card": {"network": "visa"},
    "token": {"data": "a-wallet-s-data"},
}


async def call(
    app: App, name: str, body: dict[str, Any] | bytes = b"", path: dict[str, str] | None = None, **headers: str
) -> tuple[int, Any, dict[str, str]]:
    """Status, JSON and headers of a route's answer."""
    method = ROUTES.named(name).method
    response = await ROUTES.named(name).handle(request(method, "/x", body, headers=headers, path=path), app=app)
    return response.status_code, content(response), {key.lower(): value for key, value in response.headers.items()}


async def start(till: Till, body: dict[str, Any] | bytes = b"") -> tuple[int, Any, dict[str, str]]:
    return await call(till.app, "payments_start_transaction", body, {"restaurantId": till.world.restaurant_id})


async def card(till: Till, key: ObjectId, token: str, **more: Any) -> tuple[int, Any, dict[str, str]]:
    body = {"previewOrderId": str(key), "transactionToken": token, **more}
    return await call(till.app, "payments_complete_transaction", body)


async def wallet(till: Till, key: ObjectId, details: Any, **more: Any) -> tuple[int, Any, dict[str, str]]:
    body = {"previewOrderId": str(key), "transactionDetails": details, **more}
    return await call(till.app, "payments_complete_wallet_transaction", body)


async def status(till: Till, key: ObjectId) -> Any:
    return (await call(till.app, "order_app_order_state", path={"orderId": str(key)}))[1]


def fields(said: Any) -> set[str]:
    """Which fields a refusal names."""
    return {row["field"] for row in said["detail"]}


# 13


@pytest.mark.parametrize("named", [False, True])
async def test_start_gives_a_token_and_nothing_else(till: Till, named: bool) -> None:
    key = await till.preview()
    code, said, _ = await start(till, {"previewOrderId": str(key)} if named else {})
    assert (code, set(said)) == (200, {"transactionToken"})
    assert (await card(till, key, said["transactionToken"]))[1]["orderId"] == str(key)


async def another_location(till: Till, **payment: Any) -> dict[str, Any]:
    """A second location of the restaurant, with a menu of its own."""
    second = World(restaurant_id=till.world.restaurant_id, takes_payment=True)
    documents = second.documents()
    location = documents["locations"][0] | {"payment": payment or documents["locations"][0]["payment"]}
    await till.app.db.locations.insert_one(location)
    await till.app.db.menus.insert_many(documents["menus"])
    return {"world": second, "payment": location["payment"]}


async def test_of_several_merchants_the_preview_must_say_which(till: Till) -> None:
    await another_location(till)
    code, said, _ = await start(till, {})
    assert (code, said["code"]) == (409, "LOCATION_REQUIRED")
    key = await till.preview()
    assert (await start(till, {"previewOrderId": str(key)}))[0] == 200
    # The same merchant behind two locations is one.
    await till.app.db.locations.update_many({"restaurantId": till.world.restaurant_id}, {"$set": {"payment.oid": "o"}})
    await till.app.db.locations.update_many({}, {"$set": {"payment.auth": "test-key-o"}})
    assert (await start(till, {}))[0] == 200


async def test_a_token_started_for_another_merchant_is_refused_before_any_money_moves(till: Till) -> None:
    other = await another_location(till)
    key = await till.preview()
    there = await replace(till, world=other["world"]).preview()
    token = (await start(till, {"previewOrderId": str(there)}))[1]["transactionToken"]
    code, said, _ = await card(till, key, token)
    assert (code, said["code"]) == (409, "TOKEN_OF_ANOTHER_MERCHANT")
    assert (till.charges(), await till.attempts(key), (await till.checkout(key))["state"]) == (0, [], "open")


@pytest.mark.parametrize("unknown", ["0" * 24, "nothing"])
async def test_start_for_what_is_not_there(till: Till, unknown: str) -> None:
    code, said, _ = await start(till, {"previewOrderId": unknown})
    assert (code, said["code"]) == (404, "PREVIEW_NOT_FOUND")
    code, said, _ = await call(till.app, "payments_start_transaction", {}, {"restaurantId": unknown})
    assert code == 404


async def test_start_where_no_payment_is_taken(till: Till) -> None:
    await till.app.db.locations.update_many({}, {"$set": {"payment.acceptPayment": False}})
    code, said, _ = await start(till, {})
    assert (code, said["code"]) == (409, "PAYMENT_NOT_TAKEN")


async def test_start_while_the_gateway_is_down(till: Till) -> None:
    till.gateway.fault(mode="drop_before", match=f"{till.world.oid}/transactions/start", times=1)
    code, said, headers = await start(till, {})
    assert (code, said["code"]) == (503, "PAYMENT_UNAVAILABLE")
    assert int(headers["retry-after"]) > 0


# 14


async def test_a_paid_card_is_answered_as_clients_read_it(till: Till) -> None:
    key = await till.preview("soup", "tea")
    code, said, _ = await card(till, key, till.token())
    assert (code, said) == (
        200,
        {
            "transaction": {"resultStatus": "true", "resultMessage": "Approved", "amountProcessed": "16.50"},
            "orderId": str(key),
        },
    )


@pytest.mark.parametrize(("number", "told"), [(DECLINES, "Decline"), (DOES_NOT_HONOR, "Do not honor"), (EXPIRED, None)])
async def test_a_declined_card_is_answered_with_200_and_no_order(till: Till, number: str, told: str | None) -> None:
    key = await till.preview()
    code, said, _ = await card(till, key, till.token(number))
    assert (code, said) == (
        200,
        {
            "transaction": {
                "resultStatus": "false",
                "resultMessage": told or "Decline",
                "amountProcessed": "0.00",
                "code": "PAYMENT_DECLINED",
            },
            "orderId": "",
        },
    )
    assert (await status(till, key))["status"] == "OPEN"


async def test_a_slow_gateway_is_503_payment_pending_and_the_order_later(till: Till) -> None:
    key, token = await till.preview(), till.token(DROPS_AFTER)
    impatient = _with(till, paid_wait_seconds=0.2)
    code, said, headers = await card(impatient, key, token)
    assert (code, said["code"], said["orderId"], said["statusCode"]) == (503, "PAYMENT_PENDING", str(key), 503)
    assert int(headers["retry-after"]) > 0
    # Another card meanwhile: the same, at once.
    assert (await card(impatient, key, till.token()))[1]["code"] == "PAYMENT_PENDING"
    await till.time_passes(seconds=5)
    code, said, _ = await card(till, key, token)
    assert (code, said["orderId"], till.charges()) == (200, str(key), 1)


def _with(till: Till, **settings: Any) -> Till:
    return replace(till, app=replace(till.app, settings=till.app.settings.model_copy(update=settings)))


async def test_who_will_not_wait_is_told_where_to_look_until_the_order_is_there(till: Till) -> None:
    key, token = await till.preview(), till.token(DROPS_AFTER)
    body = {"previewOrderId": str(key), "transactionToken": token}
    code, said, headers = await call(till.app, "payments_complete_transaction", body, prefer="respond-async")
    where = f"/api/v1/order-app/orders/{key}/status"
    assert (code, said) == (202, {"orderId": str(key), "status": "CHECKING_PAYMENT", "statusUrl": where})
    assert headers["location"] == where
    assert (await status(till, key))["status"] == "CHECKING_PAYMENT"
    for _ in range(2):
        await till.time_passes(seconds=10)
    assert (await status(till, key))["status"] == "ACCEPTED"
    # Once there is an answer, nobody is sent away.
    code, said, _ = await call(till.app, "payments_complete_transaction", body, prefer="respond-async")
    assert (code, said["orderId"]) == (200, str(key))


async def test_after_a_decline_the_status_is_open_with_the_refusal(till: Till) -> None:
    key, token = await till.preview(), till.token(DECLINES)
    body = {"previewOrderId": str(key), "transactionToken": token}
    assert (await call(till.app, "payments_complete_transaction", body, prefer="respond-async"))[0] == 202
    said = await status(till, key)
    assert said["status"] == "OPEN"
    assert said["refusal"]["code"] == "PAYMENT_DECLINED"
    assert said["refusal"]["message"]


async def test_a_decline_that_is_followed_by_nothing_never_becomes_an_order(till: Till) -> None:
    key = await till.preview()
    await card(till, key, till.token(DECLINES))
    await till.minutes_pass(45)
    assert (await status(till, key))["status"] == "EXPIRED"
    code, said, _ = await card(till, key, till.token())
    assert (code, said["code"], till.charges()) == (410, "PREVIEW_EXPIRED", 1)


@pytest.mark.parametrize("unknown", ["0" * 24, "nothing"])
async def test_paying_for_what_is_not_there(till: Till, unknown: str) -> None:
    body = {"previewOrderId": unknown, "transactionToken": till.token()}
    code, said, _ = await call(till.app, "payments_complete_transaction", body)
    assert (code, said["code"], till.charges()) == (404, "PREVIEW_NOT_FOUND", 0)


async def free(till: Till) -> ObjectId:
    """A preview that costs nothing."""
    query = {"_id": till.world.menu_id, "items.id": "tea"}
    await till.app.db.menus.update_one(query, {"$set": {"items.$.priceCents": 0}})
    catalog.forget(till.app, till.world.restaurant_id, till.world.location_id)
    return await till.preview("tea")


@pytest.mark.parametrize("route", ["card", "wallet", "none"])
async def test_what_costs_nothing_is_placed_and_the_gateway_never_called(till: Till, route: str) -> None:
    key = await free(till)
    if route == "card":
        code, said, _ = await card(till, key, "a-token-that-nobody-started")
        assert said["transaction"]["resultStatus"] == "true"
        assert said["transaction"]["amountProcessed"] == "0.00"
    elif route == "wallet":
        code, said, _ = await wallet(till, key, WALLET)
    else:
        code, said, _ = await call(till.app, "payments_place_order_without_payment", {"previewOrderId": str(key)})
    assert (code, said["orderId"]) == (200, str(key))
    assert (till.merchant.calls(), await till.attempts(key)) == ([], [])


async def test_a_tip_on_what_costs_nothing_is_paid(till: Till) -> None:
    key = await free(till)
    code, said, _ = await card(till, key, till.token(), tipCents=300)
    assert (code, said["transaction"]["amountProcessed"]) == (200, "3.00")
    assert [(row["amountCents"], row["tipCents"]) for row in till.merchant.rows()] == [(300, 300)]


@pytest.mark.parametrize(
    ("tip", "cents"),
    [({"tipCents": 250}, 250), ({"tipPercent": 15}, 225), ({"tipPercent": 0}, 0), ({"tipCents": None}, 0), ({}, 0)],
)
async def test_tips_reach_the_gateway_and_the_order(till: Till, tip: dict[str, Any], cents: int) -> None:
    key = await till.preview("soup", "tea")
    code, said, _ = await card(till, key, till.token(), **tip)
    assert (code, said["transaction"]["amountProcessed"]) == (200, f"{(1650 + cents) // 100}.{(1650 + cents) % 100:02}")
    [row] = till.merchant.rows()
    assert (row["amountCents"], row["tipCents"], row["taxCents"]) == (1650 + cents, cents, 150)


# 15


async def test_a_wallet_is_answered_one_level_deeper(till: Till) -> None:
    key = await till.preview()
    code, said, _ = await wallet(till, key, WALLET)
    paid = {"resultStatus": "true", "resultMessage": "Approved", "amountProcessed": "11.00"}
    assert (code, said) == (200, {"transaction": {"transactionResponse": paid}, "orderId": str(key)})
    order = await till.order(key)
    assert order is not None
    assert WALLET["token"]["data"] not in json.dumps(order, default=str)


async def test_a_declined_wallet_too(till: Till) -> None:
    key = await till.preview()
    code, said, _ = await wallet(till, key, WALLET | {"token": {"data": DECLINES}})
    assert (code, said["orderId"]) == (200, "")
    assert said["transaction"]["transactionResponse"]["resultMessage"] == "Decline"
    assert (await wallet(till, key, WALLET))[1]["orderId"] == str(key)


async def test_what_a_client_puts_beside_a_wallet_never_reaches_the_gateway(till: Till) -> None:
    key = await till.preview()
    forged = {
        "amount": "0.01",
        "tipAmount": "0.00",
        "externalTransactionId": "mine",
        "transactionReference": "free",
        "transactionType": "CreditReturn",
        "cashier": "x",
    }
    code, _, _ = await wallet(till, key, WALLET | forged)
    assert code == 200
    [sent] = [one for one in till.merchant.calls() if one["path"].endswith("/wallets")]
    data = sent["body"]["transactionData"]
    [payment] = await till.attempts(key)
    assert (data["amount"], data["externalTransactionId"], data["transactionType"], data["transactionReference"]) == (
        "11.00",
        payment.id,
        "CreditSale",
        str(key),
    )
    assert set(data) <= {*WALLET, "amount", "externalTransactionId", "transactionType", "transactionReference"} | {
        "taxAmount"
    }
    assert data["billing"] == WALLET["billing"]


# Bad bodies


BAD_CARDS: list[tuple[dict[str, Any], str]] = [
    ({"tipCents": 100, "tipPercent": 10}, "tipCents"),
    ({"tipCents": -1}, "tipCents"),
    ({"tipPercent": -1}, "tipPercent"),
    ({"tipPercent": 101}, "tipPercent"),
    ({"tipCents": 10_000_001}, "tipCents"),
    ({"tipCents": 1.5}, "tipCents"),
    ({"tipCents": "100"}, "tipCents"),
    ({"tipCents": {"$gt": 0}}, "tipCents"),
    ({"tipCents": True}, "tipCents"),
    ({"transactionToken": {"$ne": None}}, "transactionToken"),
    ({"transactionToken": ""}, "transactionToken"),
    ({"transactionToken": "a b"}, "transactionToken"),
    ({"transactionToken": "x" * 5000}, "transactionToken"),
    ({"transactionToken": None}, "transactionToken"),
    ({"previewOrderId": {"$gt": ""}}, "previewOrderId"),
    ({"previewOrderId": ["a"]}, "previewOrderId"),
]
BAD_WALLETS: list[Any] = [None, {}, [], "x", 1, {"$where": "1"}, {"token": {}}, {"type": "applePay"}]


async def test_a_bad_card_body_is_400_naming_the_field_and_nothing_moves(till: Till) -> None:
    key = await till.preview()
    for more, named in BAD_CARDS:
        body = {"previewOrderId": str(key), "transactionToken": "a-token"} | more
        code, said, _ = await call(till.app, "payments_complete_transaction", body)
        assert (code, said["code"], fields(said)) == (400, "INVALID_REQUEST", {named}), more
    assert (till.charges(), (await till.checkout(key))["state"]) == (0, "open")


async def test_a_tip_beyond_the_orders_bound_is_409_naming_the_field(till: Till) -> None:
    key = await till.preview()
    body = {"previewOrderId": str(key), "transactionToken": "a-token", "tipCents": 5_000}
    code, said, _ = await call(till.app, "payments_complete_transaction", body)
    assert (code, said["code"], fields(said)) == (409, "TIP_TOO_LARGE", {"tipCents"})
    assert (till.charges(), await till.attempts(key)) == (0, [])


async def test_a_bad_wallet_is_400_naming_it_and_nothing_moves(till: Till) -> None:
    key = await till.preview()
    for details in BAD_WALLETS:
        code, said, _ = await wallet(till, key, details)
        assert (code, said["code"]) == (400, "INVALID_REQUEST"), (details, said)
        assert {name.partition(".")[0] for name in fields(said)} == {"transactionDetails"}
    assert (till.charges(), await till.attempts(key)) == (0, [])


async def test_an_operator_in_a_wallet_is_only_data_for_the_gateway(till: Till) -> None:
    key = await till.preview()
    assert (await wallet(till, key, {"token": {"$gt": ""}}))[0] == 400
    code, said, _ = await wallet(till, key, {"token": {"data": {"$gt": ""}}})
    assert (code, said["orderId"], till.moves()) == (200, str(key), ["capture"])


async def test_an_oversize_wallet_is_refused(till: Till) -> None:
    key = await till.preview()
    code, said, _ = await wallet(till, key, WALLET | {"token": {"data": "x" * 300_000}})
    assert (code, said["code"]) == (413, "BODY_TOO_LARGE")
    assert (till.charges(), await till.attempts(key)) == (0, [])


async def test_a_deep_wallet_is_no_failure_of_ours(till: Till) -> None:
    key = await till.preview()
    raw = (
        b'{"previewOrderId": "' + str(key).encode() + b'", "transactionDetails": {"token": ' + b"[" * 5000 + b"]" * 5000
    ) + b"}}"
    code, _, _ = await call(till.app, "payments_complete_wallet_transaction", raw)
    assert 400 <= code < 500
    assert till.moves() == []


async def test_a_body_that_is_none_is_400(till: Till) -> None:
    for body in (b"", b"{", b"[]", b"null", b"\xff", b'{"previewOrderId": "a"}'):
        for route in ("complete_transaction", "complete_wallet_transaction"):
            code, _, _ = await call(till.app, f"payments_{route}", body)
            assert code == 400, body
