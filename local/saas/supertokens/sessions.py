"""Sessions and their tokens: made by the core, rotated at each refresh, and watched for theft.

A refresh gives a child of the token that it was asked with. The parent stays valid until the child, or the access token
that came with it, is used: an answer that got lost locks nobody out. Whoever then still has the parent is a thief, or
was robbed.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.saas.supertokens.books import Books, Lifetimes, Session, now_ms
from local.saas.supertokens.keys import BadTokenError, Keys

MISSING = "Session missing in db or has expired"
_OWN_CLAIMS = frozenset(
    {"sub", "rsub", "tId", "iat", "exp", "sessionHandle", "refreshTokenHash1", "parentRefreshTokenHash1"}
    | {"antiCsrfToken"}
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token, with its times in milliseconds."""

    text: str
    expires_at: int
    made_at: int


@dataclass(frozen=True, slots=True)
class Granted:
    """A session, with the tokens that are new."""

    session: Session
    access: Token | None = None
    refresh: Token | None = None


class UnauthorisedError(Exception):
    """There is no such session, or it is over."""


class TryRefreshError(Exception):
    """The access token is over, or none of ours."""


class TheftError(Exception):
    """A refresh token came back after its child was used."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.handle)
        self.session = session


class Sessions:
    """What the core does about sessions."""

    def __init__(self, books: Books, keys: Keys, lifetimes: Lifetimes) -> None:
        self._sessions = books.sessions
        self._keys = keys
        self._lifetimes = lifetimes

    def begin(
        self, user_id: str, in_token: Mapping[str, Any], in_database: Mapping[str, Any], *, dynamic: bool
    ) -> Granted:
        """A new session for a user, whom the core does not look up."""
        handle, now = str(uuid.uuid4()), now_ms()
        refresh = self._refresh_token(handle, None)
        session = Session(
            handle=handle,
            user_id=user_id,
            refresh_hash=_hash(_hash(refresh.text)),
            made_at=now,
            expires_at=refresh.expires_at,
            in_token={name: value for name, value in in_token.items() if name not in _OWN_CLAIMS},
            in_database=in_database,
        )
        self._sessions.put(session)
        return Granted(session, self._access_token(session, _hash(refresh.text), None, dynamic=dynamic), refresh)

    def refresh(self, token: str, *, dynamic: bool) -> Granted:
        """New tokens for a refresh token. Raises UnauthorisedError, TheftError."""
        try:
            claims = self._keys.open(token)
        except BadTokenError as error:
            raise UnauthorisedError(str(error)) from None
        session, parent = self.found(claims["handle"]), claims["parent"]
        if session.refresh_hash != _hash(_hash(token)):
            if parent is None or session.refresh_hash != _hash(parent):
                raise TheftError(session)
            session = self._promoted(session, _hash(token))
        child = self._refresh_token(session.handle, _hash(token))
        access = self._access_token(session, _hash(child.text), _hash(token), dynamic=dynamic)
        return Granted(session, access, child)

    def verify(self, token: str, *, check_database: bool) -> Granted:
        """The session of an access token; the first use of a refreshed one makes its parent old.

        Raises TryRefreshError, UnauthorisedError.
        """
        claims, dynamic = self._read(token)
        own, parent = claims["refreshTokenHash1"], claims["parentRefreshTokenHash1"]
        if parent is None and not check_database:
            in_token = {name: value for name, value in claims.items() if name not in _OWN_CLAIMS}
            return Granted(Session(claims["sessionHandle"], claims["sub"], "", 0, 0, in_token))
        session = self.found(claims["sessionHandle"])
        if parent is not None and session.refresh_hash == _hash(parent):
            session = self._promoted(session, own)
        elif session.refresh_hash != _hash(own):
            return Granted(session)
        ends = claims["exp"] * 1000
        return Granted(session, self._access_token(session, own, None, dynamic=dynamic, expires_at=ends))

    def regenerate(self, token: str, in_token: Mapping[str, Any]) -> Granted:
        """An access token with another payload, as long valid. Raises TryRefreshError, UnauthorisedError."""
        claims, dynamic = self._read(token)
        session = self.change(claims["sessionHandle"], in_token=in_token)
        own, parent, ends = claims["refreshTokenHash1"], claims["parentRefreshTokenHash1"], claims["exp"] * 1000
        return Granted(session, self._access_token(session, own, parent, dynamic=dynamic, expires_at=ends))

    def change(
        self, handle: str, *, in_token: Mapping[str, Any] | None = None, in_database: Mapping[str, Any] | None = None
    ) -> Session:
        """Replace what a session keeps for its tokens, or beside them. Raises UnauthorisedError."""
        session = self.found(handle)
        if in_token is not None:
            kept = {name: value for name, value in in_token.items() if name not in _OWN_CLAIMS}
            session = replace(session, in_token=kept)
        if in_database is not None:
            session = replace(session, in_database=in_database)
        self._sessions.put(session)
        return session

    def found(self, handle: str) -> Session:
        """A session that is not over. Raises UnauthorisedError."""
        session = self._sessions.get(handle)
        if session is None or session.expires_at < now_ms():
            raise UnauthorisedError(MISSING)
        return session

    def handles_of(self, user_id: str) -> list[str]:
        """A user's sessions that are not over."""
        now = now_ms()
        return [each.handle for each in self._sessions.all() if each.user_id == user_id and each.expires_at >= now]

    def end(self, handles: list[str]) -> list[str]:
        """End sessions. Returns the handles of those that were there."""
        there = [handle for handle in dict.fromkeys(handles) if self._sessions.get(handle) is not None]
        for handle in there:
            self._sessions.drop(handle)
        return there

    def _read(self, token: str) -> tuple[dict[str, Any], bool]:
        try:
            return self._keys.read(token)
        except BadTokenError as error:
            raise TryRefreshError(str(error)) from None

    def _promoted(self, session: Session, refresh_hash_1: str) -> Session:
        promoted = replace(
            session, refresh_hash=_hash(refresh_hash_1), expires_at=now_ms() + self._lifetimes.refresh_token
        )
        self._sessions.put(promoted)
        return promoted

    def _refresh_token(self, handle: str, parent: str | None) -> Token:
        now = now_ms()
        text = self._keys.seal({"handle": handle, "parent": parent, "nonce": secrets.token_hex(8)})
        return Token(text, now + self._lifetimes.refresh_token, now)

    def _access_token(
        self, session: Session, own: str, parent: str | None, *, dynamic: bool, expires_at: int | None = None
    ) -> Token:
        now = now_ms()
        # Whole seconds, as the token says it: the answer must not promise more.
        ends = (expires_at if expires_at is not None else now + self._lifetimes.access_token) // 1000
        claims = {
            **session.in_token,
            "sub": session.user_id,
            "rsub": session.user_id,
            "tId": "public",
            "iat": now // 1000,
            "exp": ends,
            "sessionHandle": session.handle,
            "refreshTokenHash1": own,
            "parentRefreshTokenHash1": parent,
            "antiCsrfToken": None,
        }
        return Token(self._keys.sign(claims, dynamic=dynamic), ends * 1000, now)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
