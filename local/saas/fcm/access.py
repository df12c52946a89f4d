"""Access tokens as Google's token endpoint gives them to service accounts (RFC 7523)."""

from __future__ import annotations

import hashlib
import hmac
import time

LIFETIME_SECONDS = 3600
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

SCOPES = frozenset(
    f"https://www.googleapis.com/auth/{name}" for name in ("cloud-platform", "firebase.messaging", "firebase")
)
"""Any of which lets an account send pushes."""


class Access:
    """Gives tokens for assertions that the account's key has signed, and knows its own again, also after a restart."""

    def __init__(self, email: str, private_key: str) -> None:
        self._email = email
        self._private_key = private_key

    def grant(self, grant_type: str, assertion: str) -> str | None:
        """A token; None where the assertion is none of the account's."""
        import jwt
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(self._private_key.encode(), None).public_key()
        try:
            claims = jwt.decode(assertion, key, algorithms=["RS256"], options={"verify_aud": False})  # type: ignore[arg-type]
        except jwt.InvalidTokenError:
            return None
        is_ours = claims.get("iss") == self._email and str(claims.get("aud", "")).endswith("/token")
        if grant_type != GRANT or not is_ours or SCOPES.isdisjoint(str(claims.get("scope", "")).split()):
            return None
        until = int(time.time()) + LIFETIME_SECONDS
        return f"ya29.local.{until}.{self._mark(until)}"

    def holds(self, header: str) -> bool:
        """Whether an Authorization header has a token that holds."""
        scheme, _, token = header.partition(" ")
        *_, until, mark = ["", "", *token.split(".")]
        fits = until.isdecimal() and hmac.compare_digest(mark.encode(), self._mark(int(until)).encode())
        return scheme.lower() == "bearer" and fits and time.time() < int(until)

    def _mark(self, until: int) -> str:
        return hmac.new(self._private_key.encode(), str(until).encode(), hashlib.sha256).hexdigest()[:32]
