"""The real SDK in a process of its own, since it can be set up but once in each: a line of JSON in, a line out.

python -m tests.integration.local_saas.sdk CONNECTION_URI API_KEY
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from supertokens_python import InputAppInfo, SupertokensConfig, init
from supertokens_python.asyncio import delete_user, get_user, list_users_by_account_info
from supertokens_python.exceptions import SuperTokensError
from supertokens_python.recipe import passwordless, session
from supertokens_python.recipe.passwordless import asyncio as codes
from supertokens_python.recipe.session import asyncio as sessions
from supertokens_python.recipe.session.interfaces import SessionContainer
from supertokens_python.types import RecipeUserId
from supertokens_python.types.base import AccountInfoInput

PUBLIC = "public"
Answer = dict[str, Any]


def set_up(connection_uri: str, api_key: str) -> None:
    here = "http://127.0.0.1:7071"
    init(
        app_info=InputAppInfo(
            app_name="Tests", api_domain=here, website_domain=here, api_base_path="/login", website_base_path="/login"
        ),
        supertokens_config=SupertokensConfig(connection_uri=connection_uri, api_key=api_key),
        framework="fastapi",
        mode="asgi",
        recipe_list=[
            passwordless.init(contact_config=passwordless.ContactEmailOrPhoneConfig(), flow_type="USER_INPUT_CODE"),
            session.init(anti_csrf="NONE"),
        ],
        telemetry=False,
    )


def _status(result: Any) -> str:
    """Some results bring their status, some only their class."""
    given = getattr(result, "status", None)
    return str(given or ("OK" if type(result).__name__.endswith("OkResult") else type(result).__name__))


def _code(made: Any) -> Answer:
    if _status(made) != "OK":
        return {"status": _status(made)}
    return {
        "status": "OK",
        "attempt": {"pre_auth_session_id": made.pre_auth_session_id, "device_id": made.device_id},
        "digits": made.user_input_code,
        "link": made.link_code,
        "lifetime": made.code_life_time,
    }


def _tokens(container: SessionContainer) -> Answer:
    tokens = container.get_all_session_tokens_dangerously()
    return {
        "status": "OK",
        "handle": container.get_handle(),
        "user": container.get_user_id(),
        "payload": container.get_access_token_payload(),
        "access": tokens["accessToken"],
        "refresh": tokens["refreshToken"],
        "new": tokens["accessAndFrontTokenUpdated"],
    }


async def ask(**address: str) -> Answer:
    return _code(await codes.create_code(PUBLIC, **address))


async def again(device_id: str, digits: str | None = None) -> Answer:
    return _code(await codes.create_new_code_for_device(PUBLIC, device_id, digits))


async def consume(attempt: Answer, digits: str | None = None, link: str | None = None, check: bool = False) -> Answer:
    if link is not None:
        attempt = {"pre_auth_session_id": attempt["pre_auth_session_id"]}
    act: Callable[..., Awaitable[Any]] = codes.check_code if check else codes.consume_code
    done = await act(PUBLIC, user_input_code=digits, link_code=link, **attempt)
    if _status(done) != "OK":
        return {"status": _status(done), "failed": getattr(done, "failed_code_input_attempt_count", None)}
    if check:
        return {"status": "OK", "email": done.consumed_device.email}
    return {"status": "OK", "user": done.user.to_json(), "new": done.created_new_recipe_user}


async def list_codes(email: str) -> Answer:
    found = await codes.list_codes_by_email(PUBLIC, email)
    return {"status": "OK", "failed": [device.failed_code_input_attempt_count for device in found]}


async def begin(user: str, payload: Answer) -> Answer:
    return _tokens(await sessions.create_new_session_without_request_response(PUBLIC, RecipeUserId(user), payload))


async def verify(access: str, check_database: bool = False) -> Answer:
    found = await sessions.get_session_without_request_response(access, check_database=check_database)
    assert found is not None
    return _tokens(found)


async def merge(access: str, payload: Answer) -> Answer:
    found = await sessions.get_session_without_request_response(access)
    assert found is not None
    await found.merge_into_access_token_payload(payload)
    return _tokens(found)


async def refresh(refresh: str) -> Answer:
    return _tokens(await sessions.refresh_session_without_request_response(refresh))


async def revoke(handle: str) -> Answer:
    return {"status": "OK", "revoked": await sessions.revoke_session(handle)}


async def revoke_all(user: str) -> Answer:
    return {"status": "OK", "revoked": await sessions.revoke_all_sessions_for_user(user)}


async def handles(user: str) -> Answer:
    return {"status": "OK", "handles": await sessions.get_all_session_handles_for_user(user)}


async def remember(handle: str, data: Answer) -> Answer:
    """Keep data beside a session, and read all of it again."""
    if not await sessions.update_session_data_in_database(handle, data):
        return {"status": "NONE"}
    found = await sessions.get_session_information(handle)
    assert found is not None
    return {"status": "OK", "data": found.session_data_in_database, "user": found.user_id, "expiry": found.expiry}


async def user(user_id: str) -> Answer:
    found = await get_user(user_id)
    return {"status": "OK", "user": found and found.to_json()}


async def users(**address: str) -> Answer:
    found = await list_users_by_account_info(PUBLIC, AccountInfoInput(**address))
    return {"status": "OK", "users": [each.to_json() for each in found]}


async def delete(user_id: str) -> Answer:
    await delete_user(user_id)
    return {"status": "OK"}


ACTS = (
    *(ask, again, consume, list_codes, begin, verify, merge, refresh),
    *(revoke, revoke_all, handles, remember, user, users, delete),
)


async def answer(asked: Answer) -> Answer:
    act = next(act for act in ACTS if act.__name__ == asked["act"])
    try:
        return await act(**asked["given"])
    except SuperTokensError as error:
        return {"status": type(error).__name__}
    except Exception as error:
        return {"status": "failed", "said": str(error)}


def main(connection_uri: str, api_key: str) -> None:
    set_up(connection_uri, api_key)
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            print(json.dumps(runner.run(answer(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
