"""What a request brings along for its session, and when a cookie counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.errors import UNAUTHENTICATED, Problem
from shared.integrations.identity import Written
from shared.web import answering, login
from shared.web.call import Reply
from shared.web.runtime import Given
from shared.web.signing_in import Carried, access_cookie, cookies_count, headers_of
from tests.web_calls import content, offline_app, request

OURS = {
    "api_endpoint": "https://api.example",
    "store_endpoint": "https://Staff.example/app",
    "web_origins": "https://b",
}


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("a=1; sAccessToken=x.y.z; b=2", "x.y.z"),
        ("a=1,sAccessToken=x.y.z,b=2", "x.y.z"),
        ("sAccessToken=x.y.z, a=1", "x.y.z"),
        ("sAccessToken=", None),
        ("xsAccessToken=1", None),
        ('a={"b":1,"sAccessToken":2}', None),
        ("", None),
        (None, None),
    ],
)
def test_the_token_is_found_however_cookies_are_joined(header: str | None, token: str | None) -> None:
    assert access_cookie(header) == token


@pytest.mark.parametrize(
    ("method", "headers", "counts"),
    [
        ("GET", {}, True),
        ("GET", {"origin": "https://evil.example"}, True),
        ("POST", {}, False),
        ("PUT", {"origin": "https://evil.example"}, False),
        ("PATCH", {"origin": "null"}, False),
        ("DELETE", {"origin": "https://staff.example.evil"}, False),
        ("POST", {"origin": "http://staff.example"}, False),
        ("POST", {"origin": "https://staff.example"}, True),
        ("POST", {"origin": "https://B"}, True),
        ("POST", {"rid": "anti-csrf"}, True),
        ("POST", {"rid": ""}, True),
    ],
)
async def test_a_cookie_counts_where_no_foreign_page_can_have_sent_it(
    method: str, headers: dict[str, str], counts: bool
) -> None:
    assert cookies_count(offline_app(**OURS), method, headers) is counts


def test_one_header_names_all_that_pages_may_read() -> None:
    known = Written({"front-token": "x", "access-control-expose-headers": "front-token,st-access-token"})
    assert headers_of(known) == {"front-token": "x"}
    more = headers_of(Written({"access-control-expose-headers": "front-token,anti-csrf,anti-csrf"}))
    assert more == {"access-control-expose-headers": f"{answering.EXPOSED_HEADERS}, anti-csrf"}
    assert headers_of(Written({"access-control-allow-origin": "*"})) == {}


async def test_a_renewed_token_leaves_with_whatever_is_answered() -> None:
    carried = Carried(Written({"front-token": "new"}, ("a=1; Path=/", "b=2; Path=/")))
    assert carried.on(Reply("x", 201, {"etag": "1"})) == Reply(
        "x", 201, {"etag": "1", "front-token": "new"}, ("a=1; Path=/", "b=2; Path=/")
    )

    async def refuse(_: str) -> Reply[Any]:
        problem = Problem(UNAUTHENTICATED)
        carried.on_problem(problem)
        raise problem

    response = await answering.answered(request(), refuse, route="things")
    assert response.status_code == 401
    assert response.headers["front-token"] == "new"
    assert response.headers.get_all("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]


async def answer(method: str, path: str, body: bytes = b"", **settings: Any) -> tuple[int, Any, Any]:
    sent = request(method, f"/login/{path}", body)
    response = await login.answer(sent, Given(offline_app(**settings)), path=path)
    return response.status_code, json.loads(response.get_body() or b"null"), response.headers


async def test_no_route_tells_whether_an_address_is_known() -> None:
    for path in ("passwordless/email/exists", "passwordless/phonenumber/exists", "signup/email/exists", "user/exists"):
        for method in ("GET", "POST"):
            status, body, _ = await answer(method, path, supertokens_connection_uri="http://127.0.0.1:1")
            assert (status, body["code"]) == (404, "NOT_FOUND"), path


async def test_other_methods_are_told_which_ones_there_are() -> None:
    status, body, headers = await answer("GET", "signinup/code")
    assert (status, body["code"], headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "POST")
    status, _, headers = await answer("OPTIONS", "signinup/code")
    assert (status, headers["allow"]) == (204, "POST")


async def test_a_deployment_without_a_core_or_a_sender_says_so() -> None:
    body = b'{"email": "a@b.example"}'
    for settings in ({}, {"supertokens_connection_uri": "http://127.0.0.1:1"}):
        response = await login.answer(
            request("POST", "/login/signinup/code", body), Given(offline_app(**settings)), path="signinup/code"
        )
        assert response.status_code == 503
        assert content(response)["code"] == "SIGN_IN_NOT_SET_UP"
