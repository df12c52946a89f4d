"""Who a session is on the app's own routes: bearer and cookie, over and forged, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from supertokens_python.recipe.session import jwks

from local.host.app import load_app
from local.supervisor.options import PROJECT
from shared.app import App
from shared.web.access import ThisPrinter, anyone
from shared.web.routes import ROUTES, Route
from tests.integration.core import Core, Tokens
from tests.integration.world import World
from tests.patience import eventually
from tests.web_calls import content, request

ORIGIN = {"origin": "http://127.0.0.1:7080"}
NEW = {"userId": "somebody-else", "createdAt": 1, "email": "not@mine.example"}


@pytest.fixture(scope="module", autouse=True)
def _routes() -> None:
    load_app(PROJECT, {})


async def member(app: App, core: Core, restaurant_id: str, user_id: str = "u-owner") -> Tokens:
    """An owner who is signed in."""
    core.add_user(user_id, f"{user_id}@people.example")
    membership = {"restaurantId": restaurant_id, "role": "owner", "locationIds": None}
    row = {"restaurants": [restaurant_id], "memberships": [membership], "email": f"{user_id}@people.example"}
    await app.db.users.update_one({"userId": user_id}, {"$set": row}, upsert=True)
    return core.session(user_id)


async def call(
    app: App, route: str, headers: dict[str, str], body: Any = b"", **path: str
) -> tuple[int, Any, dict[str, str]]:
    method = ROUTES.named(route).method
    answer = await ROUTES.named(route).handle(request(method, "/x", body, headers=headers, path=path), app=app)
    return answer.status_code, content(answer), dict(answer.headers)


async def orders(app: App, world: World, headers: dict[str, str]) -> tuple[int, str]:
    """What a kitchen's screen is answered: status, and the message of a refusal."""
    here = {"restaurantId": world.restaurant_id, "locationId": str(world.location_id)}
    status, said, _ = await call(app, "stations_open_orders", headers, **here, stationId=str(world.kitchen_id))
    return status, said.get("message", "")


async def test_a_bearer_or_a_cookie_says_who_calls(app: App, core: Core, world: World) -> None:
    tokens = await member(app, core, world.restaurant_id)
    joined = {"cookie": f"a=1,sAccessToken={tokens.access},b=2"}
    for headers in (tokens.bearer, tokens.cookie, joined, {"authorization": f"bearer  {tokens.access} "}):
        assert await orders(app, world, headers) == (200, "")
    assert (await orders(app, world, {}))[0] == 401
    core.add_user("u-stranger", "u-stranger@people.example")
    assert (await orders(app, world, core.session("u-stranger").bearer))[0] == 403


async def test_what_is_no_session_any_more_or_never_was_is_401_in_the_words_of_the_client(
    app: App, core: Core, world: World
) -> None:
    tokens = await member(app, core, world.restaurant_id)
    over = core.expired("u-owner")
    forged = jwt.encode(jwt.decode(tokens.access, options={"verify_signature": False}), "k" * 32, algorithm="HS256")
    head, body, signature = tokens.access.split(".")
    for token, message in (
        (over.access, "try refresh token"),
        (f"{head}.{body}.{signature[::-1]}", "try refresh token"),
        (forged, "unauthorised"),
        ("nonsense", "unauthorised"),
        ("a.b.c", "unauthorised"),
        ("x" * 9000, "unauthorised"),
        ("", "unauthorised"),
    ):
        assert await orders(app, world, {"authorization": f"Bearer {token}"}) == (401, message), token
    assert await orders(app, world, over.cookie) == (401, "try refresh token")


async def test_a_page_that_sends_its_first_bearer_for_ever_goes_on_by_its_cookie(
    app: App, core: Core, world: World
) -> None:
    over, fresh = core.expired("u-owner"), await member(app, core, world.restaurant_id)
    assert await orders(app, world, over.bearer | fresh.cookie) == (200, "")
    assert await orders(app, world, {"authorization": "Bearer undefined"} | fresh.cookie) == (200, "")
    core.add_user("u-other", "u-other@people.example")
    others = core.session("u-other")
    assert await orders(app, world, over.bearer | others.cookie) == (401, "try refresh token")
    assert await orders(app, world, over.bearer | core.expired("u-owner").cookie) == (401, "try refresh token")
    # A good bearer decides, whoever the cookie is.
    assert await orders(app, world, fresh.bearer | others.cookie) == (200, "")
    assert (await orders(app, world, others.bearer | fresh.cookie))[0] == 403


async def test_a_cookie_changes_something_only_for_a_page_of_ours(app: App, core: Core, world: World) -> None:
    tokens = await member(app, core, world.restaurant_id)
    for headers, status in (
        ({}, 401),
        ({"origin": "https://evil.example"}, 401),
        ({"origin": "null"}, 401),
        (ORIGIN, 201),
        ({"rid": "anti-csrf"}, 201),
    ):
        assert (await call(app, "users_create_user", tokens.cookie | headers, NEW))[0] == status, headers
    assert (await call(app, "users_create_user", tokens.bearer, NEW))[0] == 201


