"""The gateway's client over real HTTP: each outcome against the stand-in, each wrong answer against a scripted one."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
import secrets
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from local.mongod import free_port
from shared.integrations.emergepay.client import (
    MAX_CONNECTIONS,
    Amounts,
    Approved,
    Charge,
    Declined,
    EmergePay,
    EntryRefused,
    GatewayError,
    Merchant,
    NotFound,
    NotSent,
    Sale,
    Unknown,
    moves_money,
    wallet_data,
)
from shared.settings import Settings
from tests.integration.local_saas.clients import StandIn
from tests.integration.scripted_gateway import Script, ScriptedGateway, answers, bytes_only, drips, floods, serving
from tests.patience import PATIENCE_SECONDS

AMOUNTS = Amounts(cents=1234, tip_cents=100, tax_cents=89)
APPROVED = {"resultStatus": "true", "resultMessage": "Approved", "uniqueTransId": "g-1", "amountProcessed": "12.34"}
GOOD = {"transactionResponse": APPROVED}


def client(url: str | None, *, seconds: float = 60) -> EmergePay:
    given = {"mongodb_uri": "mongodb://localhost", "emergepay_environment_url": url, "gateway_timeout_seconds": seconds}
    return EmergePay(Settings.model_validate(given))


def a_merchant(oid: str | None = None, auth: str | None = None) -> Merchant:
    oid = oid or f"m-{secrets.token_hex(6)}"
    return Merchant(oid=oid, auth=SecretStr(auth or f"test-key-{oid}"))


async def charge(
    pay: EmergePay, merchant: Merchant | None = None, token: str = "t", amounts: Amounts = AMOUNTS
) -> Charge:
    """A charge under an id that nothing else has."""
    return await charge_as(pay, str(uuid.uuid4()), merchant or a_merchant(), token, amounts)


async def charge_as(
    pay: EmergePay, external_id: str, merchant: Merchant, token: str, amounts: Amounts = AMOUNTS
) -> Charge:
    return await pay.charge_card(merchant, token=token, external_id=external_id, amounts=amounts, reference="P-1")


# Against the stand-in


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    running = StandIn(tmp_path_factory.mktemp("saas"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def pay(stand_in: StandIn) -> AsyncIterator[EmergePay]:
    made = client(stand_in.gateway_url, seconds=1)
    yield made
    await made.close()


@pytest.fixture
def merchant() -> Merchant:
    return a_merchant()


async def typed_in(stand_in: StandIn, pay: EmergePay, merchant: Merchant, card: str, **more: Any) -> str:
    """A token with a card, as the diner's browser ties it."""
    token = await pay.start(merchant)
    answer = stand_in.http.post(f"{stand_in.url}/hosted-fields/{token}", json={"cardNumber": card, **more})
    assert answer.status_code == 200, answer.text
    return token


def rows(stand_in: StandIn, merchant: Merchant) -> list[tuple[str, int]]:
    """What really happened at this merchant."""
    return [(row["kind"], row["amountCents"]) for row in stand_in.ledger() if row["oid"] == merchant.oid]


async def test_a_card_is_charged_once_with_its_tip_and_tax(
    stand_in: StandIn, pay: EmergePay, merchant: Merchant
) -> None:
    external_id = str(uuid.uuid4())
    said = await charge_as(pay, external_id, merchant, await pay.start(merchant))
    assert isinstance(said, Approved)
    assert (said.amount_cents, said.message, said.card_tail, said.brand) == (1234, "Approved", "1111", "VISA")
    [row] = [row for row in stand_in.ledger() if row["externalTransactionId"] == external_id]
    assert (row["amountCents"], row["tipCents"], row["taxCents"]) == (1234, 100, 89)
    assert row["uniqueTransId"] == said.gateway_id
    assert await pay.look_up(merchant, external_id) == Sale(said, "open")
    assert await pay.acknowledge(merchant, external_id)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("4000000000000002", "Decline"),
        ("4000000000000010", "Do not honor"),
        ("4000000000009995", "Insufficient funds"),
        ("4000000000000069", "Expired card"),
    ],
)
async def test_a_declined_card_says_why_and_moves_nothing(
    stand_in: StandIn, pay: EmergePay, merchant: Merchant, card: str, message: str
) -> None:
    external_id = str(uuid.uuid4())
    token = await typed_in(stand_in, pay, merchant, card)
    assert await charge_as(pay, external_id, merchant, token) == Declined(message)
    assert await pay.look_up(merchant, external_id) == Declined(message)
    assert rows(stand_in, merchant) == []


