"""Paying on the whole stack: the existing app's flow by its contract, kills in the middle of it, and what an outside
observer finds of a diner's card afterwards: nothing (contract 13 to 15, rules 10)."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from bson import ObjectId, json_util

from local.supervisor.options import OFFSETS
from tests.e2e.diners import cart_of, dishes_of, line
from tests.e2e.truth import Truth
from tests.fixtures import zod
from tests.integration.cli import orderbuddy
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

APPROVES = "4111111111111111"
DECLINES = "4000000000000002"
CHARGES_LATE = "4000000000000101"
DROPS_AFTER = "4000000000000077"
MERCHANT_KEY = "test-key-demo-merchant"

TRANSACTION = zod.record(resultMessage=zod.text, resultStatus=zod.one_of("true", "false"), amountProcessed=zod.text)
STARTED = zod.record(transactionToken=zod.text)
CARD_COMPLETED = zod.record(transaction=TRANSACTION, orderId=zod.text)
WALLET_COMPLETED = zod.record(transaction=zod.record(transactionResponse=TRANSACTION), orderId=zod.text)
TEXTS_THAT_THE_APP_SHOWS = {"Decline", "Do not honor", "Insufficient funds"}


@pytest.fixture(scope="module", autouse=True)
async def sealed(stack: Stack) -> None:
    """Keys of merchants that were stored as they are get sealed, as an operator does it."""
    ended = await orderbuddy(None, "credentials", "seal", **stack.settings())
    assert ended.code == 0, ended.out + ended.err


@dataclass
class App:
    """The existing app in a diner's pocket: what it sends, and all that it ever heard."""

    stack: Stack
    http: httpx.AsyncClient
    dishes: list[str]
    heard: list[str] = field(default_factory=list)
    preview_id: str = ""
    total_cents: int = 0

    @property
    def demo(self) -> dict[str, Any]:
        return self.stack.demo["payment"]

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        answer = await self.http.post(path, json=body, headers={"x-request-id": str(uuid.uuid4()), **headers})
        self.heard.append(f"{answer.headers} {answer.text}")
        return answer

    async def preview(self) -> str:
        cart = cart_of(self.demo, [line(secrets.token_hex(12), dish) for dish in self.dishes])
        body = (await self.post("order-app/cart/preview-order", cart)).json()
        assert zod.PREVIEW(body, "preview") == []
        self.preview_id, self.total_cents = body["data"]["previewOrderId"], body["data"]["totalPriceCents"]
        return self.preview_id

    async def start(self, card: str = APPROVES, **more: Any) -> str:
        """A token, and a card typed into the gateway's fields, which the app never sees."""
        answer = await self.post(f"payments/start-transaction/{self.demo['restaurantId']}", {})
        assert (answer.status_code, STARTED(answer.json(), "start")) == (200, [])
        token = str(answer.json()["transactionToken"])
        self.heard.pop()
        typed = await self.http.post(f"{gateway(self.stack)}/hosted-fields/{token}", json={"cardNumber": card, **more})
        assert typed.status_code == 200
        return token

    async def complete(self, token: str, **headers: str) -> httpx.Response:
        body = {"previewOrderId": self.preview_id, "transactionToken": token}
        return await self.post("payments/complete-transaction", body, **headers)

    async def pay(self, token: str) -> dict[str, Any]:
        answer = await self.complete(token)
        assert (answer.status_code, CARD_COMPLETED(answer.json(), "complete")) == (200, []), answer.text
        return dict(answer.json())

    async def pay_by_wallet(self, details: dict[str, Any]) -> dict[str, Any]:
        body = {"previewOrderId": self.preview_id, "transactionDetails": details}
        answer = await self.post("payments/complete-upi-transaction", body)
        assert (answer.status_code, WALLET_COMPLETED(answer.json(), "wallet")) == (200, []), answer.text
        return dict(answer.json())

    async def status_page(self) -> dict[str, Any]:
        answer = await self.http.get(f"menu-app/order/{self.preview_id}")
        self.heard.append(answer.text)
        assert zod.ORDER(answer.json(), "order") == []
        return dict(answer.json())

    async def becomes_an_order(self) -> None:
        """Look at the status until there is an order."""

        async def is_one() -> bool:
            answer = await self.http.get(f"order-app/orders/{self.preview_id}/status")
            self.heard.append(answer.text)
            return answer.status_code == 200 and answer.json()["status"] in ("CREATED", "ACCEPTED")

        await eventually(is_one, lambda: self.heard[-1], every=0.25)


