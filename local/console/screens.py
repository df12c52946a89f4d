"""Links to the screens, ready to be opened: each carries the address of the API and the ids it is for."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from local.console.view import PlanView, StackView


def kitchen_links(stack: StackView) -> list[dict[str, str]]:
    """The kitchen displays of the demo locations that the start page orders from, one for each station.

    The location that takes no payment comes first. Empty without demo data.
    """
    places = [stack.demo.get(name) or {} for name in ("open", "payment")]
    return [kitchen_link(stack.plan, place, station) for place in places for station in place.get("stationIds") or []]


def kitchen_link(plan: PlanView, place: dict[str, Any], station_id: str) -> dict[str, str]:
    """One station's display. The token stands behind the #, so that no server and no log sees it."""
    query = urlencode(
        {
            "api": plan.api_url,
            "restaurantId": place.get("restaurantId", ""),
            "locationId": place.get("locationId", ""),
            "stationId": station_id,
        }
    )
    return {
        "stationId": station_id,
        "url": f"{plan.console_url}/kitchen/?{query}#token={quote(plan.demo_staff_key)}",
    }


def status_url(plan: PlanView, restaurant_id: str, order_id: str) -> str:
    """The diner's page of an order."""
    query = urlencode({"api": plan.api_url, "restaurantId": restaurant_id, "orderId": order_id})
    return f"{plan.console_url}/status/?{query}"
