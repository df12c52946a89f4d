"""What stands beside the core's own API: the codes that were sent, users with given ids, lifetimes and new keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.saas.supertokens.books import Books, Lifetimes, User, now_ms
from local.saas.supertokens.keys import Keys
from local.saas.supertokens.passwordless import Passwordless
from local.saas.supertokens.sessions import Sessions
from local.standin.faults import Faults
from local.standin.received import Received, moment
from local.standin.switches import Switches

_MAX_SECONDS = 366 * 24 * 60 * 60
_LIFETIMES = {
    "codeSeconds": "code",
    "accessTokenSeconds": "access_token",
    "refreshTokenSeconds": "refresh_token",
}
_USER_FIELDS = frozenset({"id", "email", "phoneNumber", "replace"})


class CoreSwitches:
    """Lets people and tests see the codes, and change what the core would take days for."""

    def __init__(
        self,
        books: Books,
        keys: Keys,
        passwordless: Passwordless,
        sessions: Sessions,
        *,
        lifetimes: Lifetimes,
        faults: Faults,
        received: Received,
    ) -> None:
        self._books = books
        self._keys = keys
        self._passwordless = passwordless
        self._sessions = sessions
        self._lifetimes = lifetimes
        self.switches = Switches(
            faults,
            received,
            shows={"codes": self._codes, "users": self._users},
            does={"users": self._add_user, "lifetimes": self._set_lifetimes, "keys": self._rotate},
        )

    async def _codes(self) -> list[dict[str, Any]]:
        """Every code that would be taken now, newest first."""
        return [
            {
                "email": made.device.email,
                "phoneNumber": made.device.phone,
                "userInputCode": made.code.digits,
                "linkCode": made.code.link,
                "deviceId": made.device.id,
                "preAuthSessionId": made.device.attempt,
                "at": moment(made.code.made_at / 1000),
                "until": moment((made.code.made_at + self._lifetimes.code) / 1000),
                "failed": made.device.failed,
            }
            for made in self._passwordless.open_codes()
        ]

    async def _users(self) -> list[dict[str, Any]]:
        """Every user."""
        return [
            {"id": user.id, "email": user.email, "phoneNumber": user.phone, "at": moment(user.joined_at / 1000)}
            for user in self._books.users.all()
        ]

    async def _add_user(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"id", "email" or "phoneNumber", "replace"?}: a user with this id, unless just this one is there already.

        With `replace`, whoever has the id or the address otherwise makes room, with all sessions.
        """
        user_id, email, phone = body.get("id"), body.get("email"), body.get("phoneNumber")
        if set(body) - _USER_FIELDS or not isinstance(user_id, str) or not user_id:
            raise ValueError("give id, and email or phoneNumber")
        if (email is None) == (phone is None) or not isinstance(email or phone, str):
            raise ValueError("give one of email and phoneNumber")
        user = User(user_id, now_ms(), email.strip().lower() if email else None, phone)
        there = self._passwordless.user_of(user.email, user.phone)
        if there is not None and there.id == user.id:
            return {"created": False}
        for other in (there, self._books.users.get(user.id)):
            if other is not None and body.get("replace") is not True:
                raise ValueError(f"the id or the address is that of the user {other.id}")
            if other is not None:
                self._sessions.end(self._sessions.handles_of(other.id))
                self._books.users.drop(other.id)
        self._books.users.put(user)
        await self._books.written()
        return {"created": True}

    async def _set_lifetimes(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{"codeSeconds", "accessTokenSeconds", "refreshTokenSeconds"}: until the next start; null is as usual."""
        usual = Lifetimes()
        for name, value in body.items():
            if name not in _LIFETIMES:
                raise ValueError(f"lifetimes are {', '.join(_LIFETIMES)}")
            if value is not None and not (type(value) in (int, float) and 0 <= value <= _MAX_SECONDS):
                raise ValueError(f"{name} must be a number from 0 to {_MAX_SECONDS}, or null")
        for name, value in body.items():
            field = _LIFETIMES[name]
            setattr(self._lifetimes, field, getattr(usual, field) if value is None else int(value * 1000))
        return {name: getattr(self._lifetimes, field) / 1000 for name, field in _LIFETIMES.items()}

    async def _rotate(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        """Sign with a new dynamic key from now on; earlier tokens stay valid."""
        return {"kid": self._keys.rotate()}
