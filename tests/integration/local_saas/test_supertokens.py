"""Signing in through the real SDK, with the stand-in for its core."""

from __future__ import annotations

import signal
import stat
from collections.abc import Iterator
from uuid import uuid4

import jwt
import pytest

from local.saas.supertokens.vendor import API_KEY
from tests.started import until

from .clients import StandIn
from .core import Core, Sdk

WRONG = "ConsumeCodeIncorrectUserInputCodeError"
EXPIRED = "ConsumeCodeExpiredUserInputCodeError"
RESTART = "ConsumeCodeRestartFlowError"


@pytest.fixture(scope="module")
def module_core(killable_stand_in: StandIn) -> Iterator[Core]:
    killable_stand_in.start()
    core = Core(killable_stand_in, Sdk(f"http://127.0.0.1:{killable_stand_in.port}/supertokens"))
    yield core
    core.sdk.close()


@pytest.fixture
def core(module_core: Core) -> Iterator[Core]:
    if not module_core.stand_in.running:
        module_core.stand_in.start()
    yield module_core
    if module_core.stand_in.running:
        module_core.switch("lifetimes", codeSeconds=None, accessTokenSeconds=None, refreshTokenSeconds=None)
        module_core.switch("fault", mode="ok")


@pytest.fixture
def email() -> str:
    return f"{uuid4().hex}@people.example"


def restarted(core: Core) -> None:
    core.stand_in.stop(signal.SIGKILL)
    core.stand_in.start()


# Codes


def test_a_code_signs_in_once_and_the_first_makes_the_user(core: Core, email: str) -> None:
    asked = core.sdk("ask", email=email)
    assert len(asked["digits"]) == 6
    assert asked["digits"].isdigit()
    assert asked["lifetime"] == 600_000
    assert core.sdk("consume", attempt=asked["attempt"], digits=asked["digits"], check=True)["email"] == email
    first = core.sdk("consume", attempt=asked["attempt"], digits=asked["digits"])
    assert (first["status"], first["new"], first["user"]["emails"]) == ("OK", True, [email])
    assert core.sdk("consume", attempt=asked["attempt"], digits=asked["digits"])["status"] == RESTART

    asked = core.sdk("ask", email=email.upper())
    second = core.sdk("consume", attempt=asked["attempt"], digits=asked["digits"])
    assert (second["new"], second["user"]) == (False, first["user"])
    assert core.sdk("users", email=email)["users"] == [first["user"]]


def test_a_phone_number_signs_in_too_and_a_link_is_as_good_as_digits(core: Core) -> None:
    number = f"+1555{uuid4().int % 10**7:07}"
    asked = core.sdk("ask", phone_number=number)
    done = core.sdk("consume", attempt=asked["attempt"], link=asked["link"])
    assert done["user"]["phoneNumbers"] == [number]
    assert core.sdk("users", phone_number=number)["users"] == [done["user"]]


def test_five_wrong_codes_end_the_attempt(core: Core, email: str) -> None:
    asked = core.sdk("ask", email=email)
    wrong = f"{(int(asked['digits']) + 1) % 10**6:06}"
    said = [core.sdk("consume", attempt=asked["attempt"], digits=wrong) for _ in range(5)]
    assert [each["status"] for each in said] == [WRONG] * 4 + [RESTART]
    assert [each["failed"] for each in said[:4]] == [1, 2, 3, 4]
    assert core.sdk("consume", attempt=asked["attempt"], digits=asked["digits"])["status"] == RESTART
    assert core.sdk("list_codes", email=email)["failed"] == []


def test_an_expired_code_is_told_from_a_wrong_one_and_counts_as_a_try(core: Core, email: str) -> None:
    asked = core.sdk("ask", email=email)
    assert any(code["email"] == email for code in core.look("codes"))
    core.switch("lifetimes", codeSeconds=0)
    said = core.sdk("consume", attempt=asked["attempt"], digits=asked["digits"])
    assert (said["status"], said["failed"]) == (EXPIRED, 1)
    assert not any(code["email"] == email for code in core.look("codes"))
    assert core.sdk("list_codes", email=email)["failed"] == [1]


