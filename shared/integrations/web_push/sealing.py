"""What a browser's push service is sent: sealed for the browser alone, and signed with our key (RFC 8030, 8291, 8292).

pywebpush is imported at first use: it brings two HTTP libraries, of which none is used here. The address is one that
anybody may have stored, so the call goes out as webhooks do.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.integrations.push import Note, Subscription

KEPT_SECONDS = 600
"""How long a push service keeps a push for a browser that is off. A new order is news for ten minutes."""

SIGNED_FOR_SECONDS = 12 * 3600
_TOPIC_LENGTH = 32
_AUDIENCE = re.compile(r"https?://[^/:]+(:\d+)?")


class BadSubscriptionError(Exception):
    """The keys of the browser are none, or its address is one that nobody can sign for."""


def sealed(to: Subscription, note: Note) -> bytes:
    """The push, as only this browser can read it. Raises BadSubscriptionError."""
    from pywebpush import WebPusher, WebPushException

    shown = {"title": note.title, "body": note.body, "tag": note.tag, "data": dict(note.data)}
    keys = {"p256dh": to.p256dh, "auth": to.auth}
    try:
        found = WebPusher({"endpoint": to.endpoint, "keys": keys}).encode(json.dumps(shown).encode())
    except (ValueError, WebPushException):
        raise BadSubscriptionError from None
    return bytes(found["body"])


def headers(to: Subscription, note: Note, *, private_key: str, subject: str) -> Mapping[str, str]:
    """The call's headers, signed for the push service of this browser.

    Raises ValueError where our own key or subject is none, and BadSubscriptionError.
    """
    from py_vapid import Vapid02, VapidException

    parts = urlsplit(to.endpoint)
    audience = f"{parts.scheme}://{parts.netloc}"
    if not _AUDIENCE.fullmatch(audience):
        raise BadSubscriptionError
    claims = {"sub": subject, "aud": audience, "exp": int(time.time()) + SIGNED_FOR_SECONDS}
    try:
        signed: dict[str, str] = Vapid02.from_string(private_key).sign(claims)
    except VapidException as error:
        raise ValueError(str(error)) from None
    return {
        **{name.lower(): value for name, value in signed.items()},
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(KEPT_SECONDS),
        "urgency": "high",
        # Of several pushes with one topic, a browser that was off gets the last.
        "topic": hashlib.sha256(note.tag.encode()).hexdigest()[:_TOPIC_LENGTH],
    }


def new_pair() -> tuple[str, str]:
    """A new private key and its public key, as the settings take them."""
    from py_vapid import Vapid02
    from py_vapid.utils import b64urlencode

    made = Vapid02()
    made.generate_keys()
    private_key = str(b64urlencode(made.private_key.private_numbers().private_value.to_bytes(32, "big")))
    return private_key, public_key_of(private_key)


def public_key_of(private_key: str) -> str:
    """The public key of a pair, as browsers take it. Raises ValueError."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from py_vapid import Vapid02
    from py_vapid.utils import b64urlencode

    key = Vapid02.from_string(private_key).public_key
    return str(b64urlencode(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)))
