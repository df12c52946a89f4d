"""Examples of what needs a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import attention
from shared.api.examples.names import ENTRY_ID

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    attention.AttentionItem: {
        "payment": {
            "id": ENTRY_ID,
            "kind": "payment",
            "targetId": ENTRY_ID.partition(":")[2],
            "reason": "the gateway refuses to refund 500 cents: Decline",
            "count": 1,
            "at": "2026-05-04T18:02:00.000Z",
            "state": "part_refunded",
            "amountCents": 1973,
            "acts": ["retry", "dismiss"],
        },
        "hours": {
            "id": "hours:66f1a0c2d4b8e3f5a7c90001",
            "kind": "hours",
            "targetId": "66f1a0c2d4b8e3f5a7c90001",
            "reason": "the opening hours cannot be read",
            "count": 1,
            "at": "2026-05-04T18:02:00.000Z",
            "state": "",
            "amountCents": None,
            "acts": ["dismiss"],
        },
    },
    attention.VoidRequest: {"reason": {"reason": "The dish is not made any more."}},
}
