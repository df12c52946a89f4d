"""Who calls: the person or the device behind what a request brings along (rules 12)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.app import App
from shared.domain.roles import Caller
from shared.errors import Problem
from shared.integrations.identity import IdentityRefused, Written
from shared.services.staff import signing_in
from shared.web.access import unauthenticated
from shared.web.answering import EXPOSED_HEADERS
from shared.web.call import Reply

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ACCESS_COOKIE = "sAccessToken"
_BETWEEN_COOKIES = re.compile("[;,]")
_EXPOSED = frozenset(EXPOSED_HEADERS.split(", "))


def device_token(headers: Mapping[str, str]) -> str:
    """The token that a device shows; "" where there is none."""
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "device" else ""


@dataclass(slots=True)
class Carried:
    """What an answer must carry for the caller's session, whatever it says: a token that was renewed meanwhile."""

    written: Written | None = None

    def on(self, reply: Reply[Any]) -> Reply[Any]:
        """The answer with it."""
        if self.written is None:
            return reply
        headers = {**reply.headers, **headers_of(self.written)}
        return Reply(reply.body, reply.status, headers, (*reply.cookies, *self.written.cookies))

    def on_problem(self, problem: Problem) -> None:
        """Let a refusal carry it."""
        if self.written is not None:
            problem.headers.update(headers_of(self.written))
            problem.cookies = (*problem.cookies, *self.written.cookies)


def headers_of(written: Written) -> dict[str, str]:
    """The headers of an answer for a session: all that pages may read stands in one header, ours and the service's.

    Who may call from elsewhere is the platform's to say.
    """
    headers = {name: value for name, value in written.headers.items() if not name.startswith("access-control-allow-")}
    named = [name.strip().lower() for name in headers.pop("access-control-expose-headers", "").split(",")]
    more = [name for name in dict.fromkeys(named) if name and name not in _EXPOSED]
    if more:
        headers["access-control-expose-headers"] = ", ".join((EXPOSED_HEADERS, *more))
    return headers


async def caller_of(
    app: App, method: str, headers: Mapping[str, str], carried: Carried, *, needed: bool = True
) -> Caller | None:
    """The caller of a request; None where it brings nothing along, or nothing that counts.

    `needed`: the route is not for everyone; else a cookie that is over says nothing. Raises Problem UNAUTHENTICATED for
    what is bad, and what is there only because a browser adds it to every request is never refused where it is not
    needed.
    """
    header = headers.get("authorization")
    bearer: str | None = None
    if header is not None:
        scheme, _, token = header.strip().partition(" ")
        if scheme.lower() == "device":
            device = await signing_in.device(app, token.strip())
            if device is None:
                raise unauthenticated()
            return device
        if scheme.lower() != "bearer":
            raise unauthenticated()
        bearer = token.strip()
    cookie = access_cookie(headers.get("cookie")) if cookies_count(app, method, headers) else None
    if bearer is None and cookie is None:
        return None
    try:
        session = await app.identity.session(bearer, cookie)
    except IdentityRefused as refused:
        if bearer is None and not needed:
            return None
        raise unauthenticated(refused.message) from None
    person, is_over = await asyncio.gather(
        signing_in.person(app, session.user_id, session=session.handle), signing_in.is_over(app, session.handle)
    )
    if is_over:
        if bearer is None and not needed:
            return None
        raise unauthenticated()
    carried.written = session.written
    return person


def access_cookie(header: str | None) -> str | None:
    """The access token in a Cookie header, also in one that somebody on the way joined by commas."""
    if header is None or ACCESS_COOKIE not in header:
        return None
    for pair in _BETWEEN_COOKIES.split(header):
        name, _, value = pair.strip().partition("=")
        if name == ACCESS_COOKIE:
            return value or None
    return None


def cookies_count(app: App, method: str, headers: Mapping[str, str]) -> bool:
    """Whether a session may come as a cookie: always where nothing is changed; else only from a page of ours.

    A foreign page can neither add the header `rid` to a request nor choose its `Origin`.
    """
    if method in SAFE_METHODS or "rid" in headers:
        return True
    return headers.get("origin", "").lower() in app.settings.own_origins