@pytest.mark.parametrize(
    ("card", "more", "reason", "charged", "found"),
    [
        ("4000000000000500", {}, "answered 500", False, NotFound()),
        ("4000000000000044", {"seconds": 1.5}, "no answer within 1 s", False, NotFound()),
        ("4000000000000051", {}, "no answer: ", False, NotFound()),
        ("4000000000000077", {}, "no answer: ", True, Sale),
        ("4000000000000093", {"seconds": 0.5}, "no answer: ", True, NotFound()),
        ("4000000000000101", {"seconds": 1.5}, "no answer within 1 s", True, NotFound()),
    ],
    ids=["500", "stalls", "drops before", "drops after", "drops after and hides", "charges late"],
)
async def test_what_nobody_can_tell_is_unknown_and_found_out_by_looking(
    stand_in: StandIn, pay: EmergePay, card: str, more: dict[str, Any], reason: str, charged: bool, found: object
) -> None:
    merchant, external_id = a_merchant(), str(uuid.uuid4())
    token = await typed_in(stand_in, pay, merchant, card, **more)
    said = await charge_as(pay, external_id, merchant, token)
    assert isinstance(said, Unknown) and said.reason.startswith(reason)
    first = await pay.look_up(merchant, external_id)
    assert first == found if isinstance(found, NotFound) else isinstance(first, Sale)
    if charged:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while isinstance(looked := await pay.look_up(merchant, external_id), NotFound):
                await asyncio.sleep(0.05)
        assert isinstance(looked, Sale) and looked.approved.amount_cents == 1234
    assert rows(stand_in, merchant) == ([("capture", 1234)] if charged else [])


async def test_a_garbled_answer_is_unknown(stand_in: StandIn, pay: EmergePay, merchant: Merchant) -> None:
    external_id = str(uuid.uuid4())
    token = await pay.start(merchant)
    stand_in.fault(mode="garble", match=external_id, times=1)
    assert await charge_as(pay, external_id, merchant, token) == Unknown("answered without a transactionResponse")
    assert rows(stand_in, merchant) == [("capture", 1234)]


async def test_a_void_undoes_what_is_open_and_nothing_else(
    stand_in: StandIn, pay: EmergePay, merchant: Merchant
) -> None:
    external_id = str(uuid.uuid4())
    said = await charge_as(pay, external_id, merchant, await pay.start(merchant))
    assert isinstance(said, Approved)
    void_id = str(uuid.uuid4())
    undone = await pay.void(merchant, gateway_id=said.gateway_id, external_id=void_id)
    assert isinstance(undone, Approved)
    assert isinstance(await pay.look_up(merchant, void_id), Sale)
    looked = await pay.look_up(merchant, external_id)
    assert isinstance(looked, Sale) and looked.condition == "void"
    again = await pay.void(merchant, gateway_id=said.gateway_id, external_id=str(uuid.uuid4()))
    assert again == Declined("Transaction already voided")
    assert await pay.void(merchant, gateway_id="none", external_id=str(uuid.uuid4())) == Declined(
        "refused with status 404"
    )


