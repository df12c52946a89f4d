"""Browsers on other origins: what the platform answers for the app."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from local.host.cors import Cors
from tests.integration.local_host.process import HostProcess, write_app

APP = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="menu", methods=["GET"])
async def menu(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("menu", headers={"Vary": "Accept-Encoding", "Access-Control-Expose-Headers": "etag"})

@app.route(route="own", methods=["OPTIONS"])
async def own(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("own options")

@app.route(route="fails")
async def fails(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError
"""
SETTINGS = {"Values": {}, "Host": {"CORS": "http://app.test", "CORSCredentials": True}}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-a"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("cors")
    app = write_app(folder / "app", APP, settings=SETTINGS)
    with (
        HostProcess(app, folder / "data", "--cors", "http://more.test,http://console.test/") as host,
        httpx.Client(base_url=host.url + "/api", timeout=60) as client,
    ):
        yield client


@pytest.mark.parametrize("origin", ["http://app.test", "http://more.test", "http://console.test"])
def test_a_known_origin_may_call(client: httpx.Client, origin: str) -> None:
    answer = client.options("/menu", headers={"Origin": origin, **PREFLIGHT})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "authorization,x-a"
    answer = client.get("/menu", headers={"Origin": origin})
    assert (answer.text, answer.headers["access-control-allow-origin"]) == ("menu", origin)
    assert answer.headers["vary"] == "Accept-Encoding, Origin"
    assert answer.headers["access-control-expose-headers"] == "etag"


def test_a_foreign_origin_gets_no_permission(client: httpx.Client) -> None:
    for answer in (
        client.options("/menu", headers={"Origin": "http://evil.test", **PREFLIGHT}),
        client.get("/menu", headers={"Origin": "http://evil.test"}),
    ):
        assert answer.is_success
        assert not any(name.startswith("access-control-allow") for name in answer.headers)


def test_errors_can_be_read_by_known_origins(client: httpx.Client) -> None:
    for path, status in (("/fails", 500), ("/nothing", 404)):
        answer = client.get(path, headers={"Origin": "http://app.test"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "http://app.test")


def test_a_preflight_never_reaches_a_function_and_other_options_do(client: httpx.Client) -> None:
    assert client.options("/own", headers={"Origin": "http://app.test", **PREFLIGHT}).content == b""
    assert client.options("/own", headers={"Origin": "http://app.test"}).text == "own options"
    assert client.options("/menu").status_code == 404


def test_no_origin_no_permission(client: httpx.Client) -> None:
    assert "access-control-allow-origin" not in client.get("/menu").headers


def test_a_star_allows_everybody_but_not_with_cookies() -> None:
    cors, answered = Cors(frozenset({"*"}), credentials=False), {}
    cors.allow("http://who.test", answered)
    assert answered["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answered
