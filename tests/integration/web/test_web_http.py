"""The web layer as callers meet it: over HTTP, through a Functions host."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import product
from typing import Any, cast

import httpx
import pymongo
import pytest

from local.host.app import load_app
from local.saas.supertokens.vendor import API_KEY
from local.supervisor.options import PROJECT
from shared.api.examples import EXAMPLES
from shared.web.access import ByKind, StaffOf, ThisPrinter, anyone
from shared.web.routes import API_PREFIX, ROUTES, Route
from tests.integration.core import Core
from tests.integration.local_host.process import HostProcess
from tests.patience import PATIENCE_SECONDS, wait_until

FORGED = {"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}


@pytest.fixture(scope="module")
def stranger(core: Core) -> dict[str, str]:
    """The headers of somebody who is staff elsewhere."""
    return core.session("u-stranger").bearer


@pytest.fixture(scope="module")
def base_url(mongo_uri: str, web_pubsub: str, core: Core, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the whole app, served by a host with the engine in the same process."""
    name = f"test_{secrets.token_hex(8)}"
    environment = {
        "APP_ENV": "local",
        "MONGODB_URI": mongo_uri,
        "DB_NAME": name,
        "SUPERTOKENS_CONNECTION_URI": core.url,
        "SUPERTOKENS_API_KEY": API_KEY,
        "WEB_PUBSUB_CONNECTION_STRING": web_pubsub,
    }
    with pymongo.MongoClient[dict[str, Any]](mongo_uri) as client:
        client[name].users.insert_one(
            {"userId": "u-stranger", "email": "stranger@example.com", "restaurants": ["demo-other"]}
        )
        with HostProcess(PROJECT, tmp_path_factory.mktemp("host"), env=environment) as host:
            yield host.url
        client.drop_database(name)


@pytest.fixture(scope="module")
def http(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=PATIENCE_SECONDS) as client:
        yield client


@pytest.fixture(scope="module")
def routes() -> list[Route]:
    load_app(PROJECT, {})
    return list(ROUTES)


def address(route: Route) -> str:
    """An address of the route, in a restaurant that nobody is staff of."""
    path = route.path
    for name in route.parameters:
        path = path.replace(f"{{{name}}}", "demo-nobodys" if name == "restaurantId" else "0" * 24)
    return path


def named(route: Route) -> list[dict[str, Any]]:
    """Bodies that name, where they name any, a restaurant that nobody is staff of: one of each kind for staff."""
    if not route.allow.reads_body or route.body is None:
        return [{}]
    bodies = [example | {"restaurantId": "demo-nobodys"} for example in EXAMPLES[route.body].values()]
    if isinstance(route.allow, ByKind):
        closed = {kind for kind, rule in route.allow.rules.items() if rule is not anyone}
        bodies = [body for body in bodies if body["kind"] in closed]
        assert {body["kind"] for body in bodies} == closed
    return bodies


def let_in_or_not(http: httpx.Client, method: str, url: str, **more: Any) -> httpx.Response:
    """The answer to one who is refused all day, past the limit of how often a second that may be."""

    def asked() -> httpx.Response | None:
        answer = http.request(method, url, **more)
        return None if answer.status_code == 429 else answer

    return cast(httpx.Response, wait_until(asked, f"{method} {url} goes on to say 429", every=0.2))


def test_every_route_asks_for_the_staff_that_it_says_it_is_for(
    http: httpx.Client, routes: list[Route], stranger: dict[str, str]
) -> None:
    assert len(routes) > 10
    for route in routes:
        for url, sent in product((API_PREFIX + address(route), address(route)), named(route)):
            body = {} if route.body is None else {"json": sent}
            nobody = http.request(route.method, url, **body)
            forged = http.request(route.method, url, headers=FORGED, **body)
            other = let_in_or_not(http, route.method, url, headers=stranger, **body)
            if route.allow is anyone or isinstance(route.allow, ThisPrinter):
                statuses = {nobody.status_code, forged.status_code, other.status_code}
                assert len(statuses) == 1, route.name
                assert not statuses & {401, 403, 405, 500}, route.name
                continue
            assert (nobody.status_code, nobody.json()["code"]) == (401, "UNAUTHENTICATED"), route.name
            assert forged.status_code == 401, route.name
            if isinstance(route.allow, StaffOf | ByKind):
                assert other.status_code == 403, route.name
            else:
                assert other.status_code not in (401, 500), route.name