async def test_a_settled_charge_is_refunded_and_not_voided(
    stand_in: StandIn, pay: EmergePay, merchant: Merchant
) -> None:
    external_id = str(uuid.uuid4())
    said = await charge_as(pay, external_id, merchant, await pay.start(merchant))
    assert isinstance(said, Approved)
    stand_in.fault(mode="settle", match=external_id)
    looked = await pay.look_up(merchant, external_id)
    assert isinstance(looked, Sale) and looked.condition == "settled"
    refused = await pay.void(merchant, gateway_id=said.gateway_id, external_id=str(uuid.uuid4()))
    assert refused == Declined("Transaction already settled", settled=True)
    refund_id = str(uuid.uuid4())
    given = await pay.refund(merchant, gateway_id=said.gateway_id, external_id=refund_id, cents=234)
    assert isinstance(given, Approved) and given.amount_cents == 234
    found = await pay.look_up(merchant, refund_id)
    assert isinstance(found, Sale) and found.approved.amount_cents == 234
    assert rows(stand_in, merchant) == [("capture", 1234), ("refund", 234)]


async def test_a_wallet_pays_and_is_declined_like_a_card(stand_in: StandIn, pay: EmergePay, merchant: Merchant) -> None:
    async def by_wallet(data: str) -> Charge:
        wallet = {"type": "applePay", "isSandbox": True, "billing": {}, "card": {}, "token": {"data": data}}
        external_id = str(uuid.uuid4())
        return await pay.charge_wallet(
            merchant, wallet=wallet, external_id=external_id, amounts=AMOUNTS, reference="P-1"
        )

    assert isinstance(await by_wallet("blob"), Approved)
    assert await by_wallet("4000000000009995") == Declined("Insufficient funds")
    assert rows(stand_in, merchant) == [("capture", 1234)]


async def test_wrong_credentials_charge_nothing_and_say_nothing_of_a_charge(
    stand_in: StandIn, pay: EmergePay, merchant: Merchant
) -> None:
    external_id = str(uuid.uuid4())
    token = await pay.start(merchant)
    stranger = a_merchant(merchant.oid, "another-key")
    assert await charge_as(pay, external_id, stranger, token) == Declined("refused with status 401")
    # A refused look-up is no word about the charge: else a changed key would look like a decline.
    assert await pay.look_up(stranger, external_id) == Unknown("answered 401")
    assert not await pay.acknowledge(stranger, external_id)
    with pytest.raises(GatewayError, match=r"^answered 401 without a token$"):
        await pay.start(stranger)
    # A token of another merchant's.
    assert await charge_as(pay, external_id, a_merchant(), token) == EntryRefused("refused with status 404")
    assert rows(stand_in, merchant) == []


# Against wrong answers


async def told(script: Script, *, seconds: float = 60) -> tuple[Charge, ScriptedGateway]:
    """What a charge comes to at such a gateway; it is asked once, whatever it says."""
    async with serving(script) as gateway:
        pay = client(gateway.url, seconds=seconds)
        outcome = await charge(pay)
        await pay.close()
    assert len(gateway.heard) == 1
    return outcome, gateway


def response(**changed: Any) -> dict[str, Any]:
    """A good answer with changes; None takes a field away."""
    return {"transactionResponse": {key: value for key, value in (APPROVED | changed).items() if value is not None}}


