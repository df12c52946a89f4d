"""The console's JSON API (the local stack's own; never part of the product's API)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.console import demo_order, devices, emulation, paid_order, people, printers, screens
from local.console.clock import ClockApi
from local.console.control import ControlApi
from local.console.mails import MailsApi
from local.console.orchestrations import Orchestrations
from local.console.orders import Orders
from local.console.pushes import PushesApi
from local.console.services import ServicesApi
from local.console.texts import TextsApi
from local.console.timeline import TimelineApi
from local.console.view import StackView
from local.standin.server import read_object

T = TypeVar("T")


class ConsoleApi:
    """The console's endpoints for one stack."""

    def __init__(self, stack: StackView, http: httpx.AsyncClient) -> None:
        self._stack = stack
        self._http = http
        self._kitchen = screens.PersonSession(http, "kitchen")
        self._manager = screens.PersonSession(http, "manager")
        self._orchestrations = Orchestrations(http, stack.plan.durable_url)
        self._services = ServicesApi(stack, http)
        self._orders = Orders(stack.plan.mongo_uri, stack.plan.db_name)
        stack.replaced.append(self._orders.close)
        self._timeline = TimelineApi(stack, http, self._orders)
        self._mails = MailsApi(stack, http)
        self._pushes = PushesApi(stack, http)
        self._texts = TextsApi(stack, http)

    def routes(self) -> list[BaseRoute]:
        """Every route of the API."""
        return [
            Route("/api/stack", self.describe),
            Route("/api/orders", self.newest_orders),
            Route("/api/people", self.people),
            Route("/api/demo-order", self.place_demo_order, methods=["POST"]),
            Route("/api/device", self.make_device, methods=["POST"]),
            Route("/api/orchestrations", self.orchestrations),
            Route("/api/orchestrations/{instance_id}", self.orchestration),
            Route("/api/emergepay/ledger", self.ledger),
            Route("/api/printer/papers", self.papers),
            Route("/api/printer/connect", self.connect_printer, methods=["POST"]),
            Route("/api/printer/mode", self.set_printer_mode, methods=["POST"]),
            Route("/api/orchestrations/{instance_id}/restart", self.restart_orchestration, methods=["POST"]),
            *self._timeline.routes(),
            *self._mails.routes(),
            *self._pushes.routes(),
            *self._texts.routes(),
            *ClockApi(self._stack.clock).routes(),
            *emulation.routes(),
            *self._services.routes(),
            *ControlApi(self._stack).routes(),
        ]

    async def close(self) -> None:
        """Close what the API holds open."""
        await self._orders.close()

    async def describe(self, _request: Request) -> Response:
        """GET /api/stack: the parts with their health, the app's own health, the demo data's ids, the screens."""
        stack = self._stack
        described = stack.describe()
        health = await stack.health()
        parts = {name: {**part, "health": health[name]} for name, part in described["parts"].items()}
        demo = stack.demo
        return JSONResponse(
            {
                **described,
                "mongoUri": without_password(described["mongoUri"]),
                "ready": stack.ready,
                "clock": stack.clock.describe(),
                "parts": parts,
                "app": await stack.app_health(),
                "demo": demo,
                "screens": {
                    "board": screens.board_url(stack.plan),
                    "order": screens.order_url(stack),
                    "orderAndPay": screens.order_url(stack, "payment"),
                    "kitchen": screens.kitchen_links(stack, await self._kitchen.token(stack)),
                },
            }
        )

    async def newest_orders(self, _request: Request) -> Response:
        """GET /api/orders: the newest 50."""
        from pymongo.errors import PyMongoError

        try:
            return JSONResponse(await self._orders.newest())
        except PyMongoError as error:
            raise HTTPException(503, f"MongoDB does not answer ({type(error).__name__})") from None

    async def people(self, _request: Request) -> Response:
        """GET /api/people: whom a code was sent to, and the demo's people, each with the code that is taken now."""
        url = self._stack.plan.core_url
        codes = await _from_part(self._ask(f"{url}/_local/codes")) if url else []
        return JSONResponse(people.rows(self._stack.demo, codes) if url else [])

    async def place_demo_order(self, request: Request) -> Response:
        """POST /api/demo-order {"location": "open" | "campaign" | "payment", "card"?}: a real order through the API.

        With a card of paid_order.CARDS, the order is paid for; `seconds` may stand beside the card. The answer then
        has the `outcome`, too: placed, declined (with a `message`), or checking.
        """
        asked = await read_object(request)
        name = str(asked.get("location", "open"))
        place = self._stack.demo.get(name)
        if not isinstance(place, dict) or "menuId" not in place:
            raise HTTPException(404, f"There is no demo location called {name!r}: run without --no-seed.")
        plan = self._stack.plan
        try:
            paid = await self._pay(place, asked) if "card" in asked else None
            order_id = paid.order_id if paid else await demo_order.place(self._http, plan.api_url, place)
        except demo_order.DemoOrderError as error:
            raise HTTPException(502, f"The order was not placed: {error}") from None
        code = await self._code_of(order_id)
        token = await self._kitchen.token(self._stack)
        links = [screens.kitchen_link(plan, place, station, token) for station in place.get("stationIds") or []]
        return JSONResponse(
            {
                "orderId": order_id,
                **({"orderCode": code} if code else {}),
                **({"outcome": paid.outcome, "message": paid.message} if paid else {}),
                "statusUrl": screens.status_url(plan, place["restaurantId"], order_id),
                "kitchenUrls": [link["url"] for link in links],
            }
        )

    async def _pay(self, place: dict[str, Any], asked: dict[str, Any]) -> paid_order.Paid:
        plan = self._stack.plan
        gateway = plan.service_urls().get("emergepay")
        if gateway is None:
            raise HTTPException(404, "This stack runs no stand-in for the payment gateway.")
        name, seconds = asked["card"], asked.get("seconds")
        if not isinstance(name, str) or name not in paid_order.CARDS:
            raise HTTPException(400, f"The card must be one of {', '.join(paid_order.CARDS)}.")
        if seconds is not None and type(seconds) not in (int, float):
            raise HTTPException(400, "The seconds must be a number.")
        card = paid_order.Card(name, seconds)
        return await paid_order.pay(self._http, plan.api_url, gateway, place, card)

    async def _code_of(self, order_id: str) -> str | None:
        """The readable code of an order. None where it has none yet, or MongoDB cannot be asked: the order stands."""
        from pymongo.errors import PyMongoError

        try:
            return await self._orders.code_of(order_id)
        except PyMongoError:
            return None

    async def orchestrations(self, _request: Request) -> Response:
        """GET /api/orchestrations: the instances that began last, newest first, at most 100."""
        return JSONResponse(await _from_part(self._orchestrations.newest()))

    async def orchestration(self, request: Request) -> Response:
        """GET /api/orchestrations/{id}: one instance with its history."""
        found = await _from_part(self._orchestrations.one(request.path_params["instance_id"]))
        if found is None:
            raise HTTPException(404, "There is no such instance.")
        return JSONResponse(found)

    async def restart_orchestration(self, request: Request) -> Response:
        """POST /api/orchestrations/{id}/restart {"input"?, "copy"?}: the workflow again, from the start."""
        asked = await read_object(request)
        copy = await _from_part(self._orchestrations.restarted(request.path_params["instance_id"], asked))
        if copy is None:
            raise HTTPException(404, "There is no such instance.")
        return JSONResponse({"instanceId": copy})

    async def ledger(self, _request: Request) -> Response:
        """GET /api/emergepay/ledger: [] as long as there is no stand-in for the gateway."""
        url = self._stack.plan.service_urls().get("emergepay")
        return JSONResponse(await _from_part(self._ask(f"{url}/_local/ledger")) if url else [])

    async def papers(self, _request: Request) -> Response:
        """GET /api/printer/papers: the printers, what is wrong with each, and the newest papers, oldest first."""
        url = self._stack.plan.service_urls().get("printer")
        if url is None:
            return JSONResponse({"printers": [], "papers": []})
        there = await _from_part(self._ask(f"{url}/_local/printers"))
        papers = await _from_part(self._ask(f"{url}/_local/papers")) if there else []
        return JSONResponse({"printers": there, "papers": papers})

    async def make_device(self, request: Request) -> Response:
        """POST /api/device {"location"?, "role"?}: a kitchen screen of a demo location that waits for its code."""
        asked = await read_object(request)
        token = await self._manager.token(self._stack)
        return JSONResponse(await devices.make(self._http, self._stack, token, asked))

    async def connect_printer(self, request: Request) -> Response:
        """POST /api/printer/connect {"location"?, "kind"?}: a new printer of a demo location, with its stand-in."""
        asked = await read_object(request)
        token = await self._manager.token(self._stack)
        return JSONResponse(await printers.connect(self._http, self._stack, token, asked))

    async def set_printer_mode(self, request: Request) -> Response:
        """POST /api/printer/mode {"name", "mode"}: what is wrong with a printer from now on."""
        url = self._stack.plan.service_urls().get("printer")
        if url is None:
            raise HTTPException(404, "This stack runs no stand-in for printers.")
        body = await read_object(request)
        try:
            answer = await self._http.post(f"{url}/_local/mode", json=body)
        except httpx.HTTPError as error:
            raise HTTPException(502, f"The stand-in does not answer ({type(error).__name__}).") from None
        return Response(answer.content, answer.status_code, media_type="application/json")

    async def _ask(self, url: str) -> Any:
        answer = await self._http.get(url)
        answer.raise_for_status()
        return answer.json()


def without_password(uri: str) -> str:
    """A connection string that may be shown."""
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    return uri.replace(f":{parts.password}@", ":***@")


async def _from_part(asked: Awaitable[T]) -> T:
    """What a part answers. Raises HTTPException 502 where it does not answer, or answers no JSON."""
    try:
        return await asked
    except httpx.HTTPStatusError as error:
        raise HTTPException(502, f"The part answered {error.response.status_code}.") from None
    except (httpx.HTTPError, ValueError) as error:
        raise HTTPException(502, f"The part does not answer ({type(error).__name__}).") from None