def test_every_answer_says_which_request_it_answers(http: httpx.Client, routes: list[Route]) -> None:
    media = {API_PREFIX + address(route): route.media for route in routes}
    for url in [*media, "nowhere", API_PREFIX + "nowhere"]:
        for method in ("GET", "POST", "OPTIONS"):
            response = http.request(method, url, headers={"x-request-id": "mine"})
            assert response.headers["x-request-id"] == "mine", (method, url)
            assert response.headers["server-timing"].startswith("app;dur="), (method, url)
            assert response.status_code != 500, (method, url)
            if response.content:
                kind = response.headers["content-type"].partition(";")[0]
                assert kind in {"application/json", *media.get(url, ())}, (method, url)


@pytest.mark.parametrize("prefix", ["", API_PREFIX])
def test_wrong_addresses_and_methods_are_told_in_our_shape(http: httpx.Client, prefix: str) -> None:
    missing = http.get(prefix + "nowhere")
    assert missing.status_code == 404
    assert set(missing.json()) == {"statusCode", "message", "detail", "code", "requestId"}
    wrong = http.delete(prefix + "order-app/cart/preview-order")
    assert (wrong.status_code, wrong.headers["allow"], wrong.json()["code"]) == (405, "POST", "METHOD_NOT_ALLOWED")
    asked = http.options(prefix + "order-app/cart/preview-order")
    assert (asked.status_code, asked.headers["allow"]) == (204, "POST")


@pytest.mark.parametrize("url", ["health/live", "HEALTH/live/", "api/v1/health/live", "API/v1/Health/Live/"])
def test_old_paths_case_and_slashes_are_no_matter(http: httpx.Client, url: str) -> None:
    answer = http.get(url).json()
    assert (answer.keys(), answer["status"]) == ({"status", "build"}, "ok")
    head = http.head(url)
    assert (head.status_code, head.content) == (200, b"")


def test_a_literal_wins_over_a_parameter_on_both_ways(http: httpx.Client) -> None:
    # "origins" is no restaurant: an unknown origin is an empty one, an unknown restaurant a 404.
    for prefix in ("", API_PREFIX):
        answer = http.get(prefix + "order-app/restaurants/origins/web")
        assert (answer.status_code, answer.json()["data"]["_id"]) == (200, "")
        assert http.get(prefix + "order-app/restaurants/web").status_code == 404


@pytest.mark.parametrize("prefix", ["", API_PREFIX])
@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "MALFORMED_JSON"),
        (b"", {}, 400, "INVALID_REQUEST"),
        (b'{"previewOrderId": 1}', {}, 400, "INVALID_REQUEST"),
        (b'{"previewOrderId": "x", "more": 1}', {}, 400, "INVALID_REQUEST"),
        (b"previewOrderId=x", {"content-type": "application/x-www-form-urlencoded"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b'"' + b"x" * 300_000 + b'"', {}, 413, "BODY_TOO_LARGE"),
    ],
)
def test_a_wrong_body_is_refused(
    http: httpx.Client, prefix: str, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    response = http.post(prefix + "payments/place-order-without-payment", content=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_the_engine_and_web_pubsub_are_probed_and_an_empty_database_is_not_ready(http: httpx.Client) -> None:
    response = http.get(API_PREFIX + "health/ready")
    checks = response.json()["checks"]
    assert (checks["engine"], checks["live"], checks["replicaSet"]) == ("ok", "ok", "ok")
    assert (response.status_code, checks["indexes"]) == (503, "missing")
    assert http.head(API_PREFIX + "health/ready").status_code == 503


def test_the_description_is_served(http: httpx.Client, routes: list[Route]) -> None:
    response = http.get(API_PREFIX + "openapi.json")
    assert response.headers["cache-control"] == "public, max-age=300"
    described = {op["operationId"] for path in response.json()["paths"].values() for op in path.values()}
    assert described == {route.name for route in routes}
