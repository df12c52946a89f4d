"""The sign-in service's own routes, with what this house adds: limits, the stored users, and sockets that close.

Asking for a code answers alike for everyone (rules 12). No code and no address is logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from pydantic import BaseModel

from shared.api.sign_in import AskAgain, AskForCode, TryCode
from shared.app import App
from shared.errors import FORBIDDEN, INVALID_REQUEST, NOT_FOUND, SIGN_IN_NOT_SET_UP, Problem
from shared.integrations.identity import Account, IdentityRefused, SignInAnswer, SignInCall, Target
from shared.services.limits import codes
from shared.services.messages import sign_in_codes
from shared.services.staff import closing, signing_in
from shared.store import users

REFUSALS = (NOT_FOUND, SIGN_IN_NOT_SET_UP, *codes.REFUSALS)
STORE_REFUSALS = (FORBIDDEN,)
CREATE_REFUSALS = (*STORE_REFUSALS, INVALID_REQUEST)

ASKS, ASKS_AGAIN, TRIES = "signinup/code", "signinup/code/resend", "signinup/code/consume"
BODIES: Mapping[str, type[BaseModel]] = {ASKS: AskForCode, ASKS_AGAIN: AskAgain, TRIES: TryCode}
"""The routes that take a body, by their path below `login/`."""

ROUTES: Mapping[str, str] = {
    **dict.fromkeys(BODIES, "POST"),
    "session/refresh": "POST",
    "signout": "POST",
    "loginmethods": "GET",
    "jwt/jwks.json": "GET",
    ".well-known/openid-configuration": "GET",
}
"""The routes that are served: path and method. Whether an address is known is told by none."""


async def serve(app: App, call: SignInCall, address: str | None) -> SignInAnswer:
    """Answer one of the routes. `address`: the caller's, for counting only.

    Raises Problem (REFUSALS), IdentityRefused and IdentityUnavailable.
    """
    path = call.path.removeprefix("/login/")
    sends = app.settings.sign_in_sender is not None or app.mail.is_set_up or app.sms.is_set_up
    if not app.identity.is_set_up or (path in (ASKS, ASKS_AGAIN) and not sends):
        raise Problem(SIGN_IN_NOT_SET_UP)
    if path in BODIES:
        await codes.admit_call(app, address)
    try:
        answer = await app.identity.serve(call, partial(_send, app))
    except IdentityRefused as refused:
        await _ended(app, refused.ended)
        raise
    if answer is None:
        raise Problem(NOT_FOUND)
    if answer.account is not None:
        await store(app, answer.account)
    await _ended(app, answer.ended)
    return answer


async def store(app: App, account: Account) -> str:
    """Store who has signed in, where they are not stored; their id here."""
    user = await users.ensure(
        app.db,
        account.user_id,
        email=account.email,
        phone=account.phone,
        joined_at=account.joined_at,
        now=app.clock.now(),
    )
    signing_in.outdate_person(app, account.user_id)
    return str(user.id)


async def store_again(app: App, user_id: str) -> str:
    """Store who is signed in, by what the service knows of them now; their id here.

    Raises Problem FORBIDDEN for somebody whose account is gone, and IdentityUnavailable.
    """
    account = await app.identity.account(user_id)
    if account is None:
        raise Problem(FORBIDDEN)
    return await store(app, account)


async def must_be_stored(app: App, user_id: str) -> None:
    """Store who is signed in, unless they are: before they become something somewhere. Raises as `store_again`."""
    if await users.by_user_id(app.db, user_id) is None:
        await store_again(app, user_id)


def no_address() -> Problem:
    """The answer to a new user without an address, as existing clients know it."""
    message = "Either email or phone number is required"
    return Problem(INVALID_REQUEST, message, detail=[{"field": "email", "message": message}])


async def _send(app: App, target: Target, code: str) -> None:
    """Take a code to where it goes. Raises Problem TOO_MANY_REQUESTS; SIGN_IN_NOT_SET_UP where nothing goes there."""
    if app.settings.sign_in_sender is None and not sign_in_codes.reaches(app, target):
        raise Problem(SIGN_IN_NOT_SET_UP)
    find = users.by_email if target.kind == "email" else users.by_phone
    to = target.address.lower()
    user = await find(app.db, to)
    settings = app.settings
    an_hour = settings.receipts_per_address_and_hour if target.kind == "email" else settings.texts_per_number_and_hour
    if not await codes.admit_code(app, to, known=user is not None, an_hour=an_hour):
        return
    # The sender `console` sends nothing: the local stack's core shows the code.
    if app.settings.sign_in_sender is None:
        works_here = user is not None and bool(users.memberships(user))
        await sign_in_codes.send(app, target, code, works_here=works_here)


async def _ended(app: App, handles: tuple[str, ...]) -> None:
    """Sessions ended: what is open in their name closes."""
    for handle in handles:
        await closing.session_ended(app, handle)
