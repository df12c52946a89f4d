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
from local.console.app import AppError, demo_place
from local.console.clock import ClockApi
from local.console.control import ControlApi
from local.console.mails import MailsApi
from local.console.orchestrations import Orchestrations
from local.console.orders import Orders
from local.console.parts import Parts, answered
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
        self._parts = Parts(stack, http)
        self._services = ServicesApi(self._parts)
        self._orders = Orders(stack.plan.mongo_uri, stack.plan.db_name)
        stack.replaced.append(self._orders.close)
        self._timeline = TimelineApi(self._parts, self._orders, self._orchestrations)
        self._mails = MailsApi(stack, self._parts)
        self._pushes = PushesApi(self._parts)
        self._texts = TextsApi(self._parts, stack.plan.api_url)

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
            *ClockApi(self._stack.clock, lambda: answered(self._orchestrations.waits())).routes(),
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
        codes = await self._parts.read(f"{url}/_local/codes") if url else []
        return JSONResponse(people.rows(self._stack.demo, codes) if url else [])

    async def place_demo_order(self, request: Request) -> Response:
        """POST /api/demo-order {"location": "open" | "campaign" | "payment", "card"?}: a real order through the API.

        With a card of paid_order.CARDS, the order is paid for; `seconds` may stand beside the card. The answer then
        has the `outcome`, too: placed, declined (with a `message`), or checking.
        """
        asked = await read_object(request)
        _, place = demo_place(self._stack, asked, "menuId")
        plan = self._stack.plan
        order_id, paid = await _done("The order was not placed", self._placed(place, asked))
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

    async def _placed(self, place: dict[str, Any], asked: dict[str, Any]) -> tuple[str, paid_order.Paid | None]:
        """The order's id, and what came of the card where there is one. Raises AppError, and HTTPException."""
        api_url = self._stack.plan.api_url
        if "card" not in asked:
            return await demo_order.place(self._http, api_url, place), None
        gateway = self._parts.url("emergepay")
        name, seconds = asked["card"], asked.get("seconds")
        if not isinstance(name, str) or name not in paid_order.CARDS:
            raise HTTPException(400, f"The card must be one of {', '.join(paid_order.CARDS)}.")
        if seconds is not None and type(seconds) not in (int, float):
            raise HTTPException(400, "The seconds must be a number.")
        card = paid_order.Card(name, seconds)
        paid = await paid_order.pay(self._http, api_url, gateway, place, card)
        return paid.order_id, paid

    async def _code_of(self, order_id: str) -> str | None:
        """The readable code of an order. None where it has none yet, or MongoDB cannot be asked: the order stands."""
        from pymongo.errors import PyMongoError

        try:
            return await self._orders.code_of(order_id)
        except PyMongoError:
            return None

    async def orchestrations(self, _request: Request) -> Response:
        """GET /api/orchestrations: the instances that began last, newest first, at most 100."""
        return JSONResponse(await answered(self._orchestrations.newest()))

    async def orchestration(self, request: Request) -> Response:
        """GET /api/orchestrations/{id}: one instance with its history."""
        found = await answered(self._orchestrations.one(request.path_params["instance_id"]))
        if found is None:
            raise HTTPException(404, "There is no such instance.")
        return JSONResponse(found)

    async def restart_orchestration(self, request: Request) -> Response:
        """POST /api/orchestrations/{id}/restart {"input"?, "copy"?, "from"?}: the workflow again, from its start or an
        activity."""
        asked = await read_object(request)
        copy = await answered(self._orchestrations.restarted(request.path_params["instance_id"], asked))
        if copy is None:
            raise HTTPException(404, "There is no such instance.")
        return JSONResponse({"instanceId": copy})

    async def ledger(self, _request: Request) -> Response:
        """GET /api/emergepay/ledger: [] as long as there is no stand-in for the gateway."""
        return JSONResponse(await self._parts.shown("emergepay", "ledger"))

    async def papers(self, _request: Request) -> Response:
        """GET /api/printer/papers: the printers, what is wrong with each, and the newest papers, oldest first."""
        there = await self._parts.shown("printer", "printers")
        papers = await self._parts.shown("printer", "papers") if there else []
        return JSONResponse({"printers": there, "papers": papers})

    async def make_device(self, request: Request) -> Response:
        """POST /api/device {"location"?, "role"?}: a kitchen screen of a demo location that waits for its code."""
        asked = await read_object(request)
        token = await self._manager.token(self._stack)
        made = devices.make(self._http, self._stack, token, asked)
        return JSONResponse(await _done("The screen was not made", made))

    async def connect_printer(self, request: Request) -> Response:
        """POST /api/printer/connect {"location"?, "kind"?}: a new printer of a demo location, with its stand-in."""
        asked = await read_object(request)
        token = await self._manager.token(self._stack)
        added = printers.connect(self._http, self._stack, token, asked)
        return JSONResponse(await _done("The printer was not added", added))

    async def set_printer_mode(self, request: Request) -> Response:
        """POST /api/printer/mode {"name", "mode"}: what is wrong with a printer from now on."""
        return await self._parts.told("printer", "mode", await read_object(request))


def without_password(uri: str) -> str:
    """A connection string that may be shown."""
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    return uri.replace(f":{parts.password}@", ":***@")


async def _done(what_not: str, work: Awaitable[T]) -> T:
    """What the app was asked to do for somebody. Raises HTTPException 502, which begins with `what_not`."""
    try:
        return await work
    except AppError as error:
        raise HTTPException(502, f"{what_not}: {error}") from None
