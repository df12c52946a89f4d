"""An example of every body and every answer, for the OpenAPI document: one small restaurant, the same throughout.

A test holds each to the model that it stands for, and names the routes that lack one. The tests from the document
(tests/integration/test_schemathesis.py) put this very restaurant into a database, so that the examples work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.api import health, order_app, orders, payments, realtime

RESTAURANT_ID = "demo-nonna"
LOCATION_ID = "66f1a0c2d4b8e3f5a7c90001"
MENU_ID = "66f1a0c2d4b8e3f5a7c90002"
ORIGIN_ID = "66f1a0c2d4b8e3f5a7c90003"
STATION_ID = "66f1a0c2d4b8e3f5a7c90004"
ORDER_ID = "66f1a0c2d4b8e3f5a7c90009"
LINE_IDS = ("66f1a0c2d4b8e3f5a7c9000a", "66f1a0c2d4b8e3f5a7c9000b")
ENTERED_CARD = "3f6c2a5e9b0d4c1f8a7e6d5c4b3a2918"
REQUEST_ID = "0b9f1c1e-6d2a-4c55-9d0e-2f6b8f0c7a11"

PATH_VALUES: Mapping[str, tuple[str, str]] = {
    "restaurantId": ("The restaurant's id.", RESTAURANT_ID),
    "locationId": ("The location's id.", LOCATION_ID),
    "menuId": ("The menu's id.", MENU_ID),
    "originId": ("The id of the origin that the scanned code names, or `web`.", ORIGIN_ID),
    "orderId": ("The order's id; it is its preview's id too.", ORDER_ID),
    "stationId": ("The station's id.", STATION_ID),
    "file": ("The file's name.", "docs.js"),
}
"""A parameter in a path -> what it is, and an example."""


def _texts(en: str, es: str, pt: str) -> dict[str, str]:
    return {"en": en, "es": es, "pt": pt}


_APPROVED = {"resultStatus": "true", "resultMessage": "Approved", "amountProcessed": "34.10"}
_DECLINED = {
    "resultStatus": "false",
    "resultMessage": "Insufficient funds",
    "amountProcessed": "0.00",
    "code": "PAYMENT_DECLINED",
}

_MENU_NAME = _texts("Lunch", "Almuerzo", "Almoço")
_SOUP = {
    "id": "soup",
    "name": _texts("Soup of the day", "Sopa del día", "Sopa do dia"),
    "description": _texts("With bread", "Con pan", "Com pão"),
    "imageUrls": [],
    "categoryId": "starters",
    "priceCents": 1000,
    "makingCostCents": 0,
    "isAvailable": True,
    "stationTags": ["kitchen"],
    "variants": [{"id": "large", "name": "Large", "priceCents": 1400, "default": False}],
    "modifiers": [
        {
            "id": "extras",
            "name": _texts("Extras", "Extras", "Extras"),
            "type": "standard",
            "required": False,
            "selectionMode": "max",
            "maxChoices": 2,
            "freeChoices": 0,
            "extraChoicePriceCents": 0,
            "options": [{"id": "croutons", "name": _texts("Croutons", "Picatostes", "Croutons"), "priceCents": 150}],
        }
    ],
}
_PRICED_LINE = {
    "id": LINE_IDS[0],
    "menuItemId": "soup",
    "name": "Soup of the day",
    "quantity": 2,
    "unitPriceCents": 1550,
    "priceCents": 3100,
}
_PREVIEW = {
    "previewOrderId": ORDER_ID,
    "totalPriceCents": 3410,
    "subtotalCents": 3100,
    "taxCents": 310,
    "discountCents": 0,
    "tipCents": 0,
    "currency": "USD",
    "expiresAt": "2026-05-04T18:30:00.000Z",
    "isOpen": True,
    "opensAt": None,
    "lines": [_PRICED_LINE],
}
_ORDERED_ITEM = {
    "id": LINE_IDS[0],
    "menuItemId": "soup",
    "name": "Soup of the day",
    "priceCents": 1550,
    "notes": "No pepper, please",
    "variants": [{"id": "large", "name": "Large", "priceCents": 1400}],
    "modifiers": [
        {"id": "extras", "name": "Extras", "options": [{"id": "croutons", "name": "Croutons", "priceCents": 150}]}
    ],
    "stationTags": ["kitchen"],
    "startedAt": None,
    "completedAt": None,
    "missing": [],
}
_STATION_ORDER = {
    "_id": ORDER_ID,
    "orderCode": "K7QX2",
    "status": "ACCEPTED",
    "locationId": LOCATION_ID,
    "meta": {"correlationId": REQUEST_ID},
    "origin": {"id": ORIGIN_ID, "name": "Table 1"},
    "customer": {"name": "Ann", "phone": "5550100200"},
    "items": [_ORDERED_ITEM | {"unrouted": False}],
    "totalPriceCents": 3410,
    "startedAt": "2026-05-04T18:02:00.000Z",
    "seq": 2,
}

EXAMPLES: Mapping[Any, Mapping[str, Any]] = {
    # Bodies
    order_app.PreviewRequest: {
        "cart": {
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "locationSlug": "old-town",
            "origin": {"id": ORIGIN_ID, "name": "Table 1"},
            "customer": {"name": "Ann", "phone": "5550100200"},
            "items": [
                {
                    "id": LINE_IDS[0],
                    "menuItemId": "soup",
                    "name": "Soup of the day",
                    "quantity": 2,
                    "notes": "No pepper, please",
                    "variants": [{"id": "large", "name": "Large"}],
                    "modifiers": [
                        {"id": "extras", "name": "Extras", "options": [{"id": "croutons", "name": "Croutons"}]}
                    ],
                }
            ],
            "getSms": False,
        },
        "smallest": {
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "origin": {"id": "web"},
            "customer": {},
            "items": [{"id": LINE_IDS[1], "menuItemId": "soup"}],
            "strict": True,
        },
    },
    payments.PlacementRequest: {"preview": {"previewOrderId": ORDER_ID}},
    payments.StartRequest: {"existing client": {}, "for a preview": {"previewOrderId": ORDER_ID}},
    payments.CardPayment: {
        "existing client": {"previewOrderId": ORDER_ID, "transactionToken": ENTERED_CARD},
        "with a tip": {"previewOrderId": ORDER_ID, "transactionToken": ENTERED_CARD, "tipPercent": 18},
    },
    payments.WalletPayment: {
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
    realtime.NegotiateRequest: {
        "order": {"kind": "order", "orderId": ORDER_ID},
        "location": {"kind": "location", "restaurantId": RESTAURANT_ID, "locationId": LOCATION_ID},
        "station": {
            "kind": "station",
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "stationId": STATION_ID,
        },
    },
    # Answers
    order_app.Restaurant: {
        "restaurant": {"_id": RESTAURANT_ID, "name": "Nonna", "concept": "Trattoria", "logo": ""},
    },
    order_app.Location: {
        "location": {
            "_id": LOCATION_ID,
            "locationSlug": "old-town",
            "name": "Old Town",
            "isActive": True,
            "acceptPayment": False,
            "emergepayWalletsPublicId": "",
            "isOpen": True,
        },
    },
    order_app.Origin: {
        "table": {
            "_id": ORIGIN_ID,
            "label": "Table 1",
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "type": "table",
        },
        "unknown": {"_id": "", "label": "", "restaurantId": "", "locationId": "", "type": ""},
    },
    order_app.Campaign: {
        "campaign": {"name": "Spring", "type": "flat_off", "reward": {"flatOffCents": 300}},
    },
    order_app.MenuEntry: {
        "lunch": {"_id": MENU_ID, "menuSlug": "lunch", "name": _MENU_NAME, "available": True},
    },
    order_app.Menu: {
        "lunch": {
            "_id": MENU_ID,
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "menuSlug": "lunch",
            "name": _MENU_NAME,
            "available": True,
            "salesTax": 10.0,
            "categories": [
                {
                    "id": "starters",
                    "name": _texts("Starters", "Entrantes", "Entradas"),
                    "description": _texts("", "", ""),
                    "sortOrder": 1,
                    "emoji": "🥣",
                }
            ],
            "items": [_SOUP],
        },
    },
    order_app.Preview: {"preview": _PREVIEW},
    order_app.OrderStatus: {
        "accepted": {
            "orderId": ORDER_ID,
            "status": "ACCEPTED",
            "seq": 2,
            "estimatedReadyAt": "2026-05-04T18:17:00.000Z",
            "updatedAt": "2026-05-04T18:02:00.000Z",
        },
        "not placed yet": {
            "orderId": ORDER_ID,
            "status": "OPEN",
            "seq": 0,
            "estimatedReadyAt": None,
            "updatedAt": None,
        },
    },
    order_app.OrderEvents: {
        "accepted": {
            "data": [
                {
                    "seq": 2,
                    "event": "order_accepted",
                    "payload": {"restaurantId": RESTAURANT_ID, "orderId": ORDER_ID, "correlationId": REQUEST_ID},
                    "at": "2026-05-04T18:02:00.000Z",
                }
            ],
            "lastSeq": 2,
        },
    },
    orders.PublicOrder: {
        "order": {
            "_id": ORDER_ID,
            "orderCode": "K7QX2",
            "restaurantId": RESTAURANT_ID,
            "locationId": LOCATION_ID,
            "locationSlug": "old-town",
            "customer": {"name": "Ann"},
            "origin": {"id": ORIGIN_ID, "name": "Table 1"},
            "items": [_ORDERED_ITEM],
            "status": "ACCEPTED",
            "totalPriceCents": 3410,
            "discount": None,
            "startedAt": "2026-05-04T18:02:00.000Z",
            "endedAt": None,
            "seq": 2,
        },
    },
    orders.StationOrder: {"order": _STATION_ORDER},
    orders.StationOrders: {
        "kitchen": {
            "locationName": "Old Town",
            "stationName": "Kitchen",
            "stationTags": ["kitchen"],
            "timezone": "America/Chicago",
            "matchedOrders": [_STATION_ORDER],
        },
    },
    payments.Started: {"token": {"transactionToken": ENTERED_CARD}},
    payments.CardCompletion: {
        "paid": {"transaction": _APPROVED, "orderId": ORDER_ID},
        "declined": {"transaction": _DECLINED, "orderId": ""},
    },
    payments.WalletCompletion: {
        "paid": {"transaction": {"transactionResponse": _APPROVED}, "orderId": ORDER_ID},
        "declined": {"transaction": {"transactionResponse": _DECLINED}, "orderId": ""},
    },
    payments.Placement: {
        "order": {"orderId": ORDER_ID, "success": True, "message": "Order created successfully without payment"},
    },
    payments.PlacementPending: {
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
    realtime.Negotiated: {
        "order": {
            "url": "wss://live.example.com/client/hubs/orders?access_token=eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
            "hub": "orders",
            "groups": [f"order.{ORDER_ID}"],
            "expiresAt": "2026-05-04T19:02:00.000Z",
            "lastSeq": 2,
        },
    },
    health.Alive: {"alive": {"status": "ok"}},
    health.Readiness: {
        "ready": {
            "status": "ready",
            "checks": {"database": "ok", "engine": "ok"},
            "missing": [],
            "degraded": [],
            "attention": 0,
        },
        "unavailable": {
            "status": "unavailable",
            "checks": {"database": "unreachable"},
            "missing": ["database"],
            "degraded": [],
            "attention": None,
        },
    },
}
"""A model -> its examples by name, as clients send or see them. Envelopes, lists and `| None` are made from these."""

OF_ROUTES: Mapping[str, Mapping[str, Any]] = {
    "pos_restaurant_order": {"order": ORDER_ID},
}
"""The examples of a success that has no model of its own, by the route's name."""


