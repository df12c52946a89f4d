"""Who may call what: users' memberships, devices, and whose staff may see a restaurant."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import azure.durable_functions as df
import pytest
from bson import ObjectId
from pydantic import Field, RootModel

from shared.api.base import Id, Request
from shared.app import App
from shared.errors import ORDER_NOT_FOUND
from shared.services.staff import admitting, signing_in
from shared.web.access import anyone, by_kind, in_body, in_path, oneself, staff_of, staff_through
from shared.web.endpoint import Call, endpoint
from shared.web.routes import RouteTable
from tests.integration.staff import headers_of
from tests.web_calls import content, request

STAFF_CALLS = [
    ("@owner", "demo-cafe", (200, "u-owner")),
    ("@owner", "demo-sushi", (200, "u-owner")),
    ("@owner", "demo-other", (403, "FORBIDDEN")),
    ("@stranger", "demo-cafe", (403, "FORBIDDEN")),
    ("@new", "demo-cafe", (403, "FORBIDDEN")),
    ("@nobody", "demo-cafe", (403, "FORBIDDEN")),
    (None, "demo-cafe", (401, "UNAUTHENTICATED")),
    ("", "demo-cafe", (401, "UNAUTHENTICATED")),
    ("Bearer", "demo-cafe", (401, "UNAUTHENTICATED")),
    ("Bearer ", "demo-cafe", (401, "UNAUTHENTICATED")),
    ("Basic b3duZXI6", "demo-cafe", (401, "UNAUTHENTICATED")),
    ("Bearer nonsense", "demo-cafe", (401, "UNAUTHENTICATED")),
    ("Bearer é", "demo-cafe", (401, "UNAUTHENTICATED")),
    (f"Bearer {'x' * 9000}", "demo-cafe", (401, "UNAUTHENTICATED")),
]
"""Who calls (@: a person who is signed in, else an Authorization header), the restaurant, and what comes of it."""

bp, table = df.Blueprint(), RouteTable()


@endpoint(bp, "GET", "open/{restaurantId}", allow=anyone, table=table)
async def for_anyone(call: Call[None]) -> str | None:
    return call.person.user_id if call.caller else None


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
    return call.person.user_id if call.caller else None


@endpoint(
    bp,
    "GET",
    "at/{restaurantId}/{locationId}",
    allow=staff_of(in_path("restaurantId"), in_path("locationId"), least="kitchen", devices="any"),
    table=table,
)
async def at_location(call: Call[None]) -> str:
    return call.staff.actor_in("demo-cafe").by


@endpoint(
    bp,
    "GET",
    "whole/{restaurantId}/{locationId}",
    allow=staff_of(in_path("restaurantId"), in_path("locationId"), least="manager", devices="expo"),
    table=table,
)
async def for_the_whole_location(call: Call[None]) -> str:
    return call.staff.actor_in("demo-cafe").by


@endpoint(
    bp,
    "GET",
    "some/{restaurantId}",
    allow=staff_of(in_path("restaurantId"), least="kitchen", anywhere=True),
    table=table,
)
async def for_people_of_any_location(call: Call[None]) -> str:
    return call.person.user_id


async def place_of(app: App, thing: str) -> tuple[str, str] | None:
    found = await app.db.things.find_one({"_id": thing})
    return (found["restaurantId"], found["locationId"]) if found else None


@endpoint(
    bp,
    "GET",
    "through/{orderId}",
    allow=staff_through(place_of, in_path("orderId"), ORDER_NOT_FOUND, least="manager", devices="any"),
    table=table,
)
async def through_a_document(call: Call[None]) -> str:
    return call.staff.actor_in("demo-cafe").by


@endpoint(bp, "GET", "self/{userId}", allow=oneself(in_path("userId")), table=table)
async def for_oneself(call: Call[None]) -> str:
    return call.person.user_id


HERE, THERE, ELSEWHERE, NOWHERE = (f"6b0c4bfcd11e9fe1006aa5b{digit}" for digit in "abcd")
"""Two locations of the café, one of another restaurant, and none at all."""


@pytest.fixture
async def demo(app: App) -> App:
    """An App that knows people of each role, two devices, and three locations."""

    def user(name: str, **more: Any) -> dict[str, Any]:
        return {"userId": f"u-{name}", "email": f"{name}@example.com", **more}

    def member(name: str, role: str, locations: list[str] | None) -> dict[str, Any]:
        rows = [{"restaurantId": "demo-cafe", "role": role, "locationIds": locations}]
        return user(name, restaurants=["demo-cafe"], memberships=rows)

    def device(name: str, role: str, **more: Any) -> dict[str, Any]:
        hashes = [signing_in.token_hash(f"token-of-{name}")]
        place = {"restaurantId": "demo-cafe", "locationId": HERE}
        return {"_id": name, "name": name, "role": role, "tokenHashes": hashes, **place, **more}

    await app.db.users.insert_many(
        [
            user("owner", restaurants=["demo-cafe", "demo-sushi", "real-one"]),
            user("stranger", restaurants=["demo-other"]),
            user("new"),
            member("manager", "manager", None),
            member("here", "manager", [HERE]),
            member("cook", "kitchen", [HERE]),
            member("unknown", "chef", None),
            user("half", memberships=[{"restaurantId": "demo-cafe", "role": "owner"}]),
        ]
    )
    await app.db.devices.insert_many(
        [device("screen", "kitchen"), device("pass", "expo"), device("lost", "expo", revokedAt=app.clock.now())]
    )
    await app.db.locations.insert_many(
        [
            {"_id": ObjectId(HERE), "restaurantId": "demo-cafe"},
            {"_id": ObjectId(THERE), "restaurantId": "demo-cafe"},
            {"_id": ObjectId(ELSEWHERE), "restaurantId": "demo-other"},
        ]
    )
    await app.db.things.insert_many(
        [
            {"_id": "ours", "restaurantId": "demo-cafe", "locationId": HERE},
            {"_id": "theirs", "restaurantId": "demo-other", "locationId": ELSEWHERE},
        ]
    )
    return app


async def call(app: App, name: str, bearer: str | None, restaurant: str = "demo-cafe", **body: str) -> tuple[int, Any]:
    headers = {} if bearer is None else {"authorization": bearer}
    if bearer is not None and bearer.startswith("@"):
        headers = headers_of(app, f"u-{bearer[1:]}")
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
    assert await call(demo, "for_staff_of_body", "@owner", more="x") == (400, "INVALID_REQUEST")
    assert await call(demo, "for_staff_of_body", None, more="x") == (401, "UNAUTHENTICATED")


async def test_open_routes_ask_nobody(demo: App) -> None:
    for bearer in (None, "Bearer nonsense", "@owner"):
        assert await call(demo, "for_anyone", bearer) == (200, None)


async def test_a_kind_for_everyone_knows_staff_and_refuses_a_bad_bearer(demo: App) -> None:
    assert await call(demo, "for_either", None, kind="public") == (200, None)
    assert await call(demo, "for_either", "@owner", kind="public") == (200, "u-owner")
    assert await call(demo, "for_either", "@owner", "demo-other", kind="public") == (200, "u-owner")
    assert await call(demo, "for_either", "Bearer nonsense", kind="public") == (401, "UNAUTHENTICATED")
    assert await call(demo, "for_either", "@owner", kind="secret") == (400, "INVALID_REQUEST")


async def test_a_person_is_remembered_for_a_moment(demo: App) -> None:
    assert (await call(demo, "for_staff", "@owner"))[0] == 200
    await demo.db.users.update_many({}, {"$set": {"restaurants": [], "memberships": []}})
    assert (await call(demo, "for_staff", "@owner"))[0] == 200


async def get(app: App, route: str, who: str, **path: str) -> tuple[int, Any]:
    """What comes of a call. `who`: a person's name, or a device's."""
    device = who in ("screen", "pass", "lost")
    headers = {"authorization": f"Device token-of-{who}"} if device else headers_of(app, f"u-{who}")
    response = await table.named(f"test_web_access_{route}").handle(request(headers=headers, path=path), app=app)
    answer = content(response)
    return response.status_code, answer["code"] if response.status_code >= 400 else answer


NO = (403, "FORBIDDEN")
OUT = (401, "UNAUTHENTICATED")
MISSING = (404, "ORDER_NOT_FOUND")


@pytest.mark.parametrize(
    ("route", "who", "location", "outcome"),
    [
        ("at_location", "cook", HERE, (200, "user:u-cook")),
        ("at_location", "manager", THERE, (200, "user:u-manager")),
        ("at_location", "owner", THERE, (200, "user:u-owner")),
        ("at_location", "screen", HERE, (200, "device:screen")),
        ("at_location", "pass", HERE, (200, "device:pass")),
        ("at_location", "lost", HERE, OUT),
        ("at_location", "cook", THERE, NO),
        ("at_location", "screen", THERE, NO),
        ("at_location", "unknown", HERE, NO),
        ("at_location", "half", HERE, NO),
        # The restaurant is theirs and the location is not: whose location it is decides, too.
        ("at_location", "owner", ELSEWHERE, NO),
        ("at_location", "owner", NOWHERE, NO),
        ("at_location", "owner", "undefined", NO),
        ("for_the_whole_location", "cook", HERE, NO),
        ("for_the_whole_location", "screen", HERE, NO),
        ("for_the_whole_location", "pass", HERE, (200, "device:pass")),
        ("for_the_whole_location", "here", HERE, (200, "user:u-here")),
    ],
)
async def test_role_location_and_kind_of_screen_decide(
    demo: App, route: str, who: str, location: str, outcome: tuple[int, str]
) -> None:
    assert await get(demo, route, who, restaurantId="demo-cafe", locationId=location) == outcome


async def test_the_restaurant_itself_is_for_people_of_all_its_locations(demo: App) -> None:
    assert await get(demo, "for_staff", "owner", restaurantId="demo-cafe") == (200, "u-owner")
    assert await get(demo, "for_people_of_any_location", "cook", restaurantId="demo-cafe") == (200, "u-cook")
    assert await get(demo, "for_people_of_any_location", "stranger", restaurantId="demo-cafe") == NO
    assert await get(demo, "for_staff", "pass", restaurantId="demo-cafe") == NO


async def test_a_foreign_document_is_answered_like_an_unknown_one(demo: App) -> None:
    assert await get(demo, "through_a_document", "here", orderId="ours") == (200, "user:u-here")
    assert await get(demo, "through_a_document", "screen", orderId="ours") == (200, "device:screen")
    for who in ("here", "screen", "cook", "manager"):
        assert await get(demo, "through_a_document", who, orderId="theirs") == MISSING
        assert await get(demo, "through_a_document", who, orderId="none") == MISSING
    assert await get(demo, "through_a_document", "cook", orderId="ours") == NO


async def test_a_path_with_a_person_is_that_person_s_alone(demo: App) -> None:
    assert await get(demo, "for_oneself", "owner", userId="u-owner") == (200, "u-owner")
    assert await get(demo, "for_oneself", "owner", userId="u-new") == NO
    assert await get(demo, "for_oneself", "pass", userId="pass") == NO


async def test_a_no_is_never_given_from_memory(demo: App) -> None:
    assert await get(demo, "at_location", "new", restaurantId="demo-cafe", locationId=HERE) == NO
    await demo.db.users.update_one({"userId": "u-new"}, {"$set": {"restaurants": ["demo-cafe"]}})
    assert (await get(demo, "at_location", "new", restaurantId="demo-cafe", locationId=HERE))[0] == 200
    fresh = str(ObjectId())
    assert await get(demo, "at_location", "owner", restaurantId="demo-cafe", locationId=fresh) == NO
    await demo.db.locations.insert_one({"_id": ObjectId(fresh), "restaurantId": "demo-cafe"})
    assert (await get(demo, "at_location", "owner", restaurantId="demo-cafe", locationId=fresh))[0] == 200


async def test_who_is_refused_a_lot_is_slowed_and_reads_no_more(demo: App) -> None:
    ends = [
        (await get(demo, "at_location", "stranger", restaurantId="demo-cafe", locationId=HERE))[0]
        for _ in range(admitting.REFUSALS_A_SECOND * 4)
    ]
    assert set(ends) <= {403, 429}
    assert ends[0] == 403
