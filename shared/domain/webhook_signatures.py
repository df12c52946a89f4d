"""How a receiver knows that an event is ours: an HMAC of the time and the body (rules 21)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with is no secret
SECRET_BYTES = 32
BOTH_FOR = timedelta(hours=24)
"""How long a secret is good after another one has taken its place."""

MAX_SECRETS = 3


def new_secret() -> str:
    """A secret of 256 random bits."""
    return SECRET_PREFIX + secrets.token_hex(SECRET_BYTES)


def signature(body: bytes, secret_texts: Sequence[str], at: int) -> str:
    """The header OrderBuddy-Signature: `t=<unix seconds>,v1=<hex>`, with a `v1` for each secret, the newest first.

    Each is the HMAC-SHA256 of `<t>.<body>`, with the whole text of the secret as its key.
    """
    signed = f"{at}.".encode() + body
    parts = [hmac.new(text.encode(), signed, hashlib.sha256).hexdigest() for text in secret_texts]
    return ",".join([f"t={at}", *(f"v1={part}" for part in parts)])
