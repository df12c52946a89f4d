"""The calls about codes and the users who come of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.exceptions import HTTPException

from local.saas.supertokens import wire
from local.saas.supertokens.books import Books, Lifetimes
from local.saas.supertokens.calls import Answer, Call
from local.saas.supertokens.passwordless import MismatchError, Passwordless, Refused
from local.saas.supertokens.sessions import Sessions


class UserCalls:
    """Answers what the SDK asks about users and codes."""

    def __init__(self, books: Books, passwordless: Passwordless, sessions: Sessions, lifetimes: Lifetimes) -> None:
        self._users = books.users
        self._passwordless = passwordless
        self._sessions = sessions
        self._lifetimes = lifetimes

    def calls(self) -> tuple[Call, ...]:
        """All of them."""
        return (
            Call("POST", "/recipe/signinup/code", self._make_code, of_tenant=True),
            Call("POST", "/recipe/signinup/code/consume", self._consume, of_tenant=True),
            Call("POST", "/recipe/signinup/code/check", self._check, of_tenant=True),
            Call("POST", "/recipe/signinup/code/remove", self._remove_code, of_tenant=True),
            Call("POST", "/recipe/signinup/codes/remove", self._remove_codes, of_tenant=True),
            Call("GET", "/recipe/signinup/codes", self._list_codes, of_tenant=True),
            Call("GET", "/users/by-accountinfo", self._by_address, of_tenant=True),
            Call("GET", "/user/id", self._user),
            Call("POST", "/user/remove", self._remove_user),
        )

    def _make_code(self, data: Mapping[str, Any]) -> Answer:
        device_id, (email, phone) = wire.optional(data, "deviceId"), wire.address(data)
        digits = wire.optional(data, "userInputCode")
        if device_id is not None:
            made = self._passwordless.again(device_id, digits)
        elif email or phone:
            made = self._passwordless.begin(email, phone, digits)
        else:
            raise HTTPException(400, "Please provide exactly one of email, phoneNumber or deviceId")
        return wire.code_refused(made) if isinstance(made, Refused) else wire.code_made(made, self._lifetimes.code)

    def _consume(self, data: Mapping[str, Any]) -> Answer:
        with _mismatch_refused():
            done = self._passwordless.consume(wire.presented(data))
        return wire.code_refused(done) if isinstance(done, Refused) else wire.signed_in(done)

    def _check(self, data: Mapping[str, Any]) -> Answer:
        with _mismatch_refused():
            found = self._passwordless.check(wire.presented(data))
        return wire.code_refused(found) if isinstance(found, Refused) else wire.checked(found)

    def _remove_code(self, data: Mapping[str, Any]) -> Answer:
        self._passwordless.forget_code(wire.text(data, "codeId"))
        return {"status": wire.OK}

    def _remove_codes(self, data: Mapping[str, Any]) -> Answer:
        self._passwordless.forget(*wire.address(data))
        return {"status": wire.OK}

    def _list_codes(self, data: Mapping[str, Any]) -> Answer:
        attempt, device_id = wire.optional(data, "preAuthSessionId"), wire.optional(data, "deviceId")
        if attempt is not None:
            found = self._passwordless.device(attempt)
        elif device_id is not None:
            found = self._passwordless.device_by_id(device_id)
        else:
            return wire.devices(self._passwordless.devices_of(*wire.address(data)), self._lifetimes.code)
        return wire.devices([found] if found else [], self._lifetimes.code)

    def _by_address(self, data: Mapping[str, Any]) -> Answer:
        user = self._passwordless.user_of(*wire.address(data))
        return {"status": wire.OK, "users": [] if user is None else [wire.user(user)]}

    def _user(self, data: Mapping[str, Any]) -> Answer:
        user = self._users.get(wire.text(data, "userId"))
        return wire.refused("UNKNOWN_USER_ID_ERROR") if user is None else {"status": wire.OK, "user": wire.user(user)}

    def _remove_user(self, data: Mapping[str, Any]) -> Answer:
        """The user's sessions and codes go with the user."""
        user_id = wire.text(data, "userId")
        self._sessions.end(self._sessions.handles_of(user_id))
        user = self._users.get(user_id)
        if user is not None:
            self._passwordless.forget(user.email, user.phone)
            self._users.drop(user_id)
        return {"status": wire.OK}


@contextlib.contextmanager
def _mismatch_refused() -> Iterator[None]:
    try:
        yield
    except MismatchError:
        raise HTTPException(400, "preAuthSessionId and deviceId doesn't match") from None