NEITHER = Unknown("answered neither yes nor no")
UNSAID = Unknown("answered without a transactionResponse")
NO_AMOUNT = Unknown("approved without an amount that can be read")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (GOOD, Approved("g-1", 1234, "Approved", None, None)),
        (response(resultStatus=True), Approved("g-1", 1234, "Approved", None, None)),
        (response(resultStatus=None), Approved("g-1", 1234, "Approved", None, None)),
        (response(amountProcessed="10.00"), Approved("g-1", 1000, "Approved", None, None)),
        (response(amountProcessed=None, amount="9.5"), Approved("g-1", 950, "Approved", None, None)),
        (response(amountProcessed=None), Approved("g-1", 1234, "Approved", None, None)),
        (response(amountProcessed=1234), Approved("g-1", 123400, "Approved", None, None)),
        (response(maskedAccount="**4242", accountCardType="MC"), Approved("g-1", 1234, "Approved", "4242", "MC")),
        (response(maskedAccount=7, accountCardType=[1]), Approved("g-1", 1234, "Approved", None, None)),
        (response(resultStatus="false", resultMessage="Decline"), Declined("Decline")),
        (response(resultStatus=False, resultMessage=None), Declined("")),
        (response(resultStatus=None, resultMessage="Do not honor"), Declined("Do not honor")),
        (response(resultStatus="false", resultMessage="a\x1b[31m\n" + "b" * 500), Declined("a[31m" + "b" * 193)),
        (response(resultStatus="false"), NEITHER),
        (response(resultStatus=None, resultMessage="Processing"), NEITHER),
        (response(resultStatus=None, resultMessage=None), NEITHER),
        (response(resultStatus="pending"), NEITHER),
        (response(resultStatus=1), NEITHER),
        (response(uniqueTransId=None), Unknown("approved without an id")),
        (response(uniqueTransId=""), Unknown("approved without an id")),
        (response(amountProcessed="1,234.00"), NO_AMOUNT),
        (response(amountProcessed="12.345"), NO_AMOUNT),
        (response(amountProcessed="-1.00"), NO_AMOUNT),
        (response(amountProcessed="1e3"), NO_AMOUNT),
        (response(amountProcessed="١٢.٠٠"), NO_AMOUNT),
        (response(amountProcessed=True), NO_AMOUNT),
        (response(externalTransactionId="of-somebody-else"), Unknown("answered about another transaction")),
        ({"transactionResponse": "Approved"}, UNSAID),
        ({}, UNSAID),
        ([GOOD], UNSAID),
        (b"", UNSAID),
        (b"<html>Approved</html>", UNSAID),
        (b'{"transactionResponse": {"resultSta', UNSAID),
        (b"[" * 60_000, UNSAID),
        (b'{"a": ' + b"9" * 60_000 + b"}", UNSAID),
        (b'{"transactionResponse": "\xff"}', UNSAID),
        (gzip.compress(json.dumps(GOOD).encode()), UNSAID),
        (b" " * 70_000, Unknown("answered 200 with too much")),
    ],
)
async def test_an_answer_that_is_no_clear_word_is_unknown(body: Any, outcome: Charge) -> None:
    assert (await told(answers(200, body)))[0] == outcome


async def test_a_number_of_the_answer_is_never_a_float() -> None:
    raw = json.dumps(response(amountProcessed=None)).replace("}}", ', "amountProcessed": 1111111111.10}}')
    assert (await told(answers(200, raw.encode())))[0] == Approved("g-1", 111111111110, "Approved", None, None)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 410, 422])
async def test_a_refusal_is_a_decline_only_from_the_gateway_itself(status: int) -> None:
    of_the_entry = status in (400, 404, 410, 422)
    refused = (EntryRefused if of_the_entry else Declined)(f"refused with status {status}")
    assert (await told(answers(status, {"message": "the token t is wrong"})))[0] == refused
    assert (await told(answers(status, b"<html>proxy</html>")))[0] == Unknown(f"answered {status}")


@pytest.mark.parametrize("status", [204, 302, 307, 408, 409, 425, 429, 500, 502, 503, 504])
async def test_any_other_status_is_unknown(status: int) -> None:
    outcome, gateway = await told(answers(status, b"" if status == 204 else GOOD, location="/v1/elsewhere"))
    assert isinstance(outcome, Unknown)
    assert "checkout" in gateway.heard[0].target


