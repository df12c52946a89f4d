"""Who may call what: the demo key, users' restaurants, and whose staff may see a restaurant."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import azure.durable_functions as df
import pytest
from pydantic import Field, RootModel, SecretStr

from shared.api.base import Id, Request
from shared.app import App
from shared.web.access import anyone, by_kind, in_body, in_path, staff_of
from shared.web.endpoint import Call, endpoint
from shared.web.routes import RouteTable
from tests.web_calls import content, request

KEY = "k3y-of-the-demo"
OWNER = "owner@example.com"

STAFF_CALLS = [
    (f"Bearer {KEY}:{OWNER}", "demo-cafe", (200, "u-owner")),
    (f"bearer  {KEY}:{OWNER} ", "demo-sushi", (200, "u-owner")),
    (f"Bearer {KEY}:{OWNER}", "demo-other", (403, "FORBIDDEN")),
    (f"Bearer {KEY}:{OWNER}", "real-one", (403, "FORBIDDEN")),
    (f"Bearer {KEY}:stranger@example.com", "demo-cafe", (403, "FORBIDDEN")),
    (f"Bearer {KEY}:new@example.com", "demo-cafe", (403, "FORBIDDEN")),
    (f"Bearer {KEY}", "demo-cafe", (200, "demo")),
    (f"Bearer {KEY}", "real-one", (403, "FORBIDDEN")),
    (None, "demo-cafe", (401, "UNAUTHENTICATED")),
    ("", "demo-cafe", (401, "UNAUTHENTICATED")),
    ("Bearer", "demo-cafe", (401, "UNAUTHENTICATED")),
    (f"Basic {KEY}", "demo-cafe", (401, "UNAUTHENTICATED")),
    (f"Bearer {KEY}:", "demo-cafe", (401, "UNAUTHENTICATED")),
    (f"Bearer {KEY}:nobody@example.com", "demo-cafe", (401, "UNAUTHENTICATED")),
    (f"Bearer {KEY}:{'x' * 300}", "demo-cafe", (401, "UNAUTHENTICATED")),
    (f"Bearer {KEY}{OWNER}", "demo-cafe", (401, "UNAUTHENTICATED")),
    (f"Bearer {KEY[:-1]}:{OWNER}", "demo-cafe", (401, "UNAUTHENTICATED")),
    (f"Bearer :{OWNER}", "demo-cafe", (401, "UNAUTHENTICATED")),
    (f"Bearer é:{OWNER}", "demo-cafe", (401, "UNAUTHENTICATED")),
]
"""Authorization header, restaurant, and what comes of it."""

bp, table = df.Blueprint(), RouteTable()


@endpoint(bp, "GET", "open/{restaurantId}", allow=anyone, table=table)
async def for_anyone(call: Call[None]) -> str | None:
    return call.staff.user_id if call.staff else None


@endpoint(bp, "GET", "closed/{restaurantId}", allow=staff_of(in_path("restaurantId"), least="owner"), table=table)
async def for_staff(call: Call[None]) -> str | None:
    return call.person.user_id


class Order(Request):
    """A body for staff."""

    restaurant_id: Id


@endpoint(bp, "POST", "orders", allow=staff_of(in_body("restaurantId"), least="owner"), table=table)
async def for_staff_of_body(call: Call[Order]) -> str | None:
    return call.person.user_id


class Public(Request):
    """A kind for everyone."""

    kind: Literal["public"]
    restaurant_id: Id


class Private(Request):
    """A kind for staff."""

    kind: Literal["private"]
    restaurant_id: Id


class Either(RootModel[Annotated[Public | Private, Field(discriminator="kind")]]):
    """A body of two kinds."""


OF_KIND = by_kind({"public": anyone, "private": staff_of(in_body("restaurantId"), least="owner")})


@endpoint(bp, "POST", "either", allow=OF_KIND, table=table)
async def for_either(call: Call[Either]) -> str | None:
    return call.staff.user_id if call.staff else None


@pytest.fixture
async def demo(app: App) -> App:
    """An App that knows the demo key, one owner of two demo restaurants, and a stranger."""
    await app.db.users.insert_many(
        [
            {"userId": "u-owner", "email": OWNER, "restaurants": ["demo-cafe", "demo-sushi", "real-one"]},
            {"userId": "u-stranger", "email": "stranger@example.com", "restaurants": ["demo-other"]},
            {"userId": "u-new", "email": "new@example.com"},
        ]
    )
    return replace(app, settings=app.settings.model_copy(update={"demo_staff_key": SecretStr(KEY)}))


async def call(app: App, name: str, bearer: str | None, restaurant: str = "demo-cafe", **body: str) -> tuple[int, Any]:
    headers = {} if bearer is None else {"authorization": bearer}
    if name in ("for_staff_of_body", "for_either"):
        sent = request("POST", body={"restaurantId": restaurant, **body}, headers=headers)
    else:
        sent = request(headers=headers, path={"restaurantId": restaurant})
    response = await table.named(f"test_web_access_{name}").handle(sent, app=app)
    answer = content(response)
    assert response.status_code != 401 or response.headers["www-authenticate"] == "Bearer"
    return response.status_code, answer["code"] if response.status_code >= 400 else answer


async def test_staff_routes_are_for_the_restaurant_s_staff(demo: App) -> None:
    for bearer, restaurant, outcome in STAFF_CALLS:
        assert await call(demo, "for_staff", bearer, restaurant) == outcome, (bearer, restaurant)


async def test_a_body_names_the_restaurant_like_a_path(demo: App) -> None:
    for bearer, restaurant, outcome in STAFF_CALLS:
        assert await call(demo, "for_staff_of_body", bearer, restaurant) == outcome, (bearer, restaurant)
        assert await call(demo, "for_either", bearer, restaurant, kind="private") == outcome, (bearer, restaurant)


async def test_who_is_signed_in_hears_what_is_wrong_with_the_body_and_nobody_else_does(demo: App) -> None:
    assert await call(demo, "for_staff_of_body", f"Bearer {KEY}:{OWNER}", more="x") == (400, "INVALID_REQUEST")
    assert await call(demo, "for_staff_of_body", None, more="x") == (401, "UNAUTHENTICATED")


async def test_open_routes_ask_nobody(demo: App) -> None:
    for bearer in (None, "Bearer nonsense", f"Bearer {KEY}:{OWNER}"):
        assert await call(demo, "for_anyone", bearer) == (200, None)


async def test_a_kind_for_everyone_knows_staff_and_refuses_a_bad_bearer(demo: App) -> None:
    assert await call(demo, "for_either", None, kind="public") == (200, None)
    assert await call(demo, "for_either", f"Bearer {KEY}:{OWNER}", kind="public") == (200, "u-owner")
    assert await call(demo, "for_either", f"Bearer {KEY}:{OWNER}", "demo-other", kind="public") == (200, "u-owner")
    assert await call(demo, "for_either", "Bearer nonsense", kind="public") == (401, "UNAUTHENTICATED")
    assert await call(demo, "for_either", f"Bearer {KEY}:{OWNER}", kind="secret") == (400, "INVALID_REQUEST")


async def test_without_a_demo_key_nobody_gets_in(demo: App) -> None:
    for key in (None, SecretStr("")):
        off = replace(demo, settings=demo.settings.model_copy(update={"demo_staff_key": key}))
        for bearer in (f"Bearer :{OWNER}", "Bearer ", f"Bearer {KEY}", f"Bearer None:{OWNER}"):
            assert await call(off, "for_staff", bearer) == (401, "UNAUTHENTICATED")


async def test_a_person_is_remembered_for_a_moment(demo: App) -> None:
    assert (await call(demo, "for_staff", f"Bearer {KEY}:{OWNER}"))[0] == 200
    await demo.db.users.delete_many({})
    assert (await call(demo, "for_staff", f"Bearer {KEY}:{OWNER}"))[0] == 200
