"""The endpoint decorator: what it registers, and what every answer has in common."""

from __future__ import annotations

import inspect
import logging
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest
from pydantic import BaseModel, ConfigDict, Field
from pymongo.errors import (
    AutoReconnect,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
)

from shared.errors import CART_INVALID, ITEM_SOLD_OUT, Problem
from shared.integrations.engine import EngineError
from shared.integrations.live import LiveUnavailable
from shared.web.access import anyone
from shared.web.endpoint import Call, Data, Reply, endpoint
from shared.web.routes import Route, RouteTable
from shared.web.runtime import SettingsInvalid
from tests.web_calls import content, offline_app, request


class Dish(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    price_cents: int = Field(alias="priceCents")


class Filter(BaseModel):
    """A query."""

    after: int = 0


class Served(BaseModel):
    """An answer."""

    name: str | None
    price_cents: int = Field(serialization_alias="priceCents")


async def one_call(call: Call[None]) -> str:
    """A handler that needs nothing."""
    return "here"


def declare(
    handler: Callable[[Any], Any], method: str = "GET", path: str = "things", **options: Any
) -> tuple[Route, Any]:
    """The route and the Azure function of `handler`."""
    bp, table = df.Blueprint(), RouteTable()
    assert endpoint(bp, method, path, allow=anyone, table=table, **options)(handler) is handler
    app = df.DFApp()
    app.register_functions(bp)
    (route,) = table
    (function,) = app.get_functions()
    return route, function


async def raising(error: Exception) -> tuple[func.HttpResponse, Any]:
    """The answer of a handler that raises `error`."""

    async def breaks(call: Call[None]) -> None:
        raise error

    response = await declare(breaks)[0].handle(request(), app=offline_app())
    return response, content(response)


def test_a_function_is_named_after_its_module_and_handler() -> None:
    _, function = declare(one_call)
    assert function.get_function_name() == "test_web_endpoint_one_call"


@pytest.mark.parametrize(("engine", "parameters"), [(False, {"req", "context"}), (True, {"req", "context", "engine"})])
def test_the_worker_finds_a_parameter_for_each_binding_and_can_read_the_annotations(
    engine: bool, parameters: set[str]
) -> None:
    _, function = declare(one_call, engine=engine)
    run = function.get_user_function()
    assert not hasattr(run, "__wrapped__")
    assert inspect.iscoroutinefunction(run)
    assert set(inspect.signature(run).parameters) == parameters
    hints = typing.get_type_hints(run)
    assert (hints["req"], hints["context"], hints["return"]) == (func.HttpRequest, func.Context, func.HttpResponse)
    bindings = {b.name: b.get_dict_repr() for b in function.get_bindings()}
    assert set(bindings) == (parameters - {"context"}) | {"$return"}
    if engine:
        assert hints["engine"] is str
        assert bindings["engine"]["type"] == "durableClient"


def test_a_route_stands_under_the_prefix_is_open_to_the_platform_and_get_means_head_too() -> None:
    _, function = declare(one_call)
    trigger = function.get_trigger().get_dict_repr()
    assert trigger["route"] == "api/v1/things"
    assert [str(getattr(m, "value", m)) for m in trigger["methods"]] == ["GET", "HEAD"]
    assert trigger["authLevel"] == func.AuthLevel.ANONYMOUS


def test_one_address_is_declared_once() -> None:
    bp, table = df.Blueprint(), RouteTable()
    endpoint(bp, "GET", "things/{id}", allow=anyone, table=table)(one_call)

    async def other(call: Call[None]) -> None: ...

    with pytest.raises(ValueError, match="declared twice"):
        endpoint(bp, "GET", "THINGS/{other}", allow=anyone, table=table)(other)
    with pytest.raises(ValueError, match="two endpoints are called"):
        endpoint(bp, "GET", "elsewhere", allow=anyone, table=table)(one_call)


def test_a_handler_that_does_not_say_what_it_takes_is_refused_at_import() -> None:
    async def vague(call: Any) -> None: ...

    async def odd(call: Call[int]) -> None: ...

    for handler in (vague, odd):
        with pytest.raises(TypeError):
            declare(handler)


async def test_a_handler_gets_what_was_sent() -> None:
    seen: list[Call[Dish, Filter]] = []

    async def cook(call: Call[Dish, Filter]) -> Data[Served]:
        seen.append(call)
        return Data(data=Served(name=None, price_cents=call.body.price_cents))

    route, _ = declare(cook, "POST", "kitchens/{kitchenId}/dishes", status=201)
    app = offline_app()
    sent = request(
        "POST",
        "/api/v1/kitchens/k1/dishes?after=7&utm=x",
        {"name": "Soup", "priceCents": 450},
        headers={"X-Request-Id": "abc-1", "Prefer": "respond-async, wait=5", "Content-Type": "application/json"},
        path={"kitchenId": "k1"},
    )
    response = await route.handle(sent, app=app)
    assert response.status_code == 201
    # A null stays: clients tell "null" from "absent".
    assert response.get_body() == b'{"data":{"name":null,"priceCents":450}}'
    (call,) = seen
    assert (call.app, call.body.name, call.query.after, call.path) == (app, "Soup", 7, {"kitchenId": "k1"})
    assert (call.request_id, call.prefer_async, call.caller) == ("abc-1", True, None)
    assert call.headers["prefer"] == "respond-async, wait=5"


@pytest.mark.parametrize(
    ("value", "body"),
    [
        (True, b"true"),
        ("Done", b'"Done"'),
        ([Served(name="Tea", price_cents=1)], b'[{"name":"Tea","priceCents":1}]'),
        (None, b"null"),
        ({"n": float("nan")}, b'{"n":null}'),
    ],
)
async def test_an_answer_may_be_any_json(value: Any, body: bytes) -> None:
    async def bare(call: Call[None]) -> Any:
        return value

    response = await declare(bare)[0].handle(request(), app=offline_app())
    assert (response.status_code, response.mimetype, response.get_body()) == (200, "application/json", body)


async def test_a_reply_has_a_status_and_headers_of_its_own() -> None:
    async def cached(call: Call[None]) -> Reply[None]:
        return Reply(None, status=304, headers={"etag": '"7"', "cache-control": "public, max-age=60"})

    response = await declare(cached)[0].handle(request(), app=offline_app())
    assert (response.status_code, response.get_body()) == (304, b"")
    assert (response.headers["etag"], response.headers["cache-control"]) == ('"7"', "public, max-age=60")


async def test_what_is_polled_is_sent_once_and_again_when_it_changes() -> None:
    told = {"serverTime": "2026-11-24T12:00:00.000Z", "orders": 1}

    async def polled(call: Call[None]) -> Reply[Any]:
        return Reply(dict(told), headers={"retry-after": "5"})

    route, _ = declare(polled, polled=True)

    async def asked(**headers: str) -> func.HttpResponse:
        return await route.handle(request(headers=headers), app=offline_app())

    first = await asked()
    tag = first.headers["etag"]
    assert (first.status_code, tag[:3], first.headers["cache-control"]) == (200, 'W/"', "no-store")
    again = await asked(**{"if-none-match": tag})
    assert (again.status_code, again.get_body(), again.headers["etag"]) == (304, b"", tag)
    assert again.headers["retry-after"] == "5"
    told["serverTime"] = "2026-11-24T12:00:05.000Z"
    assert (await asked(**{"if-none-match": f'"other", {tag}'})).status_code == 304, "only the time went on"
    told["orders"] = 2
    changed = await asked(**{"if-none-match": tag})
    assert (changed.status_code, content(changed)["orders"]) == (200, 2)
    told["orders"] = '"serverTime":"1"'
    quoted = (await asked()).headers["etag"]
    told["orders"] = '"serverTime":"2"'
    assert (await asked()).headers["etag"] != quoted, "what people write is no time"


async def test_a_refusal_has_no_tag_and_what_changes_something_is_not_polled() -> None:
    async def refuses(call: Call[None]) -> str:
        raise Problem(CART_INVALID)

    response = await declare(refuses, polled=True)[0].handle(request(headers={"if-none-match": "*"}), app=offline_app())
    assert (response.status_code, response.headers.get("etag")) == (400, None)
    with pytest.raises(TypeError):
        declare(refuses, "POST", polled=True)


async def test_the_platform_alone_says_that_a_text_is_in_utf8() -> None:
    async def table(call: Call[None]) -> Reply[bytes]:
        return Reply(b"a,b", headers={"content-type": "text/csv; charset=utf-8"})

    response = await declare(table)[0].handle(request(), app=offline_app())
    assert (response.mimetype, response.charset) == ("text/csv", "utf-8")
    assert "content-type" not in response.headers, "the platform makes it of both"


async def test_every_answer_has_the_same_headers() -> None:
    good = await declare(one_call)[0].handle(request(headers={"x-request-id": "mine"}), app=offline_app())
    bad, _ = await raising(Problem(ITEM_SOLD_OUT))
    assert good.headers["x-request-id"] == "mine"
    for response in (good, bad):
        assert len(response.headers["x-request-id"]) in {4, 36}
        assert response.headers["server-timing"].startswith("app;dur=")
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "x-request-id" in response.headers["access-control-expose-headers"]
        assert not any(name.lower().startswith("access-control-allow") for name in dict(response.headers))


@pytest.mark.parametrize("sent", ["", "a b", "x" * 101, "<script>", "é"])
async def test_a_request_id_that_is_not_sane_is_replaced(sent: str) -> None:
    response = await declare(one_call)[0].handle(request(headers={"x-request-id": sent}), app=offline_app())
    assert len(response.headers["x-request-id"]) == 36


async def test_head_is_get_without_the_body() -> None:
    response = await declare(one_call)[0].handle(request("HEAD"), app=offline_app())
    assert (response.status_code, response.get_body()) == (200, b"")


async def test_a_problem_becomes_the_one_error_shape() -> None:
    problem = Problem(
        CART_INVALID,
        "Soup cannot be ordered like this.",
        detail=[{"field": "items.0", "message": "Choose a size."}],
        extra={"opensAt": datetime(2026, 1, 2, tzinfo=UTC), "preview": Served(name="Soup", price_cents=1)},
        retry_after=3,
        headers={"www-authenticate": "Bearer"},
    )
    response, body = await raising(problem)
    assert response.status_code == 400
    assert (response.headers["retry-after"], response.headers["www-authenticate"]) == ("3", "Bearer")
    assert body == {
        "statusCode": 400,
        "message": "Soup cannot be ordered like this.",
        "detail": [{"field": "items.0", "message": "Choose a size."}],
        "code": "CART_INVALID",
        "requestId": response.headers["x-request-id"],
        "opensAt": "2026-01-02T00:00:00.000Z",
        "preview": {"name": "Soup", "priceCents": 1},
    }


async def test_what_nobody_foresaw_is_logged_and_told_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    response, body = await raising(RuntimeError("secret-of-the-house"))
    assert (response.status_code, body["code"]) == (500, "INTERNAL")
    assert b"secret" not in response.get_body()
    assert b"Traceback" not in response.get_body()
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert body["requestId"] in record.getMessage()
    assert "RuntimeError: secret-of-the-house" in record.getMessage()
    assert "in breaks" in record.getMessage()


async def test_values_that_a_model_of_ours_refused_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    stored = {"name": 1, "priceCents": "+1 555 0100"}

    async def breaks(call: Call[None]) -> None:
        Dish.model_validate(stored)

    response = await declare(breaks)[0].handle(request(), app=offline_app())
    assert response.status_code == 500
    assert "priceCents int_type" in caplog.text
    assert "555 0100" not in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        ServerSelectionTimeoutError("mongo-1.internal:27017 refused"),
        NetworkTimeout("mongo-1.internal:27017"),
        AutoReconnect("mongo-1.internal:27017"),
        WaitQueueTimeoutError("mongo-1.internal:27017"),
        ExecutionTimeout("mongo-1.internal:27017", 50),
        OperationFailure("mongo-1.internal:27017", 251, {"errorLabels": ["TransientTransactionError"]}),
        EngineError("mongo-1.internal:27017"),
        LiveUnavailable("mongo-1.internal:27017"),
        SettingsInvalid(["MONGODB_URI"]),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_passes_is_unavailable_and_says_when_to_come_back(error: Exception) -> None:
    response, body = await raising(error)
    assert (response.status_code, body["code"], response.headers["retry-after"]) == (503, "UNAVAILABLE", "2")
    assert b"mongo" not in response.get_body().lower()


async def test_a_refused_database_command_is_our_mistake() -> None:
    response, body = await raising(OperationFailure("bad $match", 9))
    assert (response.status_code, body["code"]) == (500, "INTERNAL")


async def test_a_request_is_one_line_in_the_log_without_anything_personal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def dishes(call: Call[Dish]) -> None: ...

    route, _ = declare(dishes, "POST", "kitchens/{kitchenId}/dishes")
    sent = request(
        "POST",
        "/api/v1/kitchens/k1/dishes?phone=5550100",
        {"name": "Ada Lovelace", "priceCents": 1},
        headers={"x-request-id": "r-1", "authorization": "Bearer t0ken"},
        path={"kitchenId": "k1"},
    )
    await route.handle(sent, app=offline_app(), invocation_id="i-1")
    (line,) = [r.getMessage() for r in caplog.records if r.name == "orderbuddy.request"]
    assert line.startswith("method=POST route=kitchens/{kitchenId}/dishes status=200 ms=")
    assert line.endswith("request=r-1 invocation=i-1 code=-")
    assert not any(word in caplog.text for word in ("Ada", "5550100", "t0ken"))
