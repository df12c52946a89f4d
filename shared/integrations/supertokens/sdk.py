"""What the app asks of the SDK. Only `client.py` imports this, at first use: the import takes half a second."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import httpx
import requests
from supertokens_python import Supertokens
from supertokens_python.asyncio import delete_user, get_user
from supertokens_python.exceptions import BadInputError, GeneralError, SuperTokensError
from supertokens_python.recipe.session.asyncio import get_session_without_request_response
from supertokens_python.recipe.session.exceptions import TokenTheftError, TryRefreshTokenError
from supertokens_python.recipe.session.interfaces import SessionContainer
from supertokens_python.recipe.session.jwks import find_matching_keys_in_cache, get_latest_keys
from supertokens_python.recipe.session.jwt import ParsedJWTInfo, parse_jwt_without_signature_verification
from supertokens_python.recipe.session.recipe import SessionRecipe
from supertokens_python.supertokens import manage_session_post_response
from supertokens_python.utils import default_user_context

from shared.integrations import outside
from shared.integrations.identity import (
    Account,
    IdentityRefused,
    IdentityUnavailable,
    SendCode,
    Session,
    SignInAnswer,
    SignInCall,
    Written,
)
from shared.integrations.supertokens.messages import Request, Response
from shared.integrations.supertokens.recipes import Errand, SetUp, account_of, set_up

TRY_REFRESH, UNAUTHORISED = "try refresh token", "unauthorised"
"""What the SDK's clients read of a 401: refresh, or sign in."""

_OLDEST_TOKEN = 3
"""Tokens before this version name no key. The core has long made none, and the SDK would ask it about each."""

_CORE_FAILED = ("No SuperTokens core available", "SuperTokens core threw an error", "Retry request failed")


class Sdk:
    """The SDK, set up."""

    def __init__(self, wanted: SetUp) -> None:
        """Raises RuntimeError where this process has set it up otherwise before."""
        set_up(wanted)
        self._fetching: asyncio.Task[None] | None = None

    async def session(self, token: str, sent_by: Literal["header", "cookie"]) -> Session:
        """The session behind an access token. Raises IdentityRefused and IdentityUnavailable."""
        read = _parsed(token)
        if read is None or read.version < _OLDEST_TOKEN:
            raise IdentityRefused(UNAUTHORISED)
        if not _has_key(read):
            await self._fetch_keys(read)
        try:
            with _core():
                found = await get_session_without_request_response(token, anti_csrf_check=False, user_context={})
        except TryRefreshTokenError:
            raise IdentityRefused(TRY_REFRESH) from None
        except SuperTokensError:
            raise IdentityRefused(UNAUTHORISED) from None
        assert found is not None
        return Session(found.get_user_id(), found.get_handle(), await _renewed(found, sent_by))

    @staticmethod
    def is_of_same_user(bearer: str, cookie: str) -> bool:
        """Whether two tokens say that they are of one user, or the bearer is no token at all."""
        return _user_of(bearer) in ("", _user_of(cookie))

    async def serve(self, call: SignInCall, send: SendCode) -> SignInAnswer | None:
        """Answer one of the SDK's routes; None for no route of it. Raises IdentityRefused and IdentityUnavailable."""
        request, response, errand = Request(call), Response(), Errand(send)
        context = errand.into(default_user_context(request))
        sdk = Supertokens.get_instance()
        try:
            with _core():
                answered = await sdk.middleware(request, response, context)
        except GeneralError:
            raise
        except SuperTokensError as error:
            with _core():
                await sdk.handle_supertokens_error(request, error, response, context)
            raise _refusal(error, response) from None
        if answered is None:
            return None
        session = request.get_session()
        if session is not None:
            manage_session_post_response(session, response, context)
        return SignInAnswer(response.content, response.written, errand.account, errand.ended)

    async def account(self, user_id: str) -> Account | None:
        """The person with this id."""
        with _core():
            user = await get_user(user_id)
        return None if user is None else account_of(user)

    async def delete_account(self, user_id: str) -> None:
        """Delete a person's account."""
        with _core():
            await delete_user(user_id)

    async def _fetch_keys(self, read: ParsedJWTInfo) -> None:
        """Ask the core for its keys, for all who wait at once. Off the loop: the SDK asks without giving way."""
        outside.begins("sign-in")
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(asyncio.to_thread(_fetch, read.kid))
        await asyncio.shield(self._fetching)
        if not _has_key(read):
            raise IdentityRefused(TRY_REFRESH)


def _user_of(token: str) -> str:
    """Whose token it says it is, unchecked; "" where it is none."""
    read = _parsed(token)
    return "" if read is None else str(read.payload.get("sub", ""))


def _parsed(token: str) -> ParsedJWTInfo | None:
    try:
        return parse_jwt_without_signature_verification(token)
    except Exception:
        # Whatever the SDK stumbles over: it is no token.
        return None


def _has_key(read: ParsedJWTInfo) -> bool:
    try:
        return find_matching_keys_in_cache(read.kid) is not None
    except Exception:
        # The keys are fresh, and this one was not among them a moment ago: nobody asks for it again so soon.
        return False


def _fetch(kid: str | None) -> None:
    try:
        get_latest_keys(SessionRecipe.get_instance().config, kid)
    except (requests.RequestException, OSError):
        raise IdentityUnavailable("the sign-in service's keys cannot be had") from None
    except Exception:
        # There is no such key: the caller sees that.
        return


async def _renewed(session: SessionContainer, sent_by: Literal["header", "cookie"]) -> Written | None:
    """What must reach the client where the core renewed the token: so it does at the first use after a refresh."""
    if not session.access_token_updated:
        return None
    response, context = Response(), dict[str, Any]()
    request = Request(SignInCall("GET", "/", "/", {}, {}, {}))
    await session.attach_to_request_response(request, sent_by, context)
    manage_session_post_response(session, response, context)
    return response.written


def _refusal(error: SuperTokensError, response: Response) -> IdentityRefused:
    if isinstance(error, BadInputError):
        return IdentityRefused(str(error), status=400)
    message = str(response.content.get("message", UNAUTHORISED))
    stolen = (error.session_handle,) if isinstance(error, TokenTheftError) else ()
    return IdentityRefused(message, written=response.written, ended=stolen)


@contextmanager
def _core() -> Iterator[None]:
    """Raises IdentityUnavailable for what the SDK raises where its core fails: it has no type for that."""
    try:
        yield
    except httpx.HTTPError:
        raise IdentityUnavailable("the sign-in service cannot be reached") from None
    except Exception as error:
        if type(error) in (Exception, GeneralError) and str(error).startswith(_CORE_FAILED):
            raise IdentityUnavailable("the sign-in service does not answer as it should") from None
        raise