@pytest.mark.parametrize(
    "raw", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{", b"hello\r\n\r\n", b"\x16\x03\x01"]
)
async def test_a_line_that_is_cut_or_speaks_no_http_is_unknown(raw: bytes) -> None:
    outcome, _ = await told(bytes_only(raw))
    assert isinstance(outcome, Unknown) and re.fullmatch(r"no answer: \w+", outcome.reason)


@pytest.mark.parametrize("script", [drips(0.05), drips(3600), floods()], ids=["drips", "stops", "floods"])
async def test_no_answer_outlasts_the_timeout_or_fills_the_memory(script: Script) -> None:
    # Neither ends by itself.
    async with asyncio.timeout(PATIENCE_SECONDS):
        outcome, _ = await told(script, seconds=0.5)
    assert isinstance(outcome, Unknown)


async def test_nobody_listens() -> None:
    pay = client(f"http://127.0.0.1:{free_port()}/v1")
    merchant = a_merchant()
    never_left = NotSent("no connection: ConnectError")
    assert await charge(pay) == never_left
    assert await pay.void(merchant, gateway_id="g", external_id="x") == never_left
    assert await pay.refund(merchant, gateway_id="g", external_id="x", cents=5) == never_left
    assert await pay.look_up(merchant, "x") == Unknown("no connection: ConnectError")
    with pytest.raises(GatewayError, match=r"^no connection: ConnectError$"):
        await pay.start(merchant)
    await pay.close()


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (404, {"message": "not found"}, NotFound()),
        (404, b"<html>proxy</html>", Unknown("answered 404")),
        (401, {"message": "no"}, Unknown("answered 401")),
        (400, {"message": "no"}, Unknown("answered 400")),
        (500, {}, Unknown("answered 500")),
        (200, {}, UNSAID),
        (200, response(resultStatus="false", resultMessage="Decline"), Declined("Decline")),
        (200, response(amountProcessed=None), NO_AMOUNT),
        (200, GOOD, Sale(Approved("g-1", 1234, "Approved", None, None), "unsaid")),
        (200, response(transactionStatus="Open"), Sale(Approved("g-1", 1234, "Approved", None, None), "open")),
        (200, response(transactionStatus="Settled"), Sale(Approved("g-1", 1234, "Approved", None, None), "settled")),
        (200, response(transactionStatus="Void"), Sale(Approved("g-1", 1234, "Approved", None, None), "void")),
        (200, response(transactionStatus="Odd"), Sale(Approved("g-1", 1234, "Approved", None, None), "unsaid")),
        (
            200,
            response(transactionType="Void", amountProcessed=None),
            Sale(Approved("g-1", 0, "Approved", None, None), "unsaid"),
        ),
    ],
)
async def test_a_look_up_says_what_became_of_it_or_that_it_cannot(status: int, body: Any, found: object) -> None:
    async with serving(answers(status, body)) as gateway:
        pay = client(gateway.url)
        assert await pay.look_up(a_merchant(), "ours") == found
        await pay.close()


# What is sent


async def test_what_is_sent_is_what_the_gateway_expects() -> None:
    async with serving(answers(200, GOOD)) as gateway:
        pay, merchant = client(gateway.url), a_merchant("o/1", "secret key")
        await charge_as(pay, "e-1", merchant, "a/b?c#d%e ü", Amounts(100_000_005, 0, 0))
        await charge_as(pay, "e-2", merchant, "t", Amounts(7, 1, 2))
        await pay.void(merchant, gateway_id="g", external_id="e-3")
        await pay.refund(merchant, gateway_id="g", external_id="e-4", cents=5)
        await pay.acknowledge(merchant, "e-5")
        await pay.look_up(merchant, "e-6")
        await pay.close()
    card, small, void, refund, acknowledged, looked = gateway.heard
    assert card.method == "PUT"
    assert card.target == "/v1/orgs/o%2F1/transactions/checkout/a%2Fb%3Fc%23d%25e%20%C3%BC"
    assert card.headers["authorization"] == "Bearer secret key"
    assert card.headers["content-type"] == "application/json"
    assert card.headers["idempotency-key"] == "e-1"
    assert card.data == {"amount": "1000000.05", "externalTransactionId": "e-1", "transactionReference": "P-1"}
    assert (small.data["amount"], small.data["tipAmount"], small.data["taxAmount"]) == ("0.07", "0.01", "0.02")
    assert (void.method, void.target) == ("PUT", "/v1/orgs/o%2F1/transactions/void")
    assert void.data == {"uniqueTransId": "g", "externalTransactionId": "e-3"}
    assert (refund.method, refund.target) == ("PUT", "/v1/orgs/o%2F1/transactions/tokenizedRefund")
    assert refund.data == {"uniqueTransId": "g", "amount": "0.05", "externalTransactionId": "e-4"}
    assert [one.headers["idempotency-key"] for one in (void, refund)] == ["e-3", "e-4"]
    assert acknowledged.method == "PUT" and json.loads(acknowledged.body) == {}
    assert (looked.method, looked.target, looked.body) == ("GET", "/v1/orgs/o%2F1/transactions/e-6", b"")