def _wrong(field: str, message: str) -> dict[str, Any]:
    return {"message": message, "detail": [{"field": field, "message": message}]}


ERRORS: Mapping[str, Mapping[str, Any]] = {
    "INVALID_REQUEST": {
        "message": "items.0.menuItemId: This field is required.",
        "detail": [{"field": "items.0.menuItemId", "message": "This field is required."}],
    },
    "CART_INVALID": _wrong("items.0.modifiers.0", "Extras: choose at most 2."),
    "ITEM_SOLD_OUT": _wrong("items.0", "Soup of the day is sold out."),
    "LOCATION_CLOSED": {"opensAt": "2026-05-05T16:00:00.000Z"},
    "ORDER_RUNNING": {"orderId": ORDER_ID},
    "PAYMENT_PENDING": {"orderId": ORDER_ID},
    "TIP_TOO_LARGE": {
        "detail": [{"field": "tipCents", "message": "A tip on this order is at most 3100 cents."}],
    },
    "PREVIEW_STALE": {
        "detail": [
            {"line": LINE_IDS[0], "field": "unitPriceCents", "was": 1450, "now": 1550},
            {"line": None, "field": "totalPriceCents", "was": 3190, "now": 3410},
        ],
        "preview": _PREVIEW,
    },
}
"""A code -> what its example says beyond the catalogue's sentence."""