def gateway(stack: Stack) -> str:
    return f"http://127.0.0.1:{stack.base + OFFSETS['saas']}/emergepay"


@pytest.fixture
async def app(stack: Stack) -> AsyncIterator[App]:
    dishes = (await dishes_of(stack.api_url, stack.demo["payment"]))[:2]
    async with httpx.AsyncClient(base_url=f"{stack.api_url}/", timeout=PATIENCE_SECONDS, trust_env=False) as http:
        yield App(stack, http, dishes)


async def rows(app: App) -> list[dict[str, Any]]:
    """What the gateway did for the payments of the app's preview."""
    ledger = (await app.http.get(f"{gateway(app.stack)}/_local/ledger")).json()
    truth = Truth(app.stack)
    found = await truth.db.payments.find({"previewId": ObjectId(app.preview_id)}).to_list()
    await truth.close()
    ours = {payment["_id"] for payment in found}
    return [row for row in ledger if {row["externalTransactionId"], row.get("ofExternalTransactionId")} & ours]


async def paid_once(app: App) -> None:
    assert [(row["kind"], row["amountCents"]) for row in await rows(app)] == [("capture", app.total_cents)]


def wallet(data: str, street: str = "1 Main St") -> dict[str, Any]:
    return {
        "type": "applePay",
        "isSandbox": True,
        "billing": {"firstName": "Ann", "address1": street},
        "card": {"network": "visa"},
        "token": {"data": data},
    }


async def test_the_existing_app_pays_by_card_by_wallet_and_with_another_card_after_a_decline(
    app: App, truth: Truth
) -> None:
    await app.preview()
    paid = await app.pay(await app.start())
    assert (paid["transaction"]["resultStatus"], paid["transaction"]["resultMessage"]) == ("true", "Approved")
    assert paid["orderId"] == app.preview_id
    page = await app.status_page()
    assert (page["_id"], page["totalPriceCents"]) == (app.preview_id, app.total_cents)
    await paid_once(app)

    await app.preview()
    paid = await app.pay_by_wallet(wallet(secrets.token_hex(20)))
    assert paid["transaction"]["transactionResponse"]["resultMessage"] == "Approved"
    assert paid["orderId"] == app.preview_id
    await app.status_page()
    await paid_once(app)

    await app.preview()
    declined = await app.pay(await app.start(DECLINES))
    assert (declined["transaction"]["resultStatus"], declined["orderId"]) == ("false", "")
    assert declined["transaction"]["resultMessage"] in TEXTS_THAT_THE_APP_SHOWS
    paid = await app.pay(await app.start())
    assert paid["orderId"] == app.preview_id
    await paid_once(app)


async def test_a_host_killed_while_it_waits_and_the_same_token_again_is_the_same_order_and_one_charge(
    app: App, truth: Truth
) -> None:
    await app.preview()
    token = await app.start(CHARGES_LATE, seconds=600)
    waiting = asyncio.create_task(app.complete(token))
    await charge_is_held(app)
    await asyncio.to_thread(app.stack.kill, "host")
    with pytest.raises(httpx.HTTPError):
        await waiting
    await asyncio.to_thread(app.stack.start, "host")
    await let_charge_go(app)
    assert (await app.pay(token))["orderId"] == app.preview_id
    await paid_once(app)


async def charge_is_held(app: App) -> None:
    """Wait until the gateway has heard of the charge, which it holds."""

    async def was_heard() -> bool:
        calls = (await app.http.get(f"{gateway(app.stack)}/_local/received")).json()
        return any(call["method"] == "PUT" and app.preview_id in json.dumps(call["body"]) for call in calls)

    await eventually(was_heard, "the gateway was not asked to charge", every=0.1)


async def let_charge_go(app: App) -> None:
    """Have the gateway charge what it holds."""
    answer = await app.http.post(f"{gateway(app.stack)}/_local/fault", json={"mode": "ok"})
    assert answer.json()["letGo"] == 1


