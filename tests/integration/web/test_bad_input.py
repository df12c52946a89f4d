"""Nothing that anybody sends breaks the app: every route answers 4xx in the one shape, and never fails.

One in thirteen of the bad requests is sent in each run, others each time; ORDERBUDDY_SEED repeats a run. The long tests
send all.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import httpx
import pytest

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.api.base import Form, Multipart
from shared.errors import FILES_NOT_SET_UP
from shared.web.access import StaffOf, ThisPrinter, this_device
from shared.web.named import LOCATION, RESTAURANT, USER
from shared.web.routes import API_PREFIX, ROUTES, Route
from tests.integration import bad_requests as bad
from tests.integration.bad_requests import Bad
from tests.integration.example_world import DEVICE_TOKEN, Served, served
from tests.integration.local_saas.clients import StandIn
from tests.patience import PATIENCE_SECONDS
from tests.seeds import told_seed

_T = TypeVar("_T")
SHAPE = {"statusCode", "message", "detail", "code", "requestId"}
AT_ONCE = 8
LENIENT = {
    # An unknown code is told by empty fields, an unknown location has no menus and no campaign (contract 3 to 5).
    "order_app_origin",
    "order_app_campaign",
    "order_app_menus",
}
DATES = ("date", "day")
"""What is no id in a path: one that is none is refused by its name."""

NO_STORE = FILES_NOT_SET_UP.code

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY")


@pytest.fixture(scope="module")
def app(
    mongo_uri: str, web_pubsub: str, gateway: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with served(mongo_uri, web_pubsub, gateway, tmp_path_factory.mktemp("bad")) as running:
        yield running


@pytest.fixture(scope="module")
def routes() -> list[Route]:
    load_app(PROJECT, {})
    return list(ROUTES)


# A prime, so that routes with as many bad values as each other do not all get the same one.
SOME = pytest.param(19, id="some")
ALL = pytest.param(1, id="all", marks=pytest.mark.long)
LOOKS_AT_THE_BODY_FIRST = {"menu_draft_editing_change", "menu_draft_editing_batch"}
"""What the examples say of a live menu, its draft cannot: whether something is available."""

some_or_all = pytest.mark.parametrize("one_in", [SOME, ALL])


@pytest.fixture(scope="module")
def turn() -> int:
    """Which part of the requests it is that is sent."""
    return told_seed()


class Sender:
    """Sends bad requests, and keeps what was wrong with the answers."""

    def __init__(self, app: Served, turn: int = 0) -> None:
        self.wrong: list[str] = []
        self.sent = 0
        self._turn = turn
        self._base = app.host.url
        self._staff = {"authorization": app.bearer}
        self._device = {"authorization": f"Device {DEVICE_TOKEN}"}

    async def send_all(self, requests: Iterable[Bad], *, one_in: int = 1) -> None:
        """Send them, or one in so many, a few at a time, as staff who may, and look at each answer."""
        waiting = self.some(requests, one_in)
        async with httpx.AsyncClient(base_url=self._base, timeout=PATIENCE_SECONDS, trust_env=False) as http:
            await asyncio.gather(*(self._worker(http, waiting) for _ in range(AT_ONCE)))

    def some(self, things: Iterable[_T], one_in: int) -> Iterator[_T]:
        """One in so many of them, another one in each turn."""
        return islice(things, self._turn % one_in, None, one_in)

    async def _worker(self, http: httpx.AsyncClient, waiting: Iterator[Bad]) -> None:
        for each in waiting:
            answer = await self.send(http, each)
            fault = self.fault(each, answer)
            if fault:
                self.wrong.append(f"{each.route.name}: {each.what}: {fault}: {answer.status_code} {answer.text[:200]}")

    async def send(self, http: httpx.AsyncClient, each: Bad) -> httpx.Response:
        self.sent += 1
        who = self._device if each.route.allow is this_device else self._staff
        headers = {**who, **each.headers} if each.route.allow.reads_bearer else each.headers
        return await http.request(
            each.method or each.route.method,
            "/",
            content=each.body or None,
            headers=list(headers.items()),
            extensions={"target": each.target},
        )

    @staticmethod
    def fault(each: Bad, answer: httpx.Response) -> str | None:
        """What is wrong with an answer, or None."""
        status = answer.status_code
        if status == 503 and answer.json()["code"] == NO_STORE:
            # Whatever was good enough to come so far: this host keeps no pictures, and says so.
            status = 200 if each.statuses is None else status
        if status >= 500:
            return "a failure of ours"
        if each.statuses is not None and status not in each.statuses:
            return f"not {sorted(each.statuses)}"
        if status < 400 or answer.request.method == "HEAD":
            return None
        if answer.headers.get("content-type") != "application/json":
            return "no JSON"
        body = answer.json()
        if not body.keys() >= SHAPE or body["statusCode"] != status or not body["message"]:
            return "not the one shape"
        return None if answer.headers["x-request-id"] == body["requestId"] else "another request's id"


@pytest.fixture
def sender(app: Served, turn: int) -> Iterator[Sender]:
    made = Sender(app, turn)
    yield made
    assert made.sent > 15
    assert made.wrong == [], f"{len(made.wrong)} of {made.sent}"


@pytest.fixture(autouse=True)
def _nothing_unforeseen(app: Served) -> Iterator[None]:
    yield
    assert "unexpected:" not in app.host.output
    assert "failed after" not in app.host.output


@some_or_all
async def test_bodies(sender: Sender, routes: list[Route], one_in: int) -> None:
    requests = (each for route in routes for each in bad.bodies(route, bad.target(route, API_PREFIX)))
    await sender.send_all(requests, one_in=one_in)


@some_or_all
async def test_odd_texts(sender: Sender, routes: list[Route], one_in: int) -> None:
    requests = (each for route in routes for each in bad.odd_texts(route, bad.target(route, API_PREFIX)))
    await sender.send_all(requests, one_in=one_in)


async def test_every_text_is_tried_with_an_operator(routes: list[Route]) -> None:
    for route in routes:
        if route.body is None or issubclass(route.body, Form | Multipart):
            continue
        tried = {each.what for each in bad.bodies(route, b"/")}
        names = [what for what in tried if what.endswith("= {'$ne': 1}")]
        assert names, route.name
    preview = next(route for route in routes if route.name == "order_app_preview_order")
    tried = {each.what for each in bad.bodies(preview, b"/")}
    for place in ("restaurantId", "customer.phone", "items.0.menuItemId", "items.0.modifiers.0.options.0.name"):
        assert f"{place} = {{'$ne': 1}}" in tried


@some_or_all
@pytest.mark.parametrize("prefix", [API_PREFIX, ""])
async def test_ids_that_name_nothing(
    sender: Sender, app: Served, routes: list[Route], prefix: str, one_in: int
) -> None:
    requests = [each for route in routes for each in bad.addresses(route, prefix)]
    # The front door hands on what it finds to the same routes.
    requests = requests if prefix else requests[::3]
    await sender.send_all((each for each in requests if not _is_for_the_web_server(each)), one_in=one_in)


@some_or_all
async def test_an_unknown_id_is_not_found(sender: Sender, app: Served, routes: list[Route], one_in: int) -> None:
    ids = (b"0" * 24, b"nothing-here", b"x" * 129, b"%0a", b"%e6%97%a5", b"a%2fb")
    cases = [(route, name, value) for route in routes for name in route.parameters for value in ids]
    async with httpx.AsyncClient(base_url=app.host.url, timeout=PATIENCE_SECONDS, trust_env=False) as http:
        for route, name, value in sender.some(cases, one_in):
            if name == LOCATION and isinstance(route.allow, StaffOf) and route.allow.ignored is not None:
                continue
            target = bad.target(route, API_PREFIX, {name: value})
            headers = {**bad.JSON, "idempotency-key": f"{route.name}.{name}.{value.hex()}"[:200]}
            each = Bad(route, name, target, bad.good_body(route), headers)
            while (answer := await sender.send(http, each)).status_code == 429 and not route.allow.public:
                # Whoever is refused fifty times a second is told to wait.
                await asyncio.sleep(int(answer.headers["retry-after"]))
            if route.name in LENIENT and answer.status_code == 200:
                continue
            expected = {404}
            if name in (RESTAURANT, LOCATION, USER) and not route.allow.public:
                # Nobody learns whether there is such a place, or such a person.
                expected = {404, 403}
            if name in DATES or route.name in LOOKS_AT_THE_BODY_FIRST:
                expected = expected | {400}
            assert answer.status_code in expected, (route.name, name, value, answer.text)


@some_or_all
async def test_what_no_web_server_hands_on(sender: Sender, app: Served, routes: list[Route], one_in: int) -> None:
    requests = [each for route in routes for each in bad.addresses(route, API_PREFIX) if _is_for_the_web_server(each)]
    async with httpx.AsyncClient(base_url=app.host.url, timeout=PATIENCE_SECONDS, trust_env=False) as http:
        for each in sender.some(requests, one_in):
            assert (await sender.send(http, each)).status_code == 400, each


@some_or_all
async def test_queries(sender: Sender, routes: list[Route], one_in: int) -> None:
    requests = (each for route in routes for each in bad.queries(route, bad.target(route, API_PREFIX)))
    await sender.send_all(requests, one_in=one_in)


@some_or_all
async def test_headers(sender: Sender, routes: list[Route], one_in: int) -> None:
    requests = (each for route in routes for each in bad.headers(route, bad.target(route, API_PREFIX)))
    await sender.send_all(requests, one_in=one_in)


@some_or_all
@pytest.mark.parametrize("prefix", [API_PREFIX, ""])
async def test_methods(sender: Sender, app: Served, routes: list[Route], prefix: str, one_in: int) -> None:
    allowed: dict[str, set[str]] = {}
    for route in routes:
        # One route's address may be another's with a parameter: `restaurant/order-status` and `restaurant/{userId}`.
        shape = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route.path)))
        for path in {other.path for other in routes if shape.fullmatch(other.path)}:
            allowed.setdefault(path, set()).update({route.method, "HEAD"} if route.method == "GET" else {route.method})
    cases = [(route, method) for route in routes for method in METHODS if method not in allowed[route.path]]
    async with httpx.AsyncClient(base_url=app.host.url, timeout=PATIENCE_SECONDS, trust_env=False) as http:
        for route, method in sender.some(cases, one_in):
            each = Bad(route, method, bad.target(route, prefix), method=method)
            answer = await sender.send(http, each)
            assert answer.status_code == (204 if method == "OPTIONS" else 405), (route.name, method)
            assert set(answer.headers["allow"].split(", ")) == allowed[route.path]
            assert Sender.fault(each, answer) is None


@some_or_all
async def test_a_large_body_is_refused_on_every_route(sender: Sender, routes: list[Route], one_in: int) -> None:
    requests = (
        Bad(
            route,
            "large",
            bad.target(route, prefix),
            b"x" * (max(bad.LIMIT, route.largest_body) + 1),
            statuses=frozenset({413}),
        )
        for route in routes
        # A printer that nobody knows is told nothing, whatever it sends.
        if not route.probe and not isinstance(route.allow, ThisPrinter)
        for prefix in (API_PREFIX, "")
    )
    await sender.send_all(requests, one_in=one_in)


def _is_for_the_web_server(each: Bad) -> bool:
    return any(value in each.target.split(b"/") for value in bad.WEB_SERVER_S)
