"""A diner's client that sends one trace with all that it asks, and what a whole traced stack has of it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pymongo
from bson import ObjectId

from local.supervisor.options import OFFSETS
from tests.e2e.diners import cart_of, dishes_of, line
from tests.integration.cli import orderbuddy
from tests.patience import PATIENCE_SECONDS, eventually
from tests.stack import Stack

NAME, PHONE, PHONE_DIGITS, EMAIL = "Zebulon Quuxley", "(512) 555-0147", "5125550147", "zeb.quuxley@diner.example"
CARD = "4111111111111111"
ENVIRONMENT = {
    "TELEMETRY_TRACES_PER_SECOND": "0",
    "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    "GATEWAY_TIMEOUT_SECONDS": "4",
    "PAYMENT_GRACE_SECONDS": "2",
}


@dataclass
class Visit:
    """A diner's client that sends one trace with all that it asks, or none. `heard`: secrets that it came to know."""

    stack: Stack
    http: httpx.AsyncClient
    trace: str | None = field(default_factory=lambda: secrets.token_hex(16))
    heard: set[str] = field(default_factory=set)
    order_id: str = ""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        traced = {} if self.trace is None else {"traceparent": f"00-{self.trace}-{secrets.token_hex(8)}-00"}
        answer = await self.http.request(method, path, json=body, headers={**traced, **headers})
        assert answer.status_code < 400, answer.text
        return answer

    async def scan(self) -> None:
        demo = self.stack.demo["payment"]
        await self.ask("GET", f"order-app/restaurants/origins/{demo['originId']}")
        where = f"order-app/restaurants/{demo['restaurantId']}/locations/{demo['locationId']}/menus/{demo['menuId']}"
        await self.ask("GET", where)

    async def preview(self, *, email: str | None = None) -> None:
        demo = self.stack.demo["payment"]
        dishes = await dishes_of(self.stack.api_url, demo)
        cart = cart_of(demo, [line(secrets.token_hex(12), dish) for dish in dishes[:2]], name=NAME)
        cart["customer"]["phone"] = PHONE
        cart["getSms"] = True
        if email is not None:
            cart["customer"]["email"] = email
        answer = await self.ask("POST", "order-app/cart/preview-order", cart)
        self.order_id = answer.json()["data"]["previewOrderId"]

    async def pay(self) -> None:
        """Type a card in, and ask for the order without waiting for it."""
        demo = self.stack.demo["payment"]
        started = await self.ask("POST", f"payments/start-transaction/{demo['restaurantId']}", {})
        token = str(started.json()["transactionToken"])
        self.heard.add(token)
        await self.http.post(f"{saas(self.stack)}/emergepay/hosted-fields/{token}", json={"cardNumber": CARD})
        body = {"previewOrderId": self.order_id, "transactionToken": token}
        await self.ask("POST", "payments/complete-transaction", body, prefer="respond-async")

    async def becomes_an_order(self) -> None:
        async def is_one() -> bool:
            answer = await self.http.get(f"order-app/orders/{self.order_id}/status")
            return answer.status_code == 200 and answer.json()["status"] in ("CREATED", "ACCEPTED")

        await eventually(is_one, every=0.25)


class House:
    """The location whose orders are told to its people by text, to a phone and to a kitchen screen. `heard`: by what
    they are reached, and other secrets."""

    ALERT = "+15125550162"

    def __init__(self, stack: Stack, http: httpx.AsyncClient) -> None:
        self._http = http
        self._stack = stack
        self._as_owner = {"authorization": f"Bearer {stack.token()}"}
        self._place = stack.demo["payment"]
        self.phone = f"phone-{secrets.token_hex(6)}:{secrets.token_hex(12)}"
        self.heard = {self.ALERT.removeprefix("+1"), self.phone}

    async def is_told(self) -> None:
        """Ask for the texts and pushes."""
        restaurant, location = self._place["restaurantId"], self._place["locationId"]
        await self._ask(
            "PATCH",
            f"location-settings/restaurant/{restaurant}/location/{location}",
            {"alertNumbers": [{"phoneNumber": self.ALERT}]},
        )
        phone = {"restaurantId": restaurant, "token": self.phone, "platform": "android"}
        await self._ask("POST", "web-push/subscribe", phone)
        expo = {"restaurantId": restaurant, "locationId": location, "name": "Pass", "role": "expo", "stationIds": []}
        code = (await self._ask("POST", "devices", expo))["data"]["code"]
        claimed = await self._ask("POST", "devices/claim", {"code": code, "model": "test", "appVersion": "1"})
        token = str(claimed["data"]["token"])
        subscribed = (await self._http.post(f"{saas(self._stack)}/web_push/_local/subscribe", json={})).json()
        browser = {"endpoint": f"{saas(self._stack)}/web_push/to/{subscribed['id']}", "keys": subscribed["keys"]}
        await self._ask("POST", "devices/push", browser, authorization=f"Device {token}")
        self.heard |= {code, token, subscribed["id"], *subscribed["keys"].values()}

    async def _ask(self, method: str, path: str, body: Any, **headers: str) -> dict[str, Any]:
        answer = await self._http.request(method, path, json=body, headers={**self._as_owner, **headers})
        assert answer.status_code < 400, answer.text
        found: dict[str, Any] = answer.json()
        return found


def saas(stack: Stack) -> str:
    return f"http://127.0.0.1:{stack.base + OFFSETS['saas']}"


@asynccontextmanager
async def calling(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Calls to the stack's API, whose locations can be paid at."""
    sealed = await orderbuddy(None, "credentials", "seal", **stack.settings())
    assert sealed.code == 0, sealed.out + sealed.err
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=PATIENCE_SECONDS, trust_env=False) as client:
        yield client


async def spans_of(visit: Visit, trace: str, *names: str, within: bool = False) -> list[dict[str, Any]]:
    """The spans of a trace, once all of these names are among them; `within`: and what each but a request lies in."""

    async def look() -> list[dict[str, Any]]:
        answer = await visit.http.get(f"{saas(visit.stack)}/otlp/_traces", params={"trace": trace})
        found = [span for span in answer.json()["spans"] if span["traceId"] == trace]
        seen.clear()
        seen.update(span["name"] for span in found)
        ids = {span["spanId"] for span in found}
        outside = {span["name"] for span in found if span["parentSpanId"] not in ids}
        # A span comes once it is over, and so before the one that it lies in.
        lies = not within or all(name.startswith(("GET ", "POST ")) for name in outside)
        return found if lies and seen.issuperset(names) else []

    seen: set[str] = set()
    return await eventually(look, lambda: f"missing: {set(names) - seen}", every=0.25)


def stored(stack: Stack, collection: str, order_id: str) -> dict[str, Any]:
    with pymongo.MongoClient[dict[str, Any]](stack.mongo_uri) as client:
        found = client[stack.db_name][collection].find_one({"_id": ObjectId(order_id)})
    assert found is not None
    return found


def trace_of(stack: Stack, order_id: str) -> str:
    """The trace that the order keeps."""
    return str(stored(stack, "orders", order_id)["trace"]).split("-")[1]
