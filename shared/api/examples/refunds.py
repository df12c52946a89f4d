"""Examples of money that staff give back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import refunds
from shared.api.examples.names import LINE_IDS, ORDER_ID

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    refunds.RefundRequest: {
        "a dish": {"lines": [{"itemId": LINE_IDS[0]}], "reason": "It was cold."},
        "an amount and the tip": {"amountCents": 500, "tip": True, "reason": "They waited too long."},
        "all that is left": {"reason": "The order was another table's."},
    },
    refunds.Refunded: {
        "a dish": {
            "orderId": ORDER_ID,
            "refundId": "f3b0c6f0-6f0e-4a51-9a52-6c1d7d2f1c10",
            "amountCents": 1550,
            "tipCents": 0,
            "refundedCents": 1550,
            "leftCents": 2100,
            "byHand": False,
        }
    },
    refunds.CounterPaymentRequest: {"in cash": {"payment": "cash"}},
    refunds.CounterPayment: {"in cash": {"orderId": ORDER_ID, "payment": "cash", "amountCents": 3650}},
    refunds.CancelRequest: {"cancel": {"reason": "The oven is broken."}},
    refunds.CancelledOrder: {
        "cancelled": {"orderId": ORDER_ID, "status": "CANCELLED", "seq": 3, "refundedCents": 3650}
    },
}
