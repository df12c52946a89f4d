"""The JWTs of Web PubSub: HS256 with the access key, for REST calls and for connecting clients."""

import base64
import hmac
import json
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt


class TokenError(Exception):
    """The token is missing or not good for this address; the text says why, without repeating the token."""


@dataclass(frozen=True)
class ClientGrant:
    """What a client's token gives it: who it is, its roles, and the groups it is in from the start."""

    user_id: str | None
    roles: frozenset[str]
    groups: tuple[str, ...]


class AccessKey:
    """The service's access key: verifies tokens and issues them."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._secret = key.encode()
        # A publisher uses one token for many sends.
        self._signed = lru_cache(maxsize=1024)(self._signed_claims)

    def claims(self, token: str | None, url: str) -> dict[str, Any]:
        """The claims of a token that was made for `url`, whose query does not matter: some SDKs sign it, others do not.

        Raises TokenError when the token is missing, forged, expired, or made for another address.
        """
        if not token:
            raise TokenError("a bearer token is required")
        claims = self._signed(token)
        now = time.time()
        expires, not_before = claims.get("exp"), claims.get("nbf", 0)
        if not isinstance(expires, int | float) or not isinstance(not_before, int | float):
            raise TokenError("the token does not say until when it is good")
        if not not_before <= now < expires:
            raise TokenError("the token has expired, or is not good yet")
        if not any(_same_address(audience, url) for audience in _as_list(claims.get("aud"))):
            raise TokenError("the token's audience is another address")
        return claims

    def client_grant(self, token: str | None, url: str) -> ClientGrant:
        """What the token of a connecting client grants; raises TokenError as `claims` does."""
        claims = self.claims(token, url)
        user_id = claims.get("sub")
        return ClientGrant(
            user_id=user_id if isinstance(user_id, str) and user_id else None,
            roles=frozenset(_as_list(claims.get("role"))),
            groups=tuple(dict.fromkeys(_as_list(claims.get("webpubsub.group")))),
        )

    def issue(self, url: str, *, user_id: str | None, roles: list[str], groups: list[str], minutes: int) -> str:
        """A client's token for `url`, good for `minutes`."""
        now = int(time.time())
        claims: dict[str, Any] = {"aud": url, "iat": now, "exp": now + minutes * 60}
        if user_id:
            claims["sub"] = user_id
        if roles:
            claims["role"] = roles
        if groups:
            claims["webpubsub.group"] = groups
        return jwt.encode(claims, self._key, algorithm="HS256")

    def _signed_claims(self, token: str) -> dict[str, Any]:
        # By hand, because every send is verified: this takes a fifth of PyJWT's time, and the stand-in shares its cores
        # with the product.
        try:
            signed, _, signature = token.rpartition(".")
            header, _, payload = signed.partition(".")
            genuine = hmac.compare_digest(
                hmac.digest(self._secret, signed.encode("ascii"), "sha256"), _decode(signature)
            )
            if not genuine or not _is_hs256(header):
                raise TokenError("the token is not signed with the access key")
            claims = json.loads(_decode(payload))
        except (ValueError, RecursionError):
            raise TokenError("the token is not a JWT") from None
        if not isinstance(claims, dict):
            raise TokenError("the token is not a JWT")
        return claims


def bearer(authorization: str | None) -> str | None:
    """The token of an Authorization header, or None."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


@lru_cache(maxsize=64)
def _is_hs256(header: str) -> bool:
    fields = json.loads(_decode(header))
    return isinstance(fields, dict) and fields.get("alg") == "HS256" and "crit" not in fields


def _decode(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _as_list(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _same_address(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return _address(one) == _address(other)
    except ValueError:
        return False


def _address(url: str) -> tuple[str, str, str]:
    """What of a URL a token is made for: not its query, and not how a library quoted it on the way."""
    parts = urlsplit(url)
    path = unquote(parts.path).rstrip("/")
    if path == "/client":
        # The older form of a client's address, which names the hub in its query.
        path = f"/client/hubs/{''.join(parse_qs(parts.query).get('hub', []))}"
    return parts.scheme.lower(), parts.netloc.lower(), path
