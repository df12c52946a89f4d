"""The core's secrets, kept on disk for their owner alone: the key pairs of access tokens, the key of refresh tokens."""

from __future__ import annotations

import base64
import json
import os
import uuid
from pathlib import Path
from typing import Any

import jwt
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.saas.supertokens.books import now_ms
from local.standin.journal import JournalError

_ALGORITHM = "RS256"


class BadTokenError(Exception):
    """The token is none of ours, was changed, or is over."""


class Keys:
    """Signs and reads access tokens, seals and opens refresh tokens.

    A key's id begins with `d-` for the dynamic key, which changes now and then, with `s-` for the static one. Tokens of
    an earlier dynamic key stay valid. A pair is made when it is first needed: a start need not wait for it.
    """

    def __init__(self, path: Path) -> None:
        """Read the keys. Raises JournalError."""
        self._path = path
        try:
            self._kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else _new()
            self._refresh = Fernet(self._kept["refresh"])
            self._pairs: dict[str, rsa.RSAPrivateKey] = {kid: _read(pem) for kid, pem in self._kept["pairs"].items()}
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(f"{path} holds no keys: {error}") from None

    def rotate(self) -> str:
        """Make a new dynamic key, and return its id."""
        at = now_ms()
        while f"d-{at}" in self._pairs:
            at += 1
        return self._add(f"d-{at}")

    def public(self) -> list[dict[str, Any]]:
        """The public keys as JWKs, newest first."""
        self._newest(dynamic=True)
        return [_jwk(kid, pair) for kid, pair in reversed(self._pairs.items())]

    def sign(self, claims: dict[str, Any], *, dynamic: bool) -> str:
        """An access token."""
        kid = self._newest(dynamic=dynamic)
        return jwt.encode(claims, self._pairs[kid], algorithm=_ALGORITHM, headers={"kid": kid, "version": "5"})

    def read(self, token: str) -> tuple[dict[str, Any], bool]:
        """An access token's claims, and whether a dynamic key signed it. Raises BadTokenError."""
        try:
            kid = str(jwt.get_unverified_header(token).get("kid"))
            claims: dict[str, Any] = jwt.decode(token, self._pairs[kid].public_key(), algorithms=[_ALGORITHM])
        except (jwt.InvalidTokenError, KeyError) as error:
            raise BadTokenError(str(error)) from None
        return claims, kid.startswith("d-")

    def seal(self, value: dict[str, Any]) -> str:
        """A value as a text that only `open` can read."""
        return self._refresh.encrypt(json.dumps(value).encode()).decode()

    def open(self, token: str) -> dict[str, Any]:
        """The value of a text that `seal` made. Raises BadTokenError."""
        try:
            value: dict[str, Any] = json.loads(self._refresh.decrypt(token.encode()))
        except InvalidToken:
            raise BadTokenError("The refresh token is none of this core's") from None
        return value

    def _newest(self, *, dynamic: bool) -> str:
        found: str | None = next(
            (kid for kid in reversed(self._pairs) if kid.startswith("d-" if dynamic else "s-")), None
        )
        if found is not None:
            return found
        return self.rotate() if dynamic else self._add(f"s-{uuid.uuid4()}")

    def _add(self, kid: str) -> str:
        pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = pair.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._pairs[kid] = pair
        self._kept = {**self._kept, "pairs": {**self._kept["pairs"], kid: pem.decode()}}
        self._keep()
        return kid

    def _keep(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self._kept, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


def _new() -> dict[str, Any]:
    return {"refresh": Fernet.generate_key().decode(), "pairs": {}}


def _read(pem: str) -> rsa.RSAPrivateKey:
    pair = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(pair, rsa.RSAPrivateKey):
        raise TypeError("a key is no RSA key")
    return pair


def _jwk(kid: str, pair: rsa.RSAPrivateKey) -> dict[str, Any]:
    numbers = pair.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "n": _base64(numbers.n), "e": _base64(numbers.e), "alg": _ALGORITHM, "use": "sig"}


def _base64(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
