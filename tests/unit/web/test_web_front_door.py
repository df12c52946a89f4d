"""The front door: old paths, wrong addresses and wrong methods."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func
import pytest

from shared.web.access import anyone
from shared.web.endpoint import Call, endpoint
from shared.web.front_door import FrontDoor
from shared.web.routes import RouteTable
from shared.web.runtime import Given
from tests.web_calls import content, offline_app, request

bp, table = df.Blueprint(), RouteTable()


@endpoint(bp, "GET", "shops/{shopId}", allow=anyone, table=table)
async def shop(call: Call[None]) -> str:
    return "shop " + call.path["shopId"]


@endpoint(bp, "GET", "shops/open", allow=anyone, table=table)
async def open_shops(call: Call[None]) -> str:
    return "open shops"


@endpoint(bp, "POST", "shops/{shopId}/Orders", allow=anyone, table=table)
async def order(call: Call[None]) -> str:
    return "order at " + call.path["shopId"]


@endpoint(bp, "PATCH", "shops/{shopId}/Orders", allow=anyone, table=table)
async def change(call: Call[None]) -> str:
    return "change at " + call.path["shopId"]


async def knock(method: str, url: str, *, legacy_paths: bool = True) -> func.HttpResponse:
    source = Given(offline_app(legacy_paths=legacy_paths))
    return await FrontDoor(table).answer(request(method, url), source)


@pytest.mark.parametrize(
    ("method", "url", "said"),
    [
        ("GET", "/shops/Bakery-7", "shop Bakery-7"),
        ("GET", "/shops/Bakery-7/", "shop Bakery-7"),
        ("GET", "/SHOPS/Bakery-7", "shop Bakery-7"),
        ("GET", "/api/v1/shops/Bakery-7", "shop Bakery-7"),
        ("GET", "/API/V1/Shops/Bakery-7/?a=b", "shop Bakery-7"),
        ("GET", "/shops/open", "open shops"),
        ("GET", "/shops/OPEN", "open shops"),
        ("GET", "/shops/a%20b", "shop a b"),
        ("GET", "/shops/a%2Fb", "shop a/b"),
        ("GET", "/shops/caf%C3%A9", "shop café"),
        ("GET", "/%73hops/x", "shop x"),
        ("POST", "/shops/x/orders", "order at x"),
        ("POST", "/shops/x/orders/", "order at x"),
        ("PATCH", "/shops/x/orders", "change at x"),
    ],
)
async def test_an_address_is_found(method: str, url: str, said: str) -> None:
    response = await knock(method, url)
    assert (response.status_code, content(response)) == (200, said)


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "",
        "/nothing",
        "/shops",
        "/shops/",
        "/shops//",
        "//shops/x",
        "/shops/x//",
        "/shops/x/orders/1",
        "/api/v1",
        "/api/v1/api/v1/shops/x",
        "/api/v2/shops/x",
        "/shops/../shops/x",
        "/login/x",
    ],
)
async def test_what_is_nowhere_is_not_found(url: str) -> None:
    for method in ("GET", "POST", "OPTIONS", "PROPFIND"):
        response = await knock(method, url)
        assert (response.status_code, content(response)["code"]) == (404, "NOT_FOUND"), (method, url)
        assert response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "url", "allow"),
    [
        ("DELETE", "/shops/x", "GET, HEAD"),
        ("PUT", "/api/v1/shops/x/orders", "PATCH, POST"),
        ("HEAD", "/shops/x/orders", "PATCH, POST"),
        ("PROPFIND", "/api/v1/shops/open", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(method: str, url: str, allow: str) -> None:
    response = await knock(method, url)
    assert (response.status_code, response.headers["allow"]) == (405, allow)
    assert method == "HEAD" or content(response)["code"] == "METHOD_NOT_ALLOWED"


async def test_options_outside_of_cors_tells_the_methods() -> None:
    response = await knock("OPTIONS", "/shops/x/orders")
    assert (response.status_code, response.headers["allow"], response.get_body()) == (204, "PATCH, POST", b"")


async def test_head_is_answered_like_get() -> None:
    response = await knock("HEAD", "/shops/x")
    assert (response.status_code, response.get_body()) == (200, b"")


async def test_old_paths_can_be_closed() -> None:
    assert (await knock("GET", "/shops/x", legacy_paths=False)).status_code == 404
    assert (await knock("DELETE", "/shops/x", legacy_paths=False)).status_code == 404
    assert (await knock("GET", "/api/v1/shops/x", legacy_paths=False)).status_code == 200
    assert (await knock("DELETE", "/api/v1/shops/x", legacy_paths=False)).status_code == 405