async def test_an_engine_killed_in_the_middle_of_a_charge_never_charges_again(app: App, truth: Truth) -> None:
    await app.preview()
    token = await app.start(CHARGES_LATE, seconds=600)
    assert (await app.complete(token, prefer="respond-async")).status_code == 202
    await charge_is_held(app)
    await asyncio.to_thread(app.stack.kill, "durable")
    await asyncio.to_thread(app.stack.start, "durable")
    await let_charge_go(app)
    await app.becomes_an_order()
    assert (await app.pay(token))["orderId"] == app.preview_id
    await paid_once(app)


async def test_an_instance_terminated_in_a_stalled_charge_and_started_again_charges_once(
    app: App, truth: Truth
) -> None:
    await app.preview()
    token = await app.start(CHARGES_LATE, seconds=600)
    assert (await app.complete(token, prefer="respond-async")).status_code == 202
    await charge_is_held(app)
    where = f"http://127.0.0.1:{app.stack.base + 1}/runtime/webhooks/durabletask/instances/{app.preview_id}"
    ended = await app.http.post(f"{where}/terminate?reason=test")
    assert ended.status_code == 202, ended.text
    await let_charge_go(app)
    # A second tap wakes: the terminated instance counts as not there, and another is started beside the old activity.
    assert (await app.pay(token))["orderId"] == app.preview_id
    await paid_once(app)


async def test_an_outside_observer_finds_no_token_no_wallet_no_key_and_no_card_number(app: App, truth: Truth) -> None:
    hidden = [MERCHANT_KEY, APPROVES, DECLINES, DROPS_AFTER, CHARGES_LATE]
    for card, more in ((APPROVES, {}), (DECLINES, {}), (DROPS_AFTER, {}), (CHARGES_LATE, {"seconds": 2})):
        await app.preview()
        token = await app.start(card, **more)
        hidden.append(token)
        await app.complete(token, prefer="respond-async")
        # Also in the middle of it.
        await nowhere(hidden, app, truth)
        await app.complete(token)
    data, street = f"wallet{secrets.token_hex(20)}", f"{secrets.token_hex(8)} Secret Lane"
    hidden += [data, street]
    order_id = ""
    for number in (data, f"{DECLINES} {data}"):
        await app.preview()
        answer = await app.pay_by_wallet(wallet(number, street))
        assert answer["orderId"] == (app.preview_id if number == data else "")
        order_id = answer["orderId"] or order_id
    await truth.settles()
    for _ in range(3):
        await app.complete("an unknown token")
        await app.complete(f"{token}x")
    await nowhere(hidden, app, truth, order_id)


async def nowhere(hidden: list[str], app: App, truth: Truth, last_order: str = "") -> None:
    """None of these texts is anywhere that an observer can see."""
    seen = {f"what the app heard: {text[:40]}": text for text in app.heard}
    for name in await truth.db.list_collection_names():
        async for document in truth.db[name].find({}):
            seen[f"{name} {document['_id']}"] = json_util.dumps(document, ensure_ascii=False)
    seen |= dict(await _told_by_the_console(app))
    for place in (app.stack.data_dir.root / "logs", app.stack.data_dir.root / "durable"):
        for path in place.rglob("*"):
            # The gateway's stand-in is the gateway: it may know.
            if path.is_file() and not path.name.startswith("saas"):
                seen[str(path)] = path.read_bytes().decode(errors="replace")
    seen["up"] = app.stack.output.read_text()
    # The observer is not blind: what is no secret is seen in all of these places.
    told = {"checkouts": last_order, "history of": last_order, "messages": last_order, "/durable/": last_order}
    for place, text in {**told, "/logs/": "gateway checkout"}.items():
        assert any(text in whole for where, whole in seen.items() if place in where), place
    found = [(place, text[:12]) for place, whole in seen.items() for text in hidden if text in whole]
    assert found == []


async def _told_by_the_console(app: App) -> list[tuple[str, str]]:
    """Every instance with its history, and every message to screens."""
    listed = await app.http.get(f"{app.stack.console_url}/api/orchestrations")
    instances = listed.json()
    rows = instances if isinstance(instances, list) else instances["instances"]
    told = [("orchestrations", listed.text)]
    for row in rows[:40]:
        key = row.get("instanceId") or row.get("id")
        one = await app.http.get(f"{app.stack.console_url}/api/orchestrations/{key}")
        assert one.status_code == 200
        told.append((f"history of {key}", one.text))
    told.append(("messages", (await app.http.get(f"{app.stack.console_url}/api/webpubsub/received")).text))
    return told
