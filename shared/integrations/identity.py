"""Signing in, as the rest of the app sees it: who a session is, and the sign-in service's own routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol


class IdentityUnavailable(Exception):  # noqa: N818 - it says what holds, and is always tried again
    """The sign-in service cannot be reached, or is too busy now: try again later."""


class IdentityRefused(Exception):  # noqa: N818
    """No session, an expired one, or a request that the service does not take.

    `status`: 400 or 401. `message`: what clients of the service read. `written`: what they must be told besides.
    `ended`: the handles of sessions that ended with it.
    """

    def __init__(
        self, message: str, *, status: int = 401, written: Written | None = None, ended: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.written = written or Written()
        self.ended = ended


@dataclass(frozen=True, slots=True)
class Written:
    """What an answer carries for the session: headers with names in lower case, and whole Set-Cookie values."""

    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is good now. `written`: its token was renewed, and must reach the client."""

    user_id: str
    handle: str
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A person as the sign-in service knows them: by an e-mail address or a phone number (E.164) that is theirs."""

    user_id: str
    email: str | None
    phone: str | None
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """Where a code goes: to an e-mail address, or to a phone number (E.164)."""

    kind: Literal["email", "phone"]
    address: str


@dataclass(frozen=True, slots=True)
class SignInCall:
    """A request for one of the service's own routes. `path` begins with `/login/`; header names in lower case."""

    method: str
    path: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SignInAnswer:
    """What the service answers. `account`: who has just signed in. `ended`: the handles of sessions that ended."""

    body: Any
    written: Written
    account: Account | None = None
    ended: tuple[str, ...] = ()


SendCode = Callable[[Target, str], Awaitable[None]]
"""Takes a code to where it goes. What it raises ends the request."""


class Identity(Protocol):
    """The sign-in service."""

    @property
    def is_set_up(self) -> bool:
        """Whether this deployment has one."""
        ...

    async def session(self, bearer: str | None, cookie: str | None) -> Session:
        """The session behind an access token, checked here: no call to the service but for its keys, now and then.

        Where both come, and the bearer's is over, a good cookie of the same user decides. Raises IdentityRefused, and
        IdentityUnavailable where the keys cannot be had.
        """
        ...

    async def serve(self, call: SignInCall, send: SendCode) -> SignInAnswer | None:
        """Answer one of the service's own routes; None where it has no such route.

        Raises IdentityRefused, IdentityUnavailable, and what `send` raises.
        """
        ...

    async def account(self, user_id: str) -> Account | None:
        """The person with this id; None for nobody. Raises IdentityUnavailable."""
        ...

    async def delete_account(self, user_id: str) -> None:
        """Delete a person's account and sessions there; one that is gone already is no error.

        Raises IdentityUnavailable.
        """
        ...
