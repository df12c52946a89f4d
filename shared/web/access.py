"""Who may call a route: anyone, or staff who are signed in.

Until sign-in exists, staff sign in by the demo key: `Authorization: Bearer <key>:<email>` acts as that user,
`Bearer <key>` for all demo restaurants. Either way only restaurants whose ids begin with `demo-` are within reach.
"""

from __future__ import annotations

import hmac
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from shared.app import App
from shared.errors import FORBIDDEN, UNAUTHENTICATED, Problem
from shared.store import users
from shared.store.client import Database
from shared.store.users import User

DEMO_PREFIX = "demo-"
FRESH_SECONDS = 5.0
MAX_KEPT = 1000
MAX_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Staff:
    """A signed-in person. `restaurants` None: all demo restaurants (the demo key alone)."""

    user_id: str
    email: str
    restaurants: frozenset[str] | None

    def may(self, restaurant_id: str) -> bool:
        """Whether this person belongs to the restaurant."""
        if self.restaurants is None:
            return restaurant_id.startswith(DEMO_PREFIX)
        return restaurant_id in self.restaurants


@dataclass(frozen=True, slots=True)
class Allow:
    """Who may call. `public`: also without a bearer token. `reads_bearer`: a token that is sent must be a good one."""

    name: str
    public: bool
    reads_bearer: bool


anyone = Allow("anyone", public=True, reads_bearer=False)
"""The route is open; a bearer is not even looked at."""

staff = Allow("staff", public=False, reads_bearer=True)
"""Only signed-in staff; with `restaurantId` in the path or the body, only that restaurant's."""

anyone_or_staff = Allow("anyone_or_staff", public=True, reads_bearer=True)
"""The route is open, and knows staff who are signed in."""


async def admit(allow: Allow, app: App, headers: Mapping[str, str], restaurant_id: str | None) -> Staff | None:
    """Who calls. Raises Problem: UNAUTHENTICATED, or FORBIDDEN for another restaurant's staff."""
    if not allow.reads_bearer:
        return None
    token = _bearer(headers.get("authorization"))
    if token is None:
        if allow.public:
            return None
        raise _unauthenticated()
    person = await _by_demo_key(app, token)
    if person is None:
        raise _unauthenticated()
    if restaurant_id is not None and not allow.public and not person.may(restaurant_id):
        raise Problem(FORBIDDEN)
    return person


def admit_to(allow: Allow, person: Staff | None, restaurant_id: str | None) -> None:
    """Hold staff to the restaurant that a body names. Raises Problem FORBIDDEN for another restaurant's staff."""
    if restaurant_id is not None and not allow.public and (person is None or not person.may(restaurant_id)):
        raise Problem(FORBIDDEN)


def _unauthenticated() -> Problem:
    return Problem(UNAUTHENTICATED, headers={"www-authenticate": "Bearer"})


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
        return Staff(user_id="demo", email="", restaurants=None)
    separator, email = rest[0], rest[1:]
    if separator != ":" or not 0 < len(email) <= MAX_EMAIL:
        return None
    user = await _user(app.db, email)
    if user is None:
        return None
    theirs = frozenset(each for each in user.restaurants if each.startswith(DEMO_PREFIX))
    return Staff(user_id=user.user_id, email=user.email, restaurants=theirs)


# Staff screens ask often, and a person's restaurants change rarely: a few seconds of memory, per process.
_kept: WeakKeyDictionary[Database, OrderedDict[str, tuple[float, User | None]]] = WeakKeyDictionary()


async def _user(db: Database, email: str) -> User | None:
    kept = _kept.setdefault(db, OrderedDict())
    found = kept.get(email)
    now = time.monotonic()
    if found is not None and now < found[0]:
        return found[1]
    user = await users.by_email(db, email)
    kept[email] = (now + FRESH_SECONDS, user)
    kept.move_to_end(email)
    if len(kept) > MAX_KEPT:
        kept.popitem(last=False)
    return user
