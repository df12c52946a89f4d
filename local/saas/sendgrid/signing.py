"""The key that the stand-in signs its events with. It is the same everywhere, and opens nothing but local stacks."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIME_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"

_SEED = b"orderbuddy: the stand-in of SendGrid signs its events"


def private_key() -> EllipticCurvePrivateKey:
    """The key; its public half is `vendor.PUBLIC_KEY`."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.derive_private_key(int.from_bytes(hashlib.sha256(_SEED).digest(), "big"), ec.SECP256R1())


def signed(raw: bytes, at: int) -> dict[str, str]:
    """The headers of a body that goes out at this second."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    signature = private_key().sign(str(at).encode() + raw, ec.ECDSA(hashes.SHA256()))
    return {
        "content-type": "application/json",
        SIGNATURE_HEADER: base64.b64encode(signature).decode(),
        TIME_HEADER: str(at),
    }
