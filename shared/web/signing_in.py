"""Who calls: the person behind a bearer.

Until sign-in exists, staff sign in by the demo key. `Authorization: Bearer <key>:<email>` acts as that user, and
`Bearer <key>` acts for all demo restaurants. Either way only restaurants whose ids begin with `demo-` are within reach.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.app import App
from shared.errors import UNAUTHENTICATED, Problem
from shared.memory.kept import Kept
from shared.memory.slots import Slot
from shared.store import users
from shared.store.users import User

DEMO_PREFIX = "demo-"
FRESH_SECONDS = 5.0
MAX_KEPT = 1000
MAX_EMAIL = 254

Role = Literal["kitchen", "service", "manager", "owner"]
"""What a person is in a restaurant. Each may do all that stands before it."""

_LADDER: tuple[Role, ...] = ("kitchen", "service", "manager", "owner")


@dataclass(frozen=True, slots=True)
class Membership:
    """What a person may do in one restaurant. `locations` None: in all of its locations."""

    role: Role
    locations: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who is signed in. `memberships` are by restaurant id; `everywhere` is the demo key alone."""

    user_id: str
    email: str
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    everywhere: bool = False

    def may(self, least: Role, restaurant_id: str, location_id: str | None = None) -> bool:
        """Whether this person has the role `least` or a higher one there. No location: in the restaurant itself."""
        if self.everywhere:
            return restaurant_id.startswith(DEMO_PREFIX)
        mine = self.memberships.get(restaurant_id)
        if mine is None or _LADDER.index(mine.role) < _LADDER.index(least):
            return False
        return mine.locations is None or location_id in mine.locations


def unauthenticated() -> Problem:
    """The answer to whoever must sign in first."""
    return Problem(UNAUTHENTICATED, headers={"www-authenticate": "Bearer"})


async def signed_in(app: App, headers: Mapping[str, str]) -> Staff | None:
    """The person behind the request's bearer; None without one. Raises Problem UNAUTHENTICATED for one that is bad."""
    token = _bearer(headers.get("authorization"))
    if token is None:
        return None
    person = await _by_demo_key(app, token)
    if person is None:
        raise unauthenticated()
    return person


def _bearer(header: str | None) -> str | None:
    """The token that was sent: "" for a header that holds none, None where there is no such header."""
    if header is None:
        return None
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _by_demo_key(app: App, token: str) -> Staff | None:
    secret = app.settings.demo_staff_key
    key = secret.get_secret_value() if secret is not None else ""
    if not key:
        return None
    sent, rest = token[: len(key)], token[len(key) :]
    if not hmac.compare_digest(sent.encode(), key.encode()):
        return None
    if not rest:
        return Staff(user_id="demo", email="", everywhere=True)
    separator, email = rest[0], rest[1:]
    if separator != ":" or not 0 < len(email) <= MAX_EMAIL:
        return None
    user = await _user(app, email)
    if user is None:
        return None
    theirs = {each: Membership("owner") for each in user.restaurants if each.startswith(DEMO_PREFIX)}
    return Staff(user_id=user.user_id, email=user.email, memberships=theirs)


USERS: Slot[Kept[str, tuple[User | None]]] = Slot(lambda: Kept(FRESH_SECONDS, most=MAX_KEPT))
"""Staff screens ask often, and a person's restaurants change rarely."""


async def _user(app: App, email: str) -> User | None:
    async def read(_: tuple[User | None] | None) -> tuple[User | None]:
        return (await users.by_email(app.db, email),)

    return (await app.memory[USERS].get(email, read))[0]