async def test_starting_asks_for_hosted_fields() -> None:
    async with serving(answers(200, {"transactionToken": "tok"})) as gateway:
        pay = client(gateway.url + "/")
        assert await pay.start(a_merchant("o")) == "tok"
        await pay.close()
    [asked] = gateway.heard
    assert (asked.method, asked.target) == ("POST", "/v1/orgs/o/transactions/start")
    assert asked.data == {"transactionType": "CreditSale", "method": "hostedFields", "submissionType": "manual"}
    assert "idempotency-key" not in asked.headers


@pytest.mark.parametrize(
    "body", [{}, {"transactionToken": ""}, {"transactionToken": 5}, {"transactionToken": "x" * 1001}, b"no"]
)
async def test_a_start_without_a_token_fails(body: Any) -> None:
    async with serving(answers(200, body)) as gateway:
        pay = client(gateway.url)
        with pytest.raises(GatewayError, match="without a token"):
            await pay.start(a_merchant())
        await pay.close()


async def test_a_wallet_says_nothing_but_what_a_wallet_may() -> None:
    wallet = {"type": "applePay", "isSandbox": True, "billing": {"zip": "1"}, "token": {"data": "blob"}}
    mischief = {"amount": "0.01", "tipAmount": "9.00", "transactionType": "CreditReturn", "surcharge": "1"}
    async with serving(answers(200, GOOD)) as gateway:
        pay = client(gateway.url)
        await pay.charge_wallet(
            a_merchant(), wallet=wallet | mischief, external_id="e", amounts=Amounts(500, 0, 0), reference="P"
        )
        await pay.close()
    [asked] = gateway.heard
    sale = {
        "amount": "5.00",
        "transactionType": "CreditSale",
        "externalTransactionId": "e",
        "transactionReference": "P",
    }
    assert asked.data == wallet | sale


def test_a_wallet_for_tests_buys_nothing_where_money_moves() -> None:
    assert moves_money("https://api.emergepay.chargeitpro.com/virtualterminal/v1")
    assert not moves_money("https://api.emergepay-sandbox.chargeitpro.com/virtualterminal/v1")
    assert not moves_money("http://127.0.0.1:7082/emergepay/v1")
    assert wallet_data({"isSandbox": True}, moves_money=True)["isSandbox"] is False
    assert wallet_data({"isSandbox": True}, moves_money=False)["isSandbox"] is True


@pytest.mark.parametrize(
    ("oid", "auth", "token"),
    [
        ("o", "schlüssel", "t"),
        ("o", "line\r\nx-evil: 1", "t"),
        ("o", "", "t"),
        ("..", "k", "t"),
        ("", "k", "t"),
        ("o", "k", ".."),
        ("o", "k", ""),
        ("o", "k", "x" * 1001),
        ("o", "k", "\ud800"),
    ],
)
async def test_what_cannot_be_sent_is_not_sent(oid: str, auth: str, token: str) -> None:
    async with serving(answers(200, GOOD)) as gateway:
        pay = client(gateway.url)
        merchant = Merchant(oid=oid, auth=SecretStr(auth))
        assert isinstance(await charge_as(pay, "e", merchant, token), Declined)
        await pay.close()
    assert gateway.heard == []


