"""Examples of what was sold, taken and given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import sales, today
from shared.api.examples.names import LOCATION_ID, ORDER_ID, OWNER_ID, STATION_ID

_SUMS = {
    "orders": 1,
    "grossCents": 1550,
    "discountCents": 0,
    "netCents": 1550,
    "taxCents": 159,
    "totalCents": 1709,
    "tipCents": 200,
}
_TOTALS = {
    **_SUMS,
    "refunds": 1,
    "refundedCents": 500,
    "voids": 0,
    "voidedCents": 0,
    "voidTakenCents": 0,
    "voidReturnedCents": 0,
}
_TENDER = {
    "tender": "card",
    "orders": 1,
    "amountCents": 1909,
    "tippedOrders": 1,
    "tipCents": 200,
    "returnedCents": 500,
    "returnedTipCents": 0,
}
_ORDER = {
    "orderId": ORDER_ID,
    "orderCode": "7GK",
    "locationId": LOCATION_ID,
    "businessDate": "2026-05-04",
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    sales.SalesReport: {
        "a day": {
            "firstDay": "2026-05-04",
            "lastDay": "2026-05-04",
            "totals": _TOTALS,
            "days": [{"date": "2026-05-04", **_TOTALS}],
            "locations": [{"locationId": LOCATION_ID, "name": "Old Town", **_TOTALS}],
            "tenders": [
                _TENDER,
            ],
            "taxes": [{"taxPercent": "10.25", **_SUMS}],
            "items": [
                {
                    "menuItemId": "soup",
                    "name": "Soup of the day",
                    "soldCount": 1,
                    "refundedCount": 0,
                    "grossCents": 1550,
                }
            ],
            "hours": [{"hour": 13, "minutes": 60, "orders": 1, "totalCents": 1709}],
            "prepTimes": [
                {
                    "stationId": STATION_ID,
                    "name": "Kitchen",
                    "locationId": LOCATION_ID,
                    "orders": 1,
                    "medianMinutes": 7.5,
                    "p90Minutes": 7.5,
                }
            ],
            "staff": [
                {
                    "actor": f"user:{OWNER_ID}",
                    "address": "owner@example.com",
                    "orders": 0,
                    "orderTotalCents": 0,
                    "refunds": 1,
                    "refundedCents": 500,
                    "cancels": 0,
                }
            ],
        },
    },
    today.Today: {
        "noon": {
            "at": "2026-05-04T17:30:00.000Z",
            "businessDate": "2026-05-04",
            "openOrders": 1,
            "unpaidOrders": 0,
            "unpaidCents": 0,
            "attention": 0,
            "soldOut": [{"name": "Salad", "locationId": LOCATION_ID}],
            "totals": _TOTALS,
            "tenders": [_TENDER],
            "locations": [
                {
                    "locationId": LOCATION_ID,
                    "name": "Old Town",
                    "businessDate": "2026-05-04",
                    "openOrders": 1,
                    "unpaidOrders": 0,
                    "unpaidCents": 0,
                    "attention": 0,
                    "soldOut": 1,
                    "orders": 1,
                    "totalCents": 1709,
                }
            ],
            "month": [{"date": "2026-05-04", "orders": 1, "totalCents": 1709}],
        },
    },
    sales.OrderRows: {
        "one": {
            "data": [
                {
                    **_ORDER,
                    "startedAt": "2026-05-04T18:02:00.000Z",
                    "status": "PICKED_UP",
                    "origin": "Table 1",
                    "tender": "card",
                    "units": 1,
                    "grossCents": 1550,
                    "discountCents": 0,
                    "netCents": 1550,
                    "taxPercent": "10.25",
                    "taxCents": 159,
                    "totalCents": 1709,
                    "tipCents": 200,
                    "refundedCents": 500,
                }
            ],
            "next": None,
        },
    },
    sales.PaymentRows: {
        "one": {
            "data": [
                {
                    "paymentId": "0d9c1f5e-1f0b-5c55-9d0e-3f1f4c0c8a11",
                    **_ORDER,
                    "at": "2026-05-04T18:01:58.000Z",
                    "tender": "card",
                    "state": "part_refunded",
                    "brand": "Visa",
                    "cardTail": "1111",
                    "amountCents": 1909,
                    "tipCents": 200,
                    "capturedCents": 1909,
                    "returnedCents": 500,
                    "owedCents": 0,
                    "gatewayId": "8f3b2c",
                }
            ],
            "next": None,
        },
    },
    sales.RefundRows: {
        "one": {
            "data": [
                {
                    "refundId": "4b7c9a52-6d21-4c57-a3f2-5c1f0f7f7d10",
                    **_ORDER,
                    "at": "2026-05-04T19:10:00.000Z",
                    "saleDate": "2026-05-04",
                    "soldAt": "2026-05-04T18:02:00.000Z",
                    "kind": "refund",
                    "tender": "card",
                    "amountCents": 500,
                    "tipCents": 0,
                    "reason": "The soup was cold.",
                    "by": f"user:{OWNER_ID}",
                    "byHand": False,
                }
            ],
            "next": None,
        },
    },
}