def test_a_code_that_is_sent_again_is_another_and_the_first_stays_good(core: Core, email: str) -> None:
    first = core.sdk("ask", email=email)
    second = core.sdk("again", device_id=first["attempt"]["device_id"])
    assert (second["status"], second["attempt"]) == ("OK", first["attempt"])
    assert second["digits"] != first["digits"]
    same = core.sdk("again", device_id=first["attempt"]["device_id"], digits=second["digits"])
    assert same["status"] == "CreateNewCodeForDeviceUserInputCodeAlreadyUsedError"
    assert core.sdk("consume", attempt=first["attempt"], digits=first["digits"])["status"] == "OK"
    assert (
        core.sdk("again", device_id=first["attempt"]["device_id"])["status"] == "CreateNewCodeForDeviceRestartFlowError"
    )


def test_the_codes_can_be_seen_beside_the_api_and_not_in_what_it_was_asked(core: Core, email: str) -> None:
    asked = core.sdk("ask", email=email)
    shown = next(code for code in core.look("codes") if code["email"] == email)
    assert (shown["userInputCode"], shown["deviceId"]) == (asked["digits"], asked["attempt"]["device_id"])
    core.sdk("consume", attempt=asked["attempt"], digits=asked["digits"])
    received = str(core.look("received"))
    assert email in received
    for secret in (asked["digits"], asked["attempt"]["device_id"], API_KEY):
        assert secret not in received


# Sessions


def test_a_session_is_verified_without_the_core_by_keys_that_it_publishes(core: Core, email: str) -> None:
    begun = core.signed_in(email, colour="red")
    before = len(core.look("received"))
    verified = core.sdk("verify", access=begun["access"])
    assert (verified["handle"], verified["user"], verified["new"]) == (begun["handle"], begun["user"], False)
    assert verified["payload"]["colour"] == "red"
    asked = {call["path"].rsplit("/", 1)[1] for call in core.look("received")[before:]}
    assert asked <= {"jwks.json", "received"}
    header, claims = (
        jwt.get_unverified_header(begun["access"]),
        jwt.decode(begun["access"], options={"verify_signature": False}),
    )
    assert header["kid"].startswith("d-")
    assert claims["exp"] - claims["iat"] == 3600


def test_tokens_of_a_new_key_are_known_at_once_and_those_of_the_old_stay_good(core: Core, email: str) -> None:
    old = core.signed_in(email)
    assert core.sdk("verify", access=old["access"])["status"] == "OK"
    kid = core.switch("keys")["kid"]
    new = core.signed_in(email)
    assert jwt.get_unverified_header(new["access"])["kid"] == kid

    # The SDK asks for keys again half a second after it last did.
    def known() -> bool:
        return core.sdk("verify", access=new["access"])["status"] == "OK"

    until(known)
    assert core.sdk("verify", access=old["access"])["status"] == "OK"


def test_an_access_token_that_is_over_asks_for_a_refresh(core: Core, email: str) -> None:
    core.switch("lifetimes", accessTokenSeconds=0)
    begun = core.signed_in(email)
    assert core.sdk("verify", access=begun["access"])["status"] == "TryRefreshTokenError"
    core.switch("lifetimes", accessTokenSeconds=None)
    fresh = core.sdk("refresh", refresh=begun["refresh"])
    assert core.sdk("verify", access=fresh["access"])["user"] == begun["user"]


def test_a_refresh_rotates_both_tokens_and_keeps_the_session(core: Core, email: str) -> None:
    begun = core.signed_in(email, colour="red")
    fresh = core.sdk("refresh", refresh=begun["refresh"])
    assert fresh["handle"] == begun["handle"]
    assert fresh["payload"]["colour"] == "red"
    assert len({begun["access"], fresh["access"], begun["refresh"], fresh["refresh"]}) == 4
    first = core.sdk("verify", access=fresh["access"])
    assert first["new"], "the first use after a refresh is confirmed by the core, which gives a token that needs none"
    assert not core.sdk("verify", access=first["access"])["new"]


