"""Examples of signing in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import sign_in

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    sign_in.CreateUser: {
        "new": {
            "userId": "16a863b8-a5ea-4dce-858c-6865832ec32e",
            "createdAt": 1795968000000,
            "email": "ann@cafe.example",
        }
    },
    sign_in.UserCreated: {"stored": {"userId": "68a1f0c2e4b0a1b2c3d4e5f6"}},
}
