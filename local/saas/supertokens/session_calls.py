"""The calls about sessions and their tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local.saas.supertokens import wire
from local.saas.supertokens.calls import Answer, Call
from local.saas.supertokens.sessions import Sessions, TheftError, TryRefreshError, UnauthorisedError


class SessionCalls:
    """Answers what the SDK asks about sessions."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def calls(self) -> tuple[Call, ...]:
        """All of them."""
        return (
            Call("POST", "/recipe/session", self._begin, of_tenant=True),
            Call("GET", "/recipe/session", self._session),
            Call("GET", "/recipe/session/user", self._of_user, of_tenant=True),
            Call("POST", "/recipe/session/refresh", self._refresh),
            Call("POST", "/recipe/session/verify", self._verify),
            Call("POST", "/recipe/session/regenerate", self._regenerate),
            Call("POST", "/recipe/session/remove", self._end, of_tenant=True),
            Call("PUT", "/recipe/session/data", self._change_database),
            Call("PUT", "/recipe/jwt/data", self._change_token),
        )

    def _begin(self, data: Mapping[str, Any]) -> Answer:
        wire.without_anti_csrf(data)
        user_id, dynamic = wire.text(data, "userId"), wire.flag(data, "useDynamicSigningKey", True)
        in_token, in_database = wire.mapping(data, "userDataInJWT"), wire.mapping(data, "userDataInDatabase")
        return wire.granted(self._sessions.begin(user_id, in_token, in_database, dynamic=dynamic))

    def _refresh(self, data: Mapping[str, Any]) -> Answer:
        wire.without_anti_csrf(data)
        token, dynamic = wire.text(data, "refreshToken"), wire.flag(data, "useDynamicSigningKey", True)
        return _answered(lambda: wire.granted(self._sessions.refresh(token, dynamic=dynamic)))

    def _verify(self, data: Mapping[str, Any]) -> Answer:
        wire.without_anti_csrf(data)
        token, check = wire.text(data, "accessToken"), wire.flag(data, "checkDatabase")
        return _answered(lambda: wire.granted(self._sessions.verify(token, check_database=check)))

    def _regenerate(self, data: Mapping[str, Any]) -> Answer:
        token, in_token = wire.text(data, "accessToken"), wire.mapping(data, "userDataInJWT")
        return _answered(lambda: wire.granted(self._sessions.regenerate(token, in_token)))

    def _session(self, data: Mapping[str, Any]) -> Answer:
        handle = wire.text(data, "sessionHandle")
        return _answered(lambda: wire.session_kept(self._sessions.found(handle)))

    def _of_user(self, data: Mapping[str, Any]) -> Answer:
        return {"status": wire.OK, "sessionHandles": self._sessions.handles_of(wire.text(data, "userId"))}

    def _end(self, data: Mapping[str, Any]) -> Answer:
        user_id = wire.optional(data, "userId")
        handles = wire.texts(data, "sessionHandles") if user_id is None else self._sessions.handles_of(user_id)
        return {"status": wire.OK, "sessionHandlesRevoked": self._sessions.end(handles)}

    def _change_database(self, data: Mapping[str, Any]) -> Answer:
        handle, kept = wire.text(data, "sessionHandle"), wire.mapping(data, "userDataInDatabase")
        return _answered(lambda: wire.changed(self._sessions.change(handle, in_database=kept)))

    def _change_token(self, data: Mapping[str, Any]) -> Answer:
        handle, kept = wire.text(data, "sessionHandle"), wire.mapping(data, "userDataInJWT")
        return _answered(lambda: wire.changed(self._sessions.change(handle, in_token=kept)))


def _answered(ask: Callable[[], Answer]) -> Answer:
    """An answer, or the status that says why there is none: the core refuses sessions with 200."""
    try:
        return ask()
    except TheftError as error:
        return wire.stolen(error.session)
    except TryRefreshError as error:
        return wire.refused("TRY_REFRESH_TOKEN", str(error))
    except UnauthorisedError as error:
        return wire.refused("UNAUTHORISED", str(error))
