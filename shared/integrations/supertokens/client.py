"""SuperTokens: sessions are checked here, with the service's public keys; its own routes are answered by its SDK.

The SDK is large, and most requests are diners': it is imported at first use, off the event loop, and so is the first
look for keys. No code, token or address is in a log line or an exception of ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from shared.integrations import outside
from shared.integrations.identity import (
    Account,
    IdentityRefused,
    IdentityUnavailable,
    SendCode,
    Session,
    SignInAnswer,
    SignInCall,
)
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.integrations.supertokens.sdk import Sdk

CALL_SECONDS = 15.0
"""How long a route of the service may take: each is a handful of calls to its core."""

MAX_TOKEN = 8192
_NO_SESSION = "unauthorised"

T = TypeVar("T")


class SuperTokens:
    """`Identity` through SuperTokens. It makes no call before it is asked something."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sdk: Sdk | None = None
        self._starting: asyncio.Task[Sdk] | None = None

    @property
    def is_set_up(self) -> bool:
        return self._settings.supertokens_connection_uri is not None

    async def session(self, bearer: str | None, cookie: str | None) -> Session:
        if not self.is_set_up or max(len(bearer or ""), len(cookie or "")) > MAX_TOKEN:
            raise IdentityRefused(_NO_SESSION)
        sdk = self._sdk or await self._started()
        if bearer is None:
            return await sdk.session(cookie or "", "cookie")
        try:
            return await sdk.session(bearer, "header")
        except IdentityRefused:
            # The existing app copies its first bearer and sends it for ever; its cookie is fresh (contract A3).
            if not cookie or not sdk.is_of_same_user(bearer, cookie):
                raise
        return await sdk.session(cookie, "cookie")

    async def serve(self, call: SignInCall, send: SendCode) -> SignInAnswer | None:
        sdk = self._sdk or await self._started()
        return await _in_time(sdk.serve(call, send))

    async def account(self, user_id: str) -> Account | None:
        sdk = self._sdk or await self._started()
        return await _in_time(sdk.account(user_id))

    async def delete_account(self, user_id: str) -> None:
        sdk = self._sdk or await self._started()
        await _in_time(sdk.delete_account(user_id))

    async def _started(self) -> Sdk:
        """The SDK, imported and set up by the first who needs it. Raises IdentityUnavailable where there is no core."""
        if not self.is_set_up:
            raise IdentityUnavailable("this deployment has no sign-in service")
        if self._starting is None or (self._starting.done() and self._sdk is None):
            self._starting = asyncio.create_task(asyncio.to_thread(_start, self._settings))
        self._sdk = await asyncio.shield(self._starting)
        return self._sdk


async def _in_time(work: Awaitable[T]) -> T:
    outside.begins("sign-in")
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await work
    except TimeoutError:
        raise IdentityUnavailable("the sign-in service took too long") from None


def _start(settings: Settings) -> Sdk:
    from shared.integrations.supertokens.recipes import SetUp
    from shared.integrations.supertokens.sdk import Sdk

    key = settings.supertokens_api_key
    return Sdk(
        SetUp(
            core=settings.supertokens_connection_uri or "",
            api_key=None if key is None else key.get_secret_value(),
            api=settings.api_endpoint or settings.store_endpoint or _THIS_MACHINE,
            website=settings.store_endpoint or settings.api_endpoint or _THIS_MACHINE,
        )
    )


_THIS_MACHINE = "http://localhost:7071"
"""Only names the issuer and says how cookies are sent, where a deployment says no address of its own."""
