"""A browser's half of a push: its keys, and reading what was sealed for it (RFC 8291), signed by whom (RFC 8292)."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

MAX_AHEAD_SECONDS = 24 * 3600


def new_keys() -> dict[str, str]:
    """The keys of a browser: `private` is its own, `p256dh` and `auth` are told with its subscription."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    private = key.private_numbers().private_value.to_bytes(32, "big")
    return {"private": _text(private), "p256dh": _text(public), "auth": _text(secrets.token_bytes(16))}


def read(sealed: bytes, keys: Mapping[str, str]) -> Any:
    """What a push says. Raises ValueError where it is not sealed for these keys."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.derive_private_key(int.from_bytes(_raw(keys["private"]), "big"), ec.SECP256R1())
    try:
        plain = http_ece.decrypt(sealed, private_key=private, auth_secret=_raw(keys["auth"]), version="aes128gcm")
    except Exception as error:
        # The library raises many kinds of errors, also its ciphers' own.
        raise ValueError(f"this browser cannot read it: {type(error).__name__}") from None
    return json.loads(plain)


def is_signed(header: str, public_key: str, audience: str) -> bool:
    """Whether an Authorization header is signed by the holder of this key, for this push service, and still holds."""
    import jwt
    from cryptography.hazmat.primitives.asymmetric import ec

    scheme, _, rest = header.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if scheme.lower() != "vapid" or fields.get("k") != public_key:
        return False
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(public_key))
    try:
        claims = jwt.decode(fields.get("t", ""), key, algorithms=["ES256"], audience=audience)
    except jwt.InvalidTokenError:
        return False
    subject = str(claims.get("sub", ""))
    return claims.get("exp", 0) <= time.time() + MAX_AHEAD_SECONDS and subject.startswith(("mailto:", "https://"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