def test_a_refresh_whose_answer_was_lost_can_be_asked_again(core: Core, email: str) -> None:
    begun = core.signed_in(email)
    core.sdk("refresh", refresh=begun["refresh"])
    again = core.sdk("refresh", refresh=begun["refresh"])
    assert core.sdk("verify", access=again["access"])["status"] == "OK"


@pytest.mark.parametrize("used", ["access", "refresh"])
def test_an_old_refresh_token_whose_child_was_used_is_theft(core: Core, email: str, used: str) -> None:
    begun = core.signed_in(email)
    child = core.sdk("refresh", refresh=begun["refresh"])
    assert core.sdk("verify" if used == "access" else "refresh", **{used: child[used]})["status"] == "OK"
    assert core.sdk("refresh", refresh=begun["refresh"])["status"] == "TokenTheftError"


def test_what_is_no_token_of_ours_is_unauthorised(core: Core, email: str) -> None:
    begun = core.signed_in(email)
    assert core.sdk("refresh", refresh=begun["refresh"][:-4] + "AAA=")["status"] == "UnauthorisedError"
    changed = begun["access"].rsplit(".", 1)[0] + ".AAAA"
    assert core.sdk("verify", access=changed)["status"] == "TryRefreshTokenError"


def test_a_revoked_session_is_over_for_the_core_at_once(core: Core, email: str) -> None:
    begun, other = core.signed_in(email), core.signed_in(email)
    assert set(core.sdk("handles", user=begun["user"])["handles"]) == {begun["handle"], other["handle"]}
    assert core.sdk("revoke", handle=begun["handle"])["revoked"] is True
    assert core.sdk("revoke", handle=begun["handle"])["revoked"] is False
    assert core.sdk("verify", access=begun["access"])["status"] == "OK", "until it expires, only the core knows"
    assert core.sdk("verify", access=begun["access"], check_database=True)["status"] == "UnauthorisedError"
    assert core.sdk("refresh", refresh=begun["refresh"])["status"] == "UnauthorisedError"
    assert core.sdk("verify", access=other["access"], check_database=True)["status"] == "OK"
    assert core.sdk("revoke_all", user=begun["user"])["revoked"] == [other["handle"]]


def test_a_session_keeps_data_in_its_token_and_beside_it(core: Core, email: str) -> None:
    begun = core.signed_in(email)
    kept = core.sdk("remember", handle=begun["handle"], data={"page": 3})
    assert (kept["data"], kept["user"]) == ({"page": 3}, begun["user"])
    merged = core.sdk("merge", access=begun["access"], payload={"colour": "blue"})
    assert core.sdk("verify", access=merged["access"])["payload"]["colour"] == "blue"
    assert core.sdk("refresh", refresh=begun["refresh"])["payload"]["colour"] == "blue"


def test_a_refresh_token_ends_after_its_lifetime(core: Core, email: str) -> None:
    core.switch("lifetimes", refreshTokenSeconds=0)
    begun = core.signed_in(email)
    core.switch("lifetimes", refreshTokenSeconds=None)
    assert core.sdk("refresh", refresh=begun["refresh"])["status"] == "UnauthorisedError"


# Users


def test_a_deleted_user_has_no_session_left_and_comes_back_as_another(core: Core, email: str) -> None:
    begun = core.signed_in(email)
    assert core.sdk("user", user_id=begun["user"])["user"]["emails"] == [email]
    core.sdk("delete", user_id=begun["user"])
    assert core.sdk("user", user_id=begun["user"])["user"] is None
    assert core.sdk("users", email=email)["users"] == []
    assert core.sdk("verify", access=begun["access"], check_database=True)["status"] == "UnauthorisedError"
    assert core.sdk("delete", user_id=begun["user"])["status"] == "OK"
    assert core.signed_in(email)["user"] != begun["user"]


