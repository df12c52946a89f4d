"""Secrets at rest: merchants' credentials and card tokens, sealed with keys from the settings.

A sealed text is `sealed:v1:<key id>:<base64>`: AES-256-GCM over a random nonce. It is bound to a context such as
`location:<id>`, so that a secret copied into another document does not open there. The newest key seals, and every key
of the list opens: so keys can be changed while the app runs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from typing import Self

from shared.settings import Settings

PREFIX = "sealed:v1:"
NONCE_BYTES = 12


class SealError(Exception):
    """A text could not be sealed or opened. The message says why; it never holds the text."""


class Sealer:
    """Seals and opens texts, and makes the one-way hash by which a token is found again."""

    def __init__(self, keys: list[bytes], hash_key: bytes | None) -> None:
        """`keys`: of 32 bytes each, newest first; empty where the deployment takes no payment."""
        self._keys = {_key_id(key): key for key in keys}
        self._newest = _key_id(keys[0]) if keys else None
        self._hash_key = hash_key

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The sealer with the keys of the settings."""
        hash_key = settings.token_hash_key
        return cls(settings.sealing_key_list(), hash_key.get_secret_value().encode() if hash_key else None)

    def seal(self, text: str, context: str) -> str:
        """`text`, to be opened only with the same `context`. Raises SealError where no key is set."""
        if self._newest is None:
            raise SealError("SEALING_KEYS is not set")
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(NONCE_BYTES)
        closed = AESGCM(self._keys[self._newest]).encrypt(nonce, text.encode(), context.encode())
        return f"{PREFIX}{self._newest}:{base64.b64encode(nonce + closed).decode()}"

    def open(self, sealed: str, context: str) -> str:
        """The text that was sealed. Raises SealError where the key is gone, the context another, or a bit is wrong."""
        if not self.is_sealed(sealed):
            raise SealError("this is no sealed text")
        key_id, _, encoded = sealed.removeprefix(PREFIX).partition(":")
        key = self._keys.get(key_id)
        if key is None:
            raise SealError("it was sealed with a key that SEALING_KEYS does not hold")
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            raw = base64.b64decode(encoded, validate=True)
            # A nonce that is too short is a ValueError, as is a text that is not UTF-8.
            return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()
        except (binascii.Error, InvalidTag, ValueError):
            raise SealError("it was changed, or sealed for something else") from None

    def is_sealed(self, text: str) -> bool:
        """Whether `text` looks sealed; whether it opens is another question."""
        return text.startswith(PREFIX)

    def is_newest(self, text: str) -> bool:
        """Whether `text` is sealed with the newest key, so that nothing is left to do."""
        return self._newest is not None and text.startswith(f"{PREFIX}{self._newest}:")

    def token_hash(self, text: str) -> str:
        """HMAC-SHA256 in hex: equal for equal texts, and no way back. Raises SealError where no key is set."""
        if self._hash_key is None:
            raise SealError("TOKEN_HASH_KEY is not set")
        return hmac.new(self._hash_key, text.encode(), hashlib.sha256).hexdigest()


def _key_id(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:8]