async def test_without_an_address_nothing_is_charged() -> None:
    pay = client(None)
    assert await charge(pay) == Declined("EMERGEPAY_ENVIRONMENT_URL is not set")
    with pytest.raises(GatewayError):
        await pay.start(a_merchant())
    await pay.close()


def test_a_charge_of_nothing_is_a_mistake_of_ours() -> None:
    for wrong in ((0, 0, 0), (-1, 0, 0), (5, -1, 0), (5, 0, -1)):
        with pytest.raises(ValueError, match="more than nothing"):
            Amounts(*wrong)
    with pytest.raises(ValueError, match="parts of the whole"):
        Amounts(100, 40, 61)


# How it is sent


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert isinstance((await told(answers(200, GOOD)))[0], Approved)


async def test_many_at_once_wait_for_each_other_and_all_get_through() -> None:
    async with serving(answers(200, GOOD)) as gateway:
        pay = client(gateway.url, seconds=60)
        outcomes = await asyncio.gather(*(charge(pay) for _ in range(MAX_CONNECTIONS + 50)))
        await pay.close()
    assert all(isinstance(outcome, Approved) for outcome in outcomes)
    assert len(gateway.heard) == MAX_CONNECTIONS + 50


async def test_a_caller_that_gives_up_takes_nobody_with_it() -> None:
    async with serving(drips(0.05)) as slow, serving(answers(200, GOOD)) as good:
        pay = client(slow.url)
        waiting = [asyncio.create_task(charge(pay)) for _ in range(MAX_CONNECTIONS + 10)]
        await asyncio.sleep(0.3)
        for task in waiting:
            task.cancel()
        assert all(
            isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*waiting, return_exceptions=True)
        )
        slow.choose = good.choose
        assert isinstance(await charge(pay), Approved)
        await pay.close()


async def test_each_event_loop_has_connections_of_its_own() -> None:
    async with serving(answers(200, GOOD)) as gateway:
        pay = client(gateway.url)

        def elsewhere() -> Charge:
            return asyncio.run(charge(pay))

        assert isinstance(await charge(pay), Approved)
        assert isinstance(await asyncio.to_thread(elsewhere), Approved)
        assert isinstance(await charge(pay), Approved)
        await pay.close()
        assert isinstance(await charge(pay), Approved), "after a close it begins anew"
        await pay.close()


async def test_no_secret_is_logged_or_told(caplog: pytest.LogCaptureFixture) -> None:
    token, auth, blob = "tok-SECRET-1", "auth-SECRET-2", "blob-SECRET-3"
    caplog.set_level(logging.DEBUG)
    merchant = Merchant(oid="o", auth=SecretStr(auth))
    wallet = {"type": "applePay", "token": {"data": blob}}
    echo = {"message": f"{token} {auth} {blob}"}
    said: list[object] = [merchant]
    scripts = [answers(200, GOOD), answers(404, echo), answers(500, echo), answers(200, b"x" * 70_000)]
    scripts += [bytes_only(b""), bytes_only(b"tok"), drips(0.05)]
    for script in scripts:
        async with serving(script) as gateway:
            pay = client(gateway.url, seconds=0.3 if script is scripts[-1] else 60)
            said.append(await charge_as(pay, "e", merchant, token))
            said.append(
                await pay.charge_wallet(merchant, wallet=wallet, external_id="e", amounts=AMOUNTS, reference="P")
            )
            said.append(await pay.look_up(merchant, "e"))
            with pytest.raises(GatewayError) as failed:
                await pay.start(merchant)
            said += [str(failed.value), failed.value.__cause__, failed.value.__context__]
            await pay.close()
    everything = f"{said!r} {caplog.text}"
    assert "SECRET" not in everything
    lines = [record.getMessage() for record in caplog.records if record.name == "orderbuddy.gateway"]
    assert re.fullmatch(r"gateway checkout e: Approved in \d+ ms", lines[0])
    assert len(lines) == 4 * 7