def test_a_user_can_be_made_with_an_id_of_ones_own(core: Core, email: str) -> None:
    user_id = f"user-{uuid4().hex}"
    assert core.switch("users", id=user_id, email=email)["created"] is True
    assert core.switch("users", id=user_id, email=email)["created"] is False
    assert core.signed_in(email)["user"] == user_id
    other = core.stand_in.http.post(f"{core.url}/_local/users", json={"id": "another", "email": email})
    assert other.status_code == 400
    assert user_id in other.json()["message"]
    begun = core.signed_in(email)
    assert core.switch("users", id=f"another-{user_id}", email=email, replace=True)["created"] is True
    assert core.signed_in(email)["user"] == f"another-{user_id}"
    assert core.sdk("verify", access=begun["access"], check_database=True)["status"] == "UnauthorisedError"


# The wire


def test_only_a_caller_with_the_key_and_the_version_is_let_in(core: Core, email: str) -> None:
    code = "/public/recipe/signinup/code"
    assert core.call("POST", code, {"email": email}, api_key="another").status_code == 401
    assert core.call("POST", code, {"email": email}, cdi_version="2.0").status_code == 400
    assert core.call("POST", code, {"email": email}).json()["status"] == "OK"
    for open_to_all in ("/.well-known/jwks.json", "/apiversion"):
        assert core.call("GET", open_to_all, api_key="").status_code == 200
    sdk = Sdk(core.url, "another")
    try:
        assert "401" in sdk("ask", email=email)["said"]
    finally:
        sdk.close()


def test_what_the_core_does_not_do_is_501_naming_the_page_and_on_record(core: Core) -> None:
    path = f"/recipe/{uuid4().hex}"
    refused = core.call("POST", path, {})
    assert refused.status_code == 501
    assert "docs/emulation.md" in refused.json()["message"]
    assert [call["answered"] for call in core.look("received") if call["path"].endswith(path)] == [501]


def test_a_body_that_the_core_cannot_read_is_400(core: Core, email: str) -> None:
    asked = core.sdk("ask", email=email)
    mixed = {"preAuthSessionId": "another", "deviceId": asked["attempt"]["device_id"], "userInputCode": "1"}
    for path, body in (
        ("/recipe/signinup/code", {}),
        ("/recipe/signinup/code", {"email": 3}),
        ("/recipe/signinup/code/consume", mixed),
        ("/recipe/session", {"userId": "a", "userDataInJWT": {}, "userDataInDatabase": {}, "enableAntiCsrf": True}),
        ("/recipe/session/remove", {}),
    ):
        assert core.call("POST", path, body).status_code == 400, path


def test_it_fails_as_it_is_told(core: Core, email: str) -> None:
    core.switch("fault", mode="error", status=503, times=1, match=email)
    assert "503" in core.sdk("ask", email=email)["said"]
    assert core.sdk("ask", email=email)["status"] == "OK"


# What is kept


def test_everything_outlives_kill_9(core: Core, email: str) -> None:
    other = f"other-{email}"
    begun, gone = core.signed_in(email, colour="red"), core.signed_in(other)
    core.sdk("delete", user_id=gone["user"])
    waiting = core.sdk("ask", email=email)
    core.sdk("consume", attempt=waiting["attempt"], digits="wrong")
    child = core.sdk("refresh", refresh=begun["refresh"])
    core.sdk("verify", access=child["access"])

    restarted(core)
    assert core.sdk("verify", access=child["access"], check_database=True)["payload"]["colour"] == "red"
    assert core.sdk("refresh", refresh=begun["refresh"])["status"] == "TokenTheftError"
    assert core.sdk("refresh", refresh=child["refresh"])["status"] == "OK"
    assert core.sdk("user", user_id=gone["user"])["user"] is None
    assert core.sdk("list_codes", email=email)["failed"] == [1]
    done = core.sdk("consume", attempt=waiting["attempt"], digits=waiting["digits"])
    assert done["user"]["id"] == begun["user"]

    for name in ("supertokens.jsonl", "supertokens-keys.json"):
        assert stat.S_IMODE((core.stand_in.data_dir / name).stat().st_mode) == 0o600
