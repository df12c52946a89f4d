"""A demo order, placed as a diner's phone would place it: over the API, with no knowledge of what is behind it."""

from __future__ import annotations

import random
import secrets
from typing import Any

import httpx

from local.console.app import AppError, call

_MOST_LINES = 4
EMAIL = "diner@demo.example"
"""Where the receipts of demo orders go: no server has this name."""
PHONE = "5125550123"
"""Where their texts go: nobody has this number."""

_NAMES = ("Ada", "Grace", "Linus", "Margaret", "Edsger", "Barbara", "Alan", "Katherine")


async def place(http: httpx.AsyncClient, api_url: str, location: dict[str, Any]) -> str:
    """Order a random basket from the menu of a demo location, and return the order's id. Raises AppError."""
    of_visit = visit()
    preview_id = await preview(http, api_url, location, of_visit)
    url = f"{api_url}/payments/place-order-without-payment"
    placed = await call(http, "POST", url, {"previewOrderId": preview_id}, of_visit)
    order_id = placed.get("orderId") if isinstance(placed, dict) else None
    return str(order_id or preview_id)


def visit() -> dict[str, str]:
    """The header of a diner's requests that makes them one trace."""
    return {"traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"}


async def preview(
    http: httpx.AsyncClient, api_url: str, location: dict[str, Any], of_visit: dict[str, str] | None = None
) -> str:
    """Price a random basket from the menu of a demo location, and return the preview's id. Raises AppError."""
    places = f"{api_url}/order-app/restaurants/{location['restaurantId']}/locations/{location['locationId']}"
    menu = await call(http, "GET", f"{places}/menus/{location['menuId']}")
    origin = await call(http, "GET", f"{api_url}/order-app/restaurants/origins/{location['originId']}")
    priced = await call(
        http,
        "POST",
        f"{api_url}/order-app/cart/preview-order",
        {
            "restaurantId": location["restaurantId"],
            "locationId": location["locationId"],
            "locationSlug": location["locationSlug"],
            "origin": {"id": location["originId"], "name": origin["data"].get("label") or "table"},
            "customer": {"name": random.choice(_NAMES), "phone": PHONE, "email": EMAIL},  # noqa: S311 - not a secret
            "items": basket(menu["data"]),
            "getSms": True,
        },
        of_visit,
    )
    return str(priced["data"]["previewOrderId"])


def basket(menu: dict[str, Any], chance: random.Random | None = None) -> list[dict[str, Any]]:
    """One to four lines of what the menu offers now, each with its required choices made.

    Raises AppError where the menu offers nothing.
    """
    chance = chance or random.Random()  # noqa: S311 - not a secret
    offered = [item for item in menu.get("items") or [] if item.get("isAvailable") is True]
    if not offered:
        raise AppError("the menu offers nothing")
    chosen = chance.sample(offered, min(len(offered), chance.randint(1, _MOST_LINES)))
    return [_line(item, chance) for item in chosen]


def _line(item: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    variants = item.get("variants") or []
    variant = chance.choice(variants) if variants else None
    return {
        "id": secrets.token_hex(12),
        "menuItemId": item["id"],
        "name": text(item["name"]),
        "price": (variant or item).get("priceCents", 0),
        "variants": [_choice(variant)] if variant else [],
        "modifiers": [
            _modifier(modifier, chance) for modifier in item.get("modifiers") or [] if _wanted(modifier, chance)
        ],
        "stationTags": item.get("stationTags") or [],
    }


def _wanted(modifier: dict[str, Any], chance: random.Random) -> bool:
    return bool(modifier.get("options")) and (bool(modifier.get("required")) or chance.random() < 0.3)


def _modifier(modifier: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    options = modifier["options"]
    single = modifier.get("selectionMode") == "single"
    most = 1 if single else max(1, min(len(options), modifier.get("maxChoices") or 1))
    picked = chance.sample(options, chance.randint(1, most))
    return {"id": modifier["id"], "name": text(modifier["name"]), "options": [_choice(option) for option in picked]}


def _choice(option: dict[str, Any]) -> dict[str, Any]:
    return {"id": option["id"], "name": text(option["name"]), "priceCents": option.get("priceCents", 0)}


def text(name: Any) -> str:
    """A name of the menu in English, where it has several languages."""
    if isinstance(name, dict):
        return str(name.get("en") or next(iter(name.values()), ""))
    return str(name)
