"""What examples of refusals say beyond the catalogue's sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api.examples.names import LINE_IDS, ORDER_ID
from shared.api.examples.ordering import PREVIEW
from shared.errors import ORIGIN_INVALID


def _wrong(field: str, message: str) -> dict[str, Any]:
    return {"message": message, "detail": [{"field": field, "message": message}]}


ERRORS: Mapping[str, Mapping[str, Any]] = {
    "INVALID_REQUEST": {
        "message": "items.0.menuItemId: This field is required.",
        "detail": [{"field": "items.0.menuItemId", "message": "This field is required."}],
    },
    "CART_INVALID": _wrong("items.0.modifiers.0", "Extras: choose at most 2."),
    "ORIGIN_INVALID": _wrong("origin.id", ORIGIN_INVALID.message),
    "ITEM_SOLD_OUT": _wrong("items.0", "Soup of the day is sold out."),
    "LOCATION_CLOSED": {"opensAt": "2026-05-05T16:00:00.000Z"},
    "ORDER_RUNNING": {"orderId": ORDER_ID},
    "ORDER_MOVED": {"status": "CANCELLED", "seq": 4},
    "PAYMENT_PENDING": {"orderId": ORDER_ID},
    "TIP_TOO_LARGE": {
        "detail": [{"field": "tipCents", "message": "A tip on this order is at most 3100 cents."}],
    },
    "PREVIEW_STALE": {
        "detail": [
            {"line": LINE_IDS[0], "field": "unitPriceCents", "was": 1450, "now": 1550},
            {"line": None, "field": "totalPriceCents", "was": 3190, "now": 3410},
        ],
        "preview": PREVIEW,
    },
}
"""A code -> what its example says beyond the catalogue's sentence."""