async def test_a_new_user_is_the_one_who_is_signed_in_whatever_the_body_says(app: App, core: Core) -> None:
    core.add_user("u-new", "new@people.example")
    tokens = core.session("u-new")
    status, said, _ = await call(app, "users_create_user", tokens.bearer, NEW)
    assert status == 201
    stored = await app.db.users.find_one({"userId": "u-new"})
    assert stored is not None
    assert (said, stored["email"], stored["memberships"]) == (
        {"userId": str(stored["_id"])},
        "new@people.example",
        [],
    )
    assert await app.db.users.count_documents({"$or": [{"userId": NEW["userId"]}, {"email": NEW["email"]}]}) == 0
    without = {"userId": "u-new", "createdAt": "1"}
    status, said, _ = await call(app, "users_create_user", tokens.bearer, without)
    assert (status, said["message"]) == (400, "Either email or phone number is required")


async def test_a_token_that_the_core_renews_leaves_with_the_answer_also_with_a_refusal(
    app: App, core: Core, world: World
) -> None:
    tokens = await member(app, core, world.restaurant_id)
    here = {"restaurantId": world.restaurant_id, "locationId": str(world.location_id)}
    for restaurant_id, status in ((world.restaurant_id, 200), ("another", 403)):
        refreshed = core.refreshed(tokens)
        path = here | {"restaurantId": restaurant_id, "stationId": str(world.kitchen_id)}
        answered, _, headers = await call(app, "stations_open_orders", refreshed.cookie, **path)
        assert answered == status
        assert headers["front-token"]
        assert headers["set-cookie"].startswith("sAccessToken=ey")
        assert "front-token" in headers["access-control-expose-headers"]
        again = {"cookie": headers["set-cookie"].partition(";")[0]}
        answered, _, headers = await call(app, "stations_open_orders", again, **path)
        assert (answered, "front-token" in headers) == (status, False)
        tokens = refreshed


async def test_checking_a_session_asks_the_core_nothing(app: App, core: Core, world: World) -> None:
    tokens = await member(app, core, world.restaurant_id)
    assert await orders(app, world, tokens.bearer) == (200, "")
    before = core.calls()
    for headers in (tokens.bearer, tokens.cookie) * 20:
        assert await orders(app, world, headers) == (200, "")
    assert core.calls() == before


@pytest.fixture
def no_keys() -> Iterator[None]:
    """This process forgets the core's public keys."""
    jwks.reset_jwks_cache()
    yield
    jwks.reset_jwks_cache()


async def test_without_the_core_s_keys_nobody_is_told_to_sign_in_again(
    app: App, core: Core, world: World, no_keys: None
) -> None:
    tokens = await member(app, core, world.restaurant_id)
    core.switch("fault", mode="error", status=500, match="jwks")
    try:
        assert (await orders(app, world, tokens.bearer))[0] == 503
    finally:
        core.switch("fault", mode="ok")
    assert await orders(app, world, tokens.bearer) == (200, "")


async def test_a_new_key_of_the_core_is_found_at_once(app: App, core: Core, world: World) -> None:
    old = await member(app, core, world.restaurant_id)
    assert await orders(app, world, old.bearer) == (200, "")
    core.switch("keys")
    new = core.session("u-owner")

    async def gets_in() -> bool:
        # Keys are fetched once in half a second: an unknown key may have been looked for a moment ago.
        return await orders(app, world, new.bearer) == (200, "")

    assert await eventually(gets_in)
    assert await orders(app, world, old.bearer) == (200, "")


def _unsafe() -> list[Route]:
    # A printer has no session: its address is its secret.
    routes = [route for route in ROUTES if route.allow is not anyone and not isinstance(route.allow, ThisPrinter)]
    return [route for route in routes if route.method not in ("GET", "HEAD")]


async def test_a_foreign_page_s_form_changes_nothing_on_any_route_for_staff(app: App, core: Core, world: World) -> None:
    tokens = await member(app, core, world.restaurant_id)
    places = {"restaurantId": world.restaurant_id, "locationId": str(world.location_id), "userId": "u-owner"}
    before = await app.db.at_once.command("dbHash")
    seen = 0
    for route in _unsafe():
        path = {name: places.get(name, "0" * 24) for name in route.parameters}
        form = "&".join(f"{name}={value}" for name, value in places.items()).encode()
        for body, kind in ((form, "application/x-www-form-urlencoded"), (b"{}", "text/plain"), (b"{}", None)):
            headers = tokens.cookie | {"origin": "https://evil.example"} | ({"content-type": kind} if kind else {})
            answer = await route.handle(request(route.method, "/x", body, headers=headers, path=path), app=app)
            assert answer.status_code in ((401,) if not route.allow.public else (400, 401, 415)), route.name
            seen += 1
    after = await app.db.at_once.command("dbHash")
    assert before["collections"] == after["collections"]
    assert seen >= 3 * len(_unsafe()) > 3
    print(f"{seen} forms of a foreign page were refused")
