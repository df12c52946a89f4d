"""Examples of paying, and of placing without payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import paying
from shared.api.examples.names import (
    ENTERED_CARD,
    ORDER_ID,
)

APPROVED = {"resultStatus": "true", "resultMessage": "Approved", "amountProcessed": "34.10"}

DECLINED = {
    "resultStatus": "false",
    "resultMessage": "Insufficient funds",
    "amountProcessed": "0.00",
    "code": "PAYMENT_DECLINED",
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    paying.PlacementRequest: {"preview": {"previewOrderId": ORDER_ID}},
    paying.StartRequest: {"existing client": {}, "for a preview": {"previewOrderId": ORDER_ID}},
    paying.CardPayment: {
        "existing client": {"previewOrderId": ORDER_ID, "transactionToken": ENTERED_CARD},
        "with a tip": {"previewOrderId": ORDER_ID, "transactionToken": ENTERED_CARD, "tipPercent": 18},
    },
    paying.WalletPayment: {
        "Apple Pay": {
            "previewOrderId": ORDER_ID,
            "transactionDetails": {
                "type": "applePay",
                "isSandbox": True,
                "billing": {"name": "Ann"},
                "card": {"network": "Visa"},
                "token": {"data": "eyJlcGhlbWVyYWwiOiJrZXkifQ=="},
            },
        },
    },
    paying.Started: {"token": {"transactionToken": ENTERED_CARD}},
    paying.CardCompletion: {
        "paid": {"transaction": APPROVED, "orderId": ORDER_ID},
        "declined": {"transaction": DECLINED, "orderId": ""},
    },
    paying.WalletCompletion: {
        "paid": {"transaction": {"transactionResponse": APPROVED}, "orderId": ORDER_ID},
        "declined": {"transaction": {"transactionResponse": DECLINED}, "orderId": ""},
    },
    paying.Placement: {
        "order": {"orderId": ORDER_ID, "success": True, "message": "Order created successfully without payment"},
    },
    paying.PlacementPending: {
        "on its way": {
            "orderId": ORDER_ID,
            "status": "PLACING",
            "statusUrl": f"/api/v1/order-app/orders/{ORDER_ID}/status",
        },
        "payment is being checked": {
            "orderId": ORDER_ID,
            "status": "CHECKING_PAYMENT",
            "statusUrl": f"/api/v1/order-app/orders/{ORDER_ID}/status",
        },
    },
}
