"""A demo order, placed as a diner's phone would place it: over the API, with no knowledge of what is behind it."""

from __future__ import annotations

import random
import secrets
from typing import Any

import httpx

_MOST_LINES = 4
EMAIL = "diner@demo.example"
"""Where the receipts of demo orders go: no server has this name."""
PHONE = "5125550123"
"""Where their texts go: nobody has this number."""

_NAMES = ("Ada", "Grace", "Linus", "Margaret", "Edsger", "Barbara", "Alan", "Katherine")


class DemoOrderError(Exception):
    """The API did not take the order; the message says what it answered."""


async def place(http: httpx.AsyncClient, api_url: str, location: dict[str, Any]) -> str:
    """Order a random basket from the menu of a demo location, and return the order's id. Raises DemoOrderError."""
    preview_id = await preview(http, api_url, location)
    url = f"{api_url}/payments/place-order-without-payment"
    placed = await call(http, "POST", url, {"previewOrderId": preview_id})
    order_id = placed.get("orderId") if isinstance(placed, dict) else None
    return str(order_id or preview_id)


async def preview(http: httpx.AsyncClient, api_url: str, location: dict[str, Any]) -> str:
    """Price a random basket from the menu of a demo location, and return the preview's id. Raises DemoOrderError."""
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
    )
    return str(priced["data"]["previewOrderId"])


def basket(menu: dict[str, Any], chance: random.Random | None = None) -> list[dict[str, Any]]:
    """One to four lines of what the menu offers now, each with its required choices made.

    Raises DemoOrderError where the menu offers nothing.
    """
    chance = chance or random.Random()  # noqa: S311 - not a secret
    offered = [item for item in menu.get("items") or [] if item.get("isAvailable") is True]
    if not offered:
        raise DemoOrderError("the menu offers nothing")
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


async def call(
    http: httpx.AsyncClient, method: str, url: str, body: Any = None, headers: dict[str, str] | None = None
) -> Any:
    """The JSON that a call is answered with. Raises DemoOrderError where it is no success."""
    try:
        answer = await http.request(method, url, json=body, headers=headers)
    except httpx.HTTPError as error:
        raise DemoOrderError(f"{method} {httpx.URL(url).path} was not answered ({type(error).__name__})") from None
    if not answer.is_success:
        raise DemoOrderError(_said(answer, f"{method} {httpx.URL(url).path} answered {answer.status_code}"))
    return answer.json()


def _said(answer: httpx.Response, call_and_status: str) -> str:
    """What the API says of a refusal, in its own sentence and with its code; else the answer as it came."""
    try:
        body = answer.json()
        return f"{body['message']} ({call_and_status} {body['code']})"
    except (ValueError, TypeError, KeyError):
        return f"{call_and_status}: {answer.text[:1000]}"
