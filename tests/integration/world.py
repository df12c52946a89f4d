"""A small restaurant to order from, with ids of its own, so that tests run side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from shared.api.ordering import PreviewRequest
from shared.app import App

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def text(word: str) -> dict[str, str]:
    return {"en": word, "es": f"{word} (es)", "pt": f"{word} (pt)"}


def line_id() -> str:
    """What a diner's browser makes up for a line."""
    return str(ObjectId())


@dataclass(frozen=True)
class World:
    """One restaurant with one location, two stations and a menu of four dishes at 10 % tax.

    soup (1000, kitchen), tea (500, bar), bread (300, no station cooks it), salad (900, sold out).
    """

    restaurant_id: str = field(default_factory=lambda: f"demo-{ObjectId()}")
    location_id: ObjectId = field(default_factory=ObjectId)
    menu_id: ObjectId = field(default_factory=ObjectId)
    kitchen_id: ObjectId = field(default_factory=ObjectId)
    bar_id: ObjectId = field(default_factory=ObjectId)
    origin_id: ObjectId = field(default_factory=ObjectId)
    takes_payment: bool = False
    oid: str = field(default_factory=lambda: f"m-{ObjectId()}")
    auto_accepts: bool = True

    def documents(self) -> dict[str, list[dict[str, Any]]]:
        here = {"restaurantId": self.restaurant_id, "locationId": self.location_id}
        return {
            "restaurants": [{"_id": self.restaurant_id, "name": "Nonna", "concept": "Trattoria", "logo": ""}],
            "locations": [
                {
                    "_id": self.location_id,
                    "restaurantId": self.restaurant_id,
                    "locationSlug": "old-town",
                    "name": "Old Town",
                    "timezone": "America/Chicago",
                    "isActive": True,
                    "autoAcceptOrder": self.auto_accepts,
                    "payment": {
                        "acceptPayment": self.takes_payment,
                        "oid": self.oid,
                        "auth": f"test-key-{self.oid}",
                    },
                    "workingHours": [
                        {"day": day, "isOpen": True, "startTime": "00:00", "endTime": "23:59"} for day in DAYS
                    ],
                    "orderTiming": {"acceptOrdersAfterMinutes": 0, "stopOrdersBeforeMinutes": 0},
                }
            ],
            "stations": [
                {"_id": self.kitchen_id, **here, "name": "Kitchen", "tags": ["kitchen"]},
                {"_id": self.bar_id, **here, "name": "Bar", "tags": ["bar"]},
            ],
            "origins": [{"_id": self.origin_id, **here, "label": "Table 1", "type": "table"}],
            "menus": [
                {
                    "_id": self.menu_id,
                    **here,
                    "menuSlug": "menu",
                    "name": text("Menu"),
                    "available": True,
                    "salesTax": 10,
                    "categories": [{"id": "all", "name": text("All"), "description": text(""), "sortOrder": 1}],
                    "items": [
                        self.dish("soup", 1000, ["kitchen"]),
                        self.dish("tea", 500, ["bar"]),
                        self.dish("bread", 300, ["bakery"]),
                        self.dish("salad", 900, ["kitchen"], isAvailable=False),
                    ],
                }
            ],
        }

    @staticmethod
    def dish(key: str, cents: int, tags: list[str], **more: Any) -> dict[str, Any]:
        dish = {
            "id": key,
            "name": text(key.title()),
            "description": text(f"Good {key}"),
            "categoryId": "all",
            "priceCents": cents,
            "makingCostCents": 123,
            "isAvailable": True,
            "stationTags": tags,
            "imageUrls": [],
            "variants": [],
            "modifiers": [],
        }
        return dish | more

    async def build(self, app: App) -> World:
        for collection, documents in self.documents().items():
            await app.db[collection].insert_many(documents)
        return self

    def cart(self, *dishes: str, lines: list[str] | None = None, **more: Any) -> dict[str, Any]:
        """The body of a preview, as the existing app sends it."""
        ids = lines or [line_id() for _ in dishes]
        items = [
            {
                "id": key,
                "menuItemId": dish,
                "name": dish.title(),
                "price": 1,
                "notes": "",
                "variants": [],
                "modifiers": [],
                "stationTags": ["client-made"],
            }
            for key, dish in zip(ids, dishes, strict=True)
        ]
        body = {
            "restaurantId": self.restaurant_id,
            "locationId": str(self.location_id),
            "locationSlug": "old-town",
            "origin": {"id": str(self.origin_id), "name": "Table 1"},
            "customer": {"name": "Ann", "phone": "5550100200"},
            "items": items,
            "getSms": False,
        }
        return body | more

    def request(self, *dishes: str, lines: list[str] | None = None, **more: Any) -> PreviewRequest:
        return PreviewRequest.model_validate(self.cart(*dishes, lines=lines, **more))
