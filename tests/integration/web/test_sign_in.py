"""Signing in by a code, through the real SDK and the stand-in of its core: from the code to the last sign-out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from shared.app import App
from shared.clock import FixedClock
from shared.services.limits import codes
from tests.integration.core import Core, Visitor
from tests.web_calls import content

REFUSED = 401


@pytest.fixture
def visitor(app: App, core: Core) -> Visitor:
    """A page that keeps its tokens itself."""
    return Visitor(app, core)


@pytest.fixture
def browser(app: App, core: Core) -> Visitor:
    """A page that leaves its tokens to the browser."""
    return Visitor(app, core, mode="cookie")


def an_email() -> str:
    return f"{uuid4().hex}@people.example"


async def test_whoever_types_in_the_code_is_signed_in_and_stored_with_what_the_session_proved(
    visitor: Visitor, app: App
) -> None:
    email = an_email()
    done = await visitor.signs_in(email=email)
    assert (done["status"], done["createdNewRecipeUser"], done["user"]["emails"]) == ("OK", True, [email])
    session = await app.identity.session(visitor.access, None)
    assert session.user_id == done["user"]["id"]
    [stored] = await app.db.users.find({"userId": session.user_id}).to_list(2)
    assert (stored["email"], stored["restaurants"], stored["memberships"]) == (email, [], [])
    again = await visitor.signs_in(email=email)
    assert (again["createdNewRecipeUser"], again["user"]["id"]) == (False, session.user_id)
    assert await app.db.users.count_documents({"userId": session.user_id}) == 1


async def test_a_phone_number_signs_in_too(visitor: Visitor, app: App) -> None:
    number = f"+1212555{uuid4().int % 10**4:04}"
    done = await visitor.signs_in(phoneNumber=number)
    stored = await app.db.users.find_one({"userId": done["user"]["id"]})
    assert stored is not None
    assert stored["phoneNumber"] == number
    assert "email" not in stored


async def test_a_wrong_code_is_told_with_the_tries_that_are_left(visitor: Visitor) -> None:
    asked = await visitor.asks(email=an_email())
    attempt = {name: asked[name] for name in ("deviceId", "preAuthSessionId")}
    for tries in range(1, 6):
        said = content(await visitor.call("signinup/code/consume", attempt | {"userInputCode": "no"}))
        if said["status"] != "INCORRECT_USER_INPUT_CODE_ERROR":
            break
        assert (said["failedCodeInputAttemptCount"], said["maximumCodeInputAttempts"]) == (tries, 5)
    assert said["status"] == "RESTART_FLOW_ERROR"
    assert visitor.access == ""


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", {"email": 1}, {"email": "a" * 300}, {"email": "a@b.example", "phoneNumber": "+1"}, {}],
)
async def test_what_is_no_request_is_refused_in_our_shape(visitor: Visitor, body: Any) -> None:
    answer = await visitor.call("signinup/code", body)
    assert answer.status_code == 400
    assert {"statusCode", "message", "code", "requestId"} <= content(answer).keys()


async def test_a_session_is_refreshed_and_a_stolen_refresh_token_ends_it(visitor: Visitor, app: App) -> None:
    await visitor.signs_in(email=an_email())
    stolen, first = visitor.refresh, await app.identity.session(visitor.access, None)
    refreshed = await visitor.call("session/refresh", authorization=f"Bearer {visitor.refresh}")
    assert refreshed.status_code == 200
    assert visitor.refresh != stolen
    used = await app.identity.session(visitor.access, None)
    assert used.handle == first.handle
    assert used.written is not None, "the first use after a refresh renews the token"
    after = await app.identity.session(used.written.headers["st-access-token"], None)
    assert after.written is None

    theft = await visitor.call("session/refresh", authorization=f"Bearer {stolen}")
    assert (theft.status_code, content(theft)["message"]) == (REFUSED, "token theft detected")
    assert theft.headers["front-token"] == "remove"
    ended = await visitor.call("session/refresh", authorization=f"Bearer {visitor.refresh}")
    assert (ended.status_code, content(ended)["message"]) == (REFUSED, "unauthorised")


async def test_cookies_carry_a_session_and_signing_out_takes_them_away(browser: Visitor, app: App) -> None:
    await browser.signs_in(email=an_email())
    assert set(browser.cookies) == {"sAccessToken", "sRefreshToken"}
    assert browser.access == browser.cookies["sAccessToken"], "the page may read it (contract 5.1)"
    assert (await browser.call("session/refresh")).status_code == 200
    assert (await app.identity.session(None, browser.cookies["sAccessToken"])).user_id

    kept = dict(browser.cookies)
    gone = await browser.call("signout")
    assert (gone.status_code, content(gone)) == (200, {"status": "OK"})
    assert set(browser.cookies.values()) == {""}
    browser.cookies = kept
    over = await browser.call("session/refresh")
    assert (over.status_code, content(over)["message"]) == (REFUSED, "unauthorised")


async def test_a_foreign_page_neither_refreshes_nor_ends_a_session_by_its_cookies(browser: Visitor, app: App) -> None:
    await browser.signs_in(email=an_email())
    kept = dict(browser.cookies)
    for path in ("session/refresh", "signout"):
        answer = await browser.posts_from("https://evil.example", path)
        assert answer.status_code == REFUSED
    assert (await app.identity.session(None, kept["sAccessToken"])).user_id
    browser.cookies = kept
    assert (await browser.posts_from("http://127.0.0.1:7080", "session/refresh")).status_code == 200


async def test_a_core_that_does_not_answer_is_an_outage_and_nobody_s_fault(visitor: Visitor, core: Core) -> None:
    core.switch("fault", mode="error", status=500)
    try:
        answer = await visitor.call("signinup/code", {"email": an_email()})
    finally:
        core.switch("fault", mode="ok")
    assert (answer.status_code, content(answer)["code"]) == (503, "UNAVAILABLE")


# Limits


async def test_one_address_asks_and_tries_so_often_in_a_minute(app: App, core: Core) -> None:
    few = replace(app, settings=app.settings.model_copy(update={"sign_ins_per_address_and_minute": 3}))
    visitor, other = Visitor(few, core), Visitor(few, core, address="10.0.0.2")
    attempt = {"deviceId": "x", "preAuthSessionId": "y", "userInputCode": "1"}
    said = [(await visitor.call("signinup/code/consume", attempt)).status_code for _ in range(4)]
    assert said == [200, 200, 200, 429]
    assert (await other.call("signinup/code/consume", attempt)).status_code == 200


async def test_one_target_gets_so_many_codes_known_or_not(app: App, core: Core, clock: FixedClock) -> None:
    known, unknown = an_email(), an_email()
    await app.db.users.insert_one({"userId": "u-1", "email": known})
    visitor = Visitor(app, core)
    for email in (known, unknown):
        said = [(await visitor.call("signinup/code", {"email": email})).status_code for _ in range(6)]
        assert said == [200] * 5 + [429], email
        asked = await visitor.call("signinup/code", {"email": email.upper()})
        assert asked.status_code == 429
        assert 0 < int(asked.headers["retry-after"]) <= 600
    clock.advance(minutes=10)
    assert (await visitor.call("signinup/code", {"email": known})).status_code == 200


async def test_while_many_strangers_ask_they_get_nothing_and_staff_still_sign_in(app: App, core: Core) -> None:
    app = replace(app, settings=app.settings.model_copy(update={"codes_to_strangers": 3}))
    known = an_email()
    await app.db.users.insert_one({"userId": "u-1", "email": known})
    assert [await codes.admit_code(app, an_email(), known=False, an_hour=0) for _ in range(5)] == [True] * 3 + [
        False
    ] * 2
    assert await codes.admit_code(app, known, known=True, an_hour=0)
    visitor = Visitor(app, core)
    shapes = [
        {**await visitor.asks(email=email), "deviceId": "", "preAuthSessionId": ""} for email in (known, an_email())
    ]
    assert shapes[0] == shapes[1], "an answer tells nobody who has an account"
    slowed = [(await visitor.call("signinup/code", {"email": email})).status_code for email in (known,)]
    assert slowed == [429], "two in ten minutes"
