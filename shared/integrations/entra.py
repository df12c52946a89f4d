"""Tokens of Microsoft Entra, checked here: by the tenant's public keys, for one audience, of one identity."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from shared.integrations import outside

if TYPE_CHECKING:
    import jwt

log = logging.getLogger("orderbuddy.entra")

MAX_TOKEN = 8192
MAX_KEYS_BYTES = 256 * 1024
FETCH_SECONDS = 5
KEPT_FOR = timedelta(hours=24)
ASKED_EVERY = timedelta(minutes=1)
"""Keys are asked for no sooner because of a token that names an unknown one: anybody may send such a token."""

LEEWAY_SECONDS = 60.0
_V1_ISSUER = "https://sts.windows.net/{tenant}/"


class EntraUnavailable(Exception):  # noqa: N818 - it says what holds, and is always tried again
    """The public keys cannot be had now: try again later."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose tokens are taken: of the identity with this object id, made out to the audience, by the tenant.

    `authority`: where the tenant's keys are, `https://login.microsoftonline.com` in the public cloud.
    """

    authority: str
    tenant: str
    audience: str
    object_id: str

    @property
    def keys_url(self) -> str:
        """Where the tenant shows its public keys."""
        return f"{self.authority}/{self.tenant}/discovery/v2.0/keys"

    @property
    def issuers(self) -> tuple[str, str]:
        """What tokens of the tenant call their maker, in both versions."""
        return _V1_ISSUER.format(tenant=self.tenant), f"{self.authority}/{self.tenant}/v2.0"


@dataclass(slots=True)
class EntraKeys:
    """A tenant's public keys, by their ids."""

    _keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    _asked_at: datetime | None = None
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def is_good(self, token: str, wanted: Wanted, now: datetime) -> bool:
        """Whether it is such a token, and good now. Raises EntraUnavailable."""
        import jwt

        if len(token) > MAX_TOKEN:
            return False
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            return False
        name = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(name, str):
            return False
        key = await self._key(name, wanted.keys_url, now)
        return key is not None and _holds(token, key, wanted, now)

    async def _key(self, name: str, url: str, now: datetime) -> jwt.PyJWK | None:
        if name not in self._keys or self._is_to_be_fetched(name, now):
            # Whoever comes while they are being fetched waits for them.
            async with self._fetching:
                if self._is_to_be_fetched(name, now):
                    await self._fetch(url, now)
        if not self._keys:
            raise EntraUnavailable("there are no keys yet")
        return self._keys.get(name)

    def _is_to_be_fetched(self, name: str, now: datetime) -> bool:
        age = None if self._asked_at is None else now - self._asked_at
        return age is None or age > KEPT_FOR or (name not in self._keys and age > ASKED_EVERY)

    async def _fetch(self, url: str, now: datetime) -> None:
        """Fetch the keys; those of before stay where that fails."""
        outside.begins("Entra")
        self._asked_at = now
        try:
            timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
                body = b""
                while len(body) <= MAX_KEYS_BYTES and (chunk := await answer.content.read(MAX_KEYS_BYTES)):
                    body += chunk
            if answer.status != 200 or len(body) > MAX_KEYS_BYTES:
                raise ValueError(f"it answered {answer.status}")
            self._keys = _read(body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.warning("the tenant's keys cannot be had: %r", error)


def _read(body: bytes) -> dict[str, jwt.PyJWK]:
    """The RSA keys of a key set. Raises ValueError."""
    import jwt

    found = orjson.loads(body)
    rows = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise ValueError("this is no set of keys")
    keys = {}
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("kid"), str) and row.get("kty") == "RSA":
            try:
                keys[row["kid"]] = jwt.PyJWK(row, algorithm="RS256")
            except jwt.PyJWTError:
                continue
    return keys


def _holds(token: str, key: jwt.PyJWK, wanted: Wanted, now: datetime) -> bool:
    import jwt

    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=wanted.audience,
            # The time is compared with our own clock, not with this host's.
            options={"require": ["aud", "exp", "iss"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.PyJWTError:
        return False
    ends, begins = claims["exp"], claims.get("nbf", 0)
    if not isinstance(ends, int | float) or not isinstance(begins, int | float):
        return False
    at = now.timestamp()
    in_time = begins - LEEWAY_SECONDS <= at < ends + LEEWAY_SECONDS
    return in_time and claims["iss"] in wanted.issuers and claims.get("oid") == wanted.object_id
